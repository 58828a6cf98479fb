using System.Runtime.CompilerServices;
using System.Text;

namespace SeqCont.Reports;

/// <summary>
/// HTML or SVG from a template: what stands in its holes is escaped unless it is markup itself, numbers have at most two
/// decimals.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct Html(int literalLength, int formattedCount)
{
    private readonly StringBuilder _text = new(literalLength + 16 * formattedCount);

    public void AppendLiteral(string markup) => _text.Append(markup);

    public void AppendFormatted(string? text) => _text.Append(Markup.Escape(text ?? ""));

    public void AppendFormatted(double number) => _text.Append(Markup.Number(Math.Round(number, 2), "0.##"));

    public void AppendFormatted(Html markup) => _text.Append(markup._text);

    public void AppendFormatted(IEnumerable<Html> pieces) => _text.AppendJoin("", pieces);

    /// <inheritdoc/>
    public override string ToString() => $"{_text}";

    /// <summary>This program's own markup.</summary>
    public static Html Raw(string markup)
    {
        var raw = new Html(markup.Length, 0);
        raw.AppendLiteral(markup);
        return raw;
    }

    /// <summary>Markup where it is wanted.</summary>
    public static Html If(bool wanted, Html markup) => wanted ? markup : default;
}
