using System.Globalization;

namespace SeqCont.Reports;

/// <summary>A head's mean attention: queries down, keys across, the entries that its role rests on outlined.</summary>
internal static class AttentionPicture
{
    /// <summary>The most positions drawn: the last ones, which hold the answer's place.</summary>
    public const int MostPositions = 96;

    private const double Top = 30;

    /// <summary>The last positions of a head that is longer than can be drawn.</summary>
    /// <param name="head">The head.</param>
    /// <param name="tokens">Labels of all positions.</param>
    /// <returns>The head itself where it is short enough; else without its first positions, as queries and as keys. And the number of the first position left.</returns>
    public static (AttentionHead Head, string[] Tokens, int First) Last(AttentionHead head, string[] tokens)
    {
        var skipped = tokens.Length - MostPositions;
        if (skipped <= 0) return (head, tokens, 0);
        var marks = head.Highlights.Where(mark => mark.Query >= skipped && mark.Key >= skipped).Select(mark => (mark.Query - skipped, mark.Key - skipped));
        return (head with { Highlights = [.. marks], Pattern = [.. head.Pattern.Skip(skipped).Select(row => row[skipped..])] }, tokens[skipped..], skipped);
    }

    /// <summary>Draws one head.</summary>
    /// <param name="head">Its pattern.</param>
    /// <param name="tokens">Labels of positions.</param>
    /// <param name="first">Number of the first position.</param>
    /// <param name="inPage">Whether it becomes part of a page.</param>
    public static string Draw(AttentionHead head, string[] tokens, int first, bool inPage)
    {
        string[] labels = [.. tokens.Select(Label)];
        var cell = Math.Clamp(310.0 / labels.Length, 3, 16);
        var size = Math.Clamp(cell * 0.72, 7, 11);
        var side = cell * labels.Length;
        var left = labels.Max(label => SvgDrawing.TextWidth(label, size)) + 14;
        var name = string.Create(CultureInfo.InvariantCulture, $"{head.Head.Layer}.{head.Head.Head}");
        var svg = new SvgDrawing(left + side + 12, Top + side + left + 4, $"Mean attention of head {name}", inPage, "steps");
        svg.Text(left, 18, name, new Type(13, Tone.Ink, Bold: true));
        var most = Math.Max(1e-9, head.Pattern.SelectMany(row => row.Skip(1)).DefaultIfEmpty(1).Max());
        svg.Text(left + side, 18, string.Create(CultureInfo.InvariantCulture, $"{(head.Role is null ? "" : head.Role + ", ")}full colour {most:0.00}"), new Type(11, Tone.Muted, "end"));
        DrawCells(svg, head, labels, first, left, cell, most);
        DrawLabels(svg, head, labels, left, cell, size);
        foreach (var (query, key) in head.Highlights)
            svg.Rect(left + key * cell, Top + query * cell, cell, cell, new Look(Tone.None, 1, Tone.Contra, Math.Clamp(cell / 8, 1, 2)));
        return svg.Finish();
    }

    // Most heads rest on the first position: full colour is the largest entry elsewhere.
    private static void DrawCells(SvgDrawing svg, AttentionHead head, string[] labels, int first, double left, double cell, double most)
    {
        for (var query = 0; query < labels.Length; query++)
        {
            for (var key = 0; key <= query; key++)
            {
                var value = head.Pattern[query][key];
                var tip = string.Create(CultureInfo.InvariantCulture, $"{labels[query]} ({query + first}) \u2192 {labels[key]} ({key + first})\n{value:0.0000}");
                svg.Rect(left + key * cell, Top + query * cell, cell, cell, new Look(Tone.Accent, Math.Clamp(value / most, 0, 1), Tone.Hair, 0.5), 0, new Mark(tip, query, key));
            }
        }
    }

    private static void DrawLabels(SvgDrawing svg, AttentionHead head, string[] labels, double left, double cell, double size)
    {
        var every = (int)Math.Ceiling(size / cell);
        var (queries, keys) = (head.Highlights.Select(mark => mark.Query).ToHashSet(), head.Highlights.Select(mark => mark.Key).ToHashSet());
        for (var i = 0; i < labels.Length; i++)
        {
            if (i % every != 0 && !queries.Contains(i) && !keys.Contains(i)) continue;
            var middle = (i + 0.5) * cell + size * 0.35;
            svg.Text(left - 6, Top + middle, labels[i], new Type(size, queries.Contains(i) ? Tone.Contra : Tone.Muted, "end", queries.Contains(i)));
            svg.Text(left + middle, Top + cell * labels.Length + 6, labels[i], new Type(size, keys.Contains(i) ? Tone.Contra : Tone.Muted, "end", keys.Contains(i), Turn: -90));
        }
    }

    private static string Label(string token)
    {
        if (token == "<|endoftext|>") return "BOS";
        var text = Markup.Token(token.Length > 1 && token[0] == ' ' ? token[1..] : token);
        return text.Length > 14 ? string.Concat(text.AsSpan(0, 13), "\u2026") : text;
    }
}
