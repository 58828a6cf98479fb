using System.Globalization;

namespace SeqCont.Cli.Options;

/// <summary>Sizes as people write them: 4GB, 1.5GiB, 512MB, 1000000.</summary>
internal static class ByteSize
{
    private static readonly (string Suffix, double Bytes)[] Units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("B", 1), ("", 1),
    ];

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var (suffix, unit) = Units.First(entry => text.EndsWith(entry.Suffix, StringComparison.OrdinalIgnoreCase));
        if (!double.TryParse(text[..^suffix.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var number)) return false;
        var value = number * unit;
        if (!(value >= 1 && value < long.MaxValue)) return false;
        bytes = (long)value;
        return true;
    }

    public static long Parse(string text) => TryParse(text, out var bytes) ? bytes : throw new FormatException(text);

    /// <summary>For people: "0.04 GB", "12 MB".</summary>
    public static string Format(long bytes) =>
        bytes >= 1_000_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB");
}
