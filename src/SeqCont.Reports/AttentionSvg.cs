using System.Globalization;
using System.Text;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// A head's mean attention pattern as a picture: queries down, keys across, tokens along both axes, the role's
/// entries outlined. One self-contained SVG; text is escaped; every entry says its value when pointed at.
/// </summary>
public static class AttentionSvg
{
    private const double Side = 520, LargestCell = 24, SmallestCell = 3, Top = 58, Gap = 6, LegendWidth = 74;
    private const string Mark = "#d94801";

    // Light to dark in one hue, so that it also reads without colour.
    private static readonly (int R, int G, int B)[] Colours = [(255, 255, 255), (211, 228, 243), (121, 181, 217), (40, 121, 185), (8, 48, 107)];

    /// <summary>Draws one head.</summary>
    /// <param name="head">Pattern, role and the entries to mark.</param>
    /// <param name="tokens">Labels, one a position, spaces as they are.</param>
    /// <param name="caption">What the mean is over, such as "mean over 384 numerals prompts".</param>
    /// <returns>An SVG document.</returns>
    public static string Draw(HeadAttention head, IReadOnlyList<string> tokens, string caption)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(caption);
        if (tokens.Count != head.Pattern.Length) throw new ArgumentException($"tokens: expected {head.Pattern.Length}, one a position, got {tokens.Count}.");
        return new Picture(head, [.. tokens.Select(Label)]).Draw(caption);
    }

    /// <summary>A token as it stands beside an axis: without its leading space, control characters visible.</summary>
    private static string Label(string token)
    {
        if (token == "<|endoftext|>") return "BOS";
        var text = token.Length > 1 && token[0] == ' ' ? token[1..] : token;
        var visible = string.Concat(text.Select(c => c switch { ' ' => '␣', '\n' => '⏎', '\t' => '⇥', _ => char.IsControl(c) ? '\uFFFD' : c }));
        return visible.Length > 14 ? string.Concat(visible.AsSpan(0, 13), "…") : visible;
    }

    private sealed class Picture(HeadAttention head, string[] labels)
    {
        private readonly StringBuilder _svg = new();
        private readonly double _cell = Math.Clamp(Side / labels.Length, SmallestCell, LargestCell);

        // Most heads rest on the first position; the scale ends at the largest entry elsewhere, and darker is cut.
        private readonly double _largest = Math.Max(1e-9, head.Pattern.SelectMany(row => row.Skip(1)).DefaultIfEmpty(1).Max());

        private double Font => Math.Clamp(_cell * 0.6, 5, 12);

        // A label needs about a line's height: more positions than that, and only some are labelled.
        private int LabelEvery => (int)Math.Ceiling(Font / _cell);

        private double Left => 30 + Gap + labels.Max(label => label.Length) * Font * 0.62;

        private double Extent => _cell * labels.Length;

        public string Draw(string caption)
        {
            var (width, height) = (Left + Extent + LegendWidth + 16, Top + Extent + Left - 8);
            Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:0.##}\" height=\"{height:0.##}\" viewBox=\"0 0 {width:0.##} {height:0.##}\" font-family=\"sans-serif\" role=\"img\">");
            var name = FormattableString.Invariant($"Head {head.Head.Layer}.{head.Head.Head}{(head.Role is { } role ? $" ({AttentionFile.RoleName(role)})" : "")}");
            Add($"<title>{Markup.Escape($"{name}: {caption}")}</title>");
            Add($"<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
            Text(Left, 22, 15, name, "font-weight=\"bold\"");
            Text(Left, 40, 11, caption, "fill=\"#555555\"");
            Cells();
            Axes();
            Marks();
            Legend();
            return _svg.Append("</svg>\n").ToString();
        }

        private void Cells()
        {
            // Small entries have no edges, which would hide them; empty ones are then left out.
            var hasEdges = _cell >= 6;
            var edge = hasEdges ? " stroke=\"#e3e3e3\" stroke-width=\"0.5\"" : "";
            for (var query = 0; query < labels.Length; query++)
            {
                for (var key = 0; key <= query; key++)
                {
                    var value = head.Pattern[query][key];
                    if (!hasEdges && value < 0.005 * _largest) continue;
                    var says = Markup.Escape(Invariant($"{labels[query]} ({query}) to {labels[key]} ({key}): {value:0.0000}"));
                    Add($"<rect x=\"{X(key):0.##}\" y=\"{Y(query):0.##}\" width=\"{_cell:0.##}\" height=\"{_cell:0.##}\" fill=\"{Colour(value / _largest)}\"{edge}><title>{says}</title></rect>");
                }
            }
        }

        private void Axes()
        {
            var (queries, keys) = (head.Highlights.Select(cell => cell.Query).ToHashSet(), head.Highlights.Select(cell => cell.Key).ToHashSet());
            for (var i = 0; i < labels.Length; i++)
            {
                if (i % LabelEvery != 0 && !queries.Contains(i) && !keys.Contains(i)) continue;
                var middle = (i + 0.5) * _cell + Font * 0.35;
                Text(Left - Gap, Top + middle, Font, labels[i], $"text-anchor=\"end\"{Emphasis(queries.Contains(i))}");
                var (x, y) = (Left + middle, Top + Extent + Gap);
                Text(x, y, Font, labels[i], Invariant($"text-anchor=\"end\" transform=\"rotate(-90 {x:0.##} {y:0.##})\"{Emphasis(keys.Contains(i))}"));
            }

            var centre = Top + Extent / 2;
            Text(16, centre, 12, "query: the token that attends", Invariant($"text-anchor=\"middle\" fill=\"#555555\" transform=\"rotate(-90 16 {centre:0.##})\""));
            Text(Left + Extent / 2, Top + Extent + Left - 16, 12, "key: the token attended to", "text-anchor=\"middle\" fill=\"#555555\"");
        }

        private void Marks()
        {
            foreach (var cell in head.Highlights)
                Add($"<rect x=\"{X(cell.Key):0.##}\" y=\"{Y(cell.Query):0.##}\" width=\"{_cell:0.##}\" height=\"{_cell:0.##}\" fill=\"none\" stroke=\"{Mark}\" stroke-width=\"{Math.Clamp(_cell / 10, 1, 2.2):0.##}\"/>");
        }

        private void Legend()
        {
            const int steps = 40;
            var (x, height) = (Left + Extent + 20, Math.Min(200, Extent));
            for (var i = 0; i < steps; i++)
                Add($"<rect x=\"{x:0.##}\" y=\"{Top + height * (steps - 1 - i) / steps:0.##}\" width=\"14\" height=\"{height / steps + 0.5:0.##}\" fill=\"{Colour((i + 0.5) / steps)}\"/>");
            Add($"<rect x=\"{x:0.##}\" y=\"{Top:0.##}\" width=\"14\" height=\"{height:0.##}\" fill=\"none\" stroke=\"#999999\" stroke-width=\"0.5\"/>");
            var isCut = head.Pattern.Any(row => row[0] > 1.02 * _largest);
            Text(x + 19, Top + 9, 11, Invariant($"{(isCut ? "≥ " : "")}{_largest:0.00}"), "");
            Text(x + 19, Top + height, 11, "0", "");
        }

        private double X(int key) => Left + key * _cell;

        private double Y(int query) => Top + query * _cell;

        private static string Emphasis(bool marked) => marked ? $" font-weight=\"bold\" fill=\"{Mark}\"" : "";

        private void Text(double x, double y, double size, string text, string attributes) =>
            Add($"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size:0.##}\"{(attributes.Contains("fill=", StringComparison.Ordinal) ? "" : " fill=\"#222222\"")} {attributes}>{Markup.Escape(text)}</text>");

        private void Add(FormattableString line) => _svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Colour(double share)
    {
        var place = Math.Clamp(share, 0, 1) * (Colours.Length - 1);
        var from = Math.Min((int)place, Colours.Length - 2);
        int Mix(int a, int b) => (int)Math.Round(a + (place - from) * (b - a));
        var (a, b) = (Colours[from], Colours[from + 1]);
        return $"#{Mix(a.R, b.R):x2}{Mix(a.G, b.G):x2}{Mix(a.B, b.B):x2}";
    }
}
