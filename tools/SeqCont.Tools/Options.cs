using System.Globalization;

namespace SeqCont.Tools;

/// <summary>What a maintainer typed after a command: words, and options with one value each.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Parses.</summary>
    /// <exception cref="FormatException">An option is unknown or has no value.</exception>
    public Options(IEnumerable<string> args, params ReadOnlySpan<string> names)
    {
        var words = new List<string>();
        string? open = null;
        foreach (var arg in args)
        {
            if (open is not null) (_values[open], open) = (arg, null);
            else if (!arg.StartsWith("--", StringComparison.Ordinal)) words.Add(arg);
            else open = names.Contains(arg) ? arg : throw new FormatException($"{arg}: expected {string.Join(", ", names.ToArray())}.");
        }

        if (open is not null) throw new FormatException($"{open}: expected a value.");
        Words = words;
    }

    /// <summary>What is not an option.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>An option's value, or what stands for it.</summary>
    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    /// <summary>The same as a whole number of at least <paramref name="least"/>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public int Number(string name, int otherwise, int least = 0)
    {
        if (!_values.TryGetValue(name, out var text)) return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new FormatException($"{name}: expected a whole number of {least} or more, got '{text}'.");
    }
}
