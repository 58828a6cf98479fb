using System.CommandLine;
using System.Globalization;

namespace SeqCont.Cli.Options;

/// <summary>
/// A command's options, each told once. A command is made twice: with nothing parsed yet an option is declared here and its default
/// returned, afterwards what was typed is. A wrong value is explained in one line: what was expected, what came.
/// </summary>
internal sealed class OptionTable(CommandContext context, Command command, ParseResult? parsed)
{
    public CommandContext Context => context;

    /// <summary>Whether an option was typed.</summary>
    public bool Has(string name) => parsed?.GetResult(command.Options.First(option => option.Name == name)) is { Implicit: false };

    public T Argument<T>(string name, string description, ArgumentArity arity)
    {
        if (parsed is not null) return parsed.GetValue((Argument<T>)command.Arguments.First(argument => argument.Name == name))!;
        command.Add(new Argument<T>(name) { Description = description, Arity = arity });
        return default!;
    }

    public bool Flag(string name, string description) => Take(new Option<bool>(name), description, null);

    public string? Text(string name, string help, string description, bool isHidden = false) =>
        Take(new Option<string?>(name) { HelpName = help, Hidden = isHidden }, description, null);

    public string Text(string name, string help, string description, string otherwise) =>
        Take(new Option<string>(name) { HelpName = help }, description, otherwise);

    /// <summary>One of some names, the first by default.</summary>
    public string Choice(string name, string description, params string[] values) => Take<string>(
        name, string.Join('|', values), description, $"one of {string.Join(", ", values)}", text => values.Contains(text) ? text : null,
        values[0]);

    public int? Count(string name, string description, params string[] aliases) => Take<int?>(
        name, "N", description, "a whole number of 1 or more",
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 ? value : null,
        aliases: aliases);

    public long Whole(string name, string description, long otherwise) => Take<long>(name, "N", description, "a whole number",
        text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null, otherwise);

    /// <summary>A number between two others.</summary>
    public T Real<T>(
        string name, string help, string expected, string description, double least, double most, T otherwise = default!) => Take(
        name, help, description, expected,
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var value) && value >= least && value <= most ? value : null, otherwise);

    /// <summary>Text that is checked.</summary>
    /// <param name="name">The option.</param>
    /// <param name="help">What it takes, in its help.</param>
    /// <param name="description">What it does.</param>
    /// <param name="expected">What it takes, in a message.</param>
    /// <param name="parse">Its value; null where the text is wrong.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="aliases">Other names.</param>
    public T Take<T>(
        string name, string help, string description, string expected, Func<string, object?> parse, T otherwise = default!,
        params string[] aliases) => Take(new Option<T>(name, aliases)
        {
            HelpName = help,
            CustomParser = result =>
            {
                var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (parse(text) is T value) return value;
                result.AddError($"{name}: expected {expected}, got '{text}'.");
                return otherwise;
            },
        }, description, otherwise);

    private T Take<T>(Option<T> option, string description, object? otherwise)
    {
        if (parsed is not null) return parsed.GetValue((Option<T>)command.Options.First(declared => declared.Name == option.Name))!;
        option.Description = description;
        if (otherwise is T value) option.DefaultValueFactory = _ => value;
        command.Add(option);
        return otherwise is T present ? present : default!;
    }
}
