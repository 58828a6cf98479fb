using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace SeqCont.Cli.Options;

/// <summary>Options whose wrong values are explained in one line: what was expected, what came.</summary>
internal static class OptionFactory
{
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<string?> Text(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help };

    public static Option<string> Choice(string name, string description, params string[] values) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', values),
        DefaultValueFactory = _ => values[0],
        CustomParser = result => Checked(result, name, $"one of {string.Join(", ", values)}", values.Contains, text => text) ?? values[0],
    };

    /// <summary>One of some names, the first by default, or something else that is good.</summary>
    public static Option<string> Named(
        string name, string description, string help, IReadOnlyList<string> names, Func<string, bool> isOther, string other) => new(name)
        {
            Description = description,
            HelpName = help,
            DefaultValueFactory = _ => names[0],
            CustomParser = result => Checked(result, name, $"one of {string.Join(", ", names)}, or {other}", text => names.Contains(text)
                || isOther(text), text => text) ?? names[0],
        };

    public static Option<int?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Checked<int?>(result, name, "a whole number of 1 or more", text => Int(text) is >= 1, text => Int(text)),
    };

    public static Option<long> Whole(string name, string description, long defaultValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result => Checked(result, name, "a whole number", text => Long(text) is not null, text => Long(text)!.Value),
    };

    public static Option<double> Percent(string name, string description, double defaultValue) => new(name)
    {
        Description = description,
        HelpName = "PERCENT",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
            Checked(result, name, "a percentage from 0 to 100", text => Number(text) is >= 0 and <= 100, text => Number(text)!.Value),
    };

    public static Option<double?> Real(string name, string help, string expected, string description, double least, double most) =>
        new(name)
        {
            Description = description,
            HelpName = help,
            CustomParser = result => Checked<double?>(result, name, expected, text => Number(text) is { } number && number >= least
                && number <= most, text => Number(text)),
        };

    public static Option<double?> Probability(string name, string help, string description) => new(name)
    {
        Description = description,
        HelpName = help,
        CustomParser = result => Checked<double?>(result, name, "a probability from 0.000001 to 0.25",
            text => Number(text) is >= 1e-6 and <= 0.25, text => Number(text)),
    };

    public static Option<long?> Size(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result => Checked<long?>(result, name, "a size such as 4GB or 512MB", text => ByteSize.TryParse(text, out _),
            text => ByteSize.Parse(text)),
    };

    private static T? Checked<T>(ArgumentResult result, string name, string expected, Func<string, bool> isGood, Func<string, T> parse)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (isGood(text)) return parse(text);
        result.AddError($"{name}: expected {expected}, got '{text}'.");
        return default;
    }

    private static int? Int(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static long? Long(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value : null;
}
