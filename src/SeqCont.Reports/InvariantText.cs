using System.Globalization;
using System.Runtime.CompilerServices;

namespace SeqCont.Reports;

/// <summary>An interpolated string in the invariant culture; unlike a FormattableString it may be joined from several.</summary>
[InterpolatedStringHandler]
internal ref struct InvariantText(int literalLength, int formattedCount)
{
    private DefaultInterpolatedStringHandler _text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);

    /// <summary>The text of a handler: <c>Invariant($"...")</c>.</summary>
    public static string Invariant(InvariantText text) => text.ToStringAndClear();

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value, int alignment = 0, string? format = null) => _text.AppendFormatted(value, alignment, format);

    public string ToStringAndClear() => _text.ToStringAndClear();
}
