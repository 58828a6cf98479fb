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

    /// <summary>How many bytes; null where the text is no size.</summary>
    public static long? Parse(string text)
    {
        var (suffix, unit) = Units.First(entry => text.EndsWith(entry.Suffix, StringComparison.OrdinalIgnoreCase));
        var isNumber = double.TryParse(
            text[..^suffix.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
        return isNumber && number * unit is >= 1 and < long.MaxValue ? (long)(number * unit) : null;
    }

    /// <summary>For people: "0.04 GB", "12 MB".</summary>
    public static string Format(long bytes) => bytes >= 1_000_000_000 ? $"{bytes / 1e9:0.00} GB" : $"{bytes / 1e6:0} MB";
}
