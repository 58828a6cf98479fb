namespace SeqCont.Reports;

/// <summary>A head's mean attention: queries down, keys across, the entries that its role rests on outlined.</summary>
internal static class AttentionPicture
{
    /// <summary>The most positions drawn: the last ones, which hold the answer's place.</summary>
    public const int MostPositions = 96;

    /// <summary>The last positions of a head that is longer than can be drawn.</summary>
    /// <param name="head">The head.</param>
    /// <param name="tokens">Labels of all positions.</param>
    /// <returns>The head itself where it is short enough; else without its first positions, as queries and as keys. And the number of the
    /// first position left.</returns>
    public static (AttentionHead Head, string[] Tokens, int First) Last(AttentionHead head, string[] tokens)
    {
        var skipped = tokens.Length - MostPositions;
        if (skipped <= 0) return (head, tokens, 0);
        var marks = head.Highlights.Where(mark => mark.Query >= skipped && mark.Key >= skipped)
            .Select(mark => (mark.Query - skipped, mark.Key - skipped));
        return (head with { Highlights = [.. marks], Pattern = [.. head.Pattern.Skip(skipped).Select(row => row[skipped..])] },
            tokens[skipped..], skipped);
    }

    /// <summary>Draws one head.</summary>
    /// <param name="head">Its pattern.</param>
    /// <param name="tokens">Labels of positions.</param>
    /// <param name="first">Number of the first position.</param>
    /// <param name="inPage">Whether it becomes part of a page.</param>
    /// <param name="caption">What the mean is over, for a picture by itself, which is larger and names its axes; null for one among
    /// others.</param>
    public static string Draw(AttentionHead head, string[] tokens, int first, bool inPage, string? caption = null)
    {
        string[] labels = [.. tokens.Select(Label)];
        var plot = Plot.Of(labels, caption is not null);
        var name = head.Head.Label;
        var svg = new SvgDrawing(plot.Left + plot.Side + 12, plot.Top + plot.Side + plot.Left + 4,
            $"Mean attention of head {name}{(caption is null ? "" : $": {caption}")}", inPage, "steps");
        svg.Text(plot.Left, 18, caption is null ? name : $"Head {name}", Type.Title);
        var most = Math.Max(1e-9, head.Pattern.SelectMany(row => row.Skip(1)).DefaultIfEmpty(1).Max());
        svg.Text(plot.Left + plot.Side, 18, Invariant($"{(head.Role is null ? "" : head.Role + ", ")}full colour {most:0.00}"), Type.End);
        DrawCells(svg, head, labels, first, plot, most);
        DrawLabels(svg, head, labels, plot);
        foreach (var (query, key) in head.Highlights)
            svg.Rect(plot.X(key), plot.Y(query), plot.Cell, plot.Cell,
                new Look(Tone.None, 1, Tone.Contra, Math.Clamp(plot.Cell / 8, 1, 2)));
        if (caption is not null) DrawNames(svg, caption, plot);
        return svg.Finish();
    }

    // Most heads rest on the first position: full colour is the largest entry elsewhere.
    private static void DrawCells(SvgDrawing svg, AttentionHead head, string[] labels, int first, Plot plot, double most)
    {
        for (var query = 0; query < labels.Length; query++)
        {
            for (var key = 0; key <= query; key++)
            {
                var value = head.Pattern[query][key];
                var tip = Invariant($"{labels[query]} ({query + first}) \u2192 {labels[key]} ({key + first})\n{value:0.0000}");
                svg.Rect(plot.X(key), plot.Y(query), plot.Cell, plot.Cell,
                    new Look(Tone.Accent, Math.Clamp(value / most, 0, 1), Tone.Hair, 0.5), 0, new Mark(tip, query, key));
            }
        }
    }

    private static void DrawLabels(SvgDrawing svg, AttentionHead head, string[] labels, Plot plot)
    {
        var every = (int)Math.Ceiling(plot.Font / plot.Cell);
        var (queries, keys) = (head.Highlights.Select(mark => mark.Query).ToHashSet(),
            head.Highlights.Select(mark => mark.Key).ToHashSet());
        for (var i = 0; i < labels.Length; i++)
        {
            if (i % every != 0 && !queries.Contains(i) && !keys.Contains(i)) continue;
            var middle = (i + 0.5) * plot.Cell + plot.Font * 0.35;
            svg.Text(plot.Left - 6, plot.Top
                + middle, labels[i], new Type(plot.Font, queries.Contains(i) ? Tone.Contra : Tone.Muted, "end", queries.Contains(i)));
            svg.Text(plot.Left + middle, plot.Top + plot.Side + 6, labels[i],
                new Type(plot.Font, keys.Contains(i) ? Tone.Contra : Tone.Muted, "end", keys.Contains(i), Turn: -90));
        }
    }

    private static void DrawNames(SvgDrawing svg, string caption, Plot plot)
    {
        svg.Text(plot.Left, 36, caption, Type.Small);
        svg.Text(16, plot.Top + plot.Side / 2, "query: the token that attends", new Type(11, Tone.Muted, "middle", Turn: -90));
        svg.Text(plot.Left + plot.Side / 2, plot.Top + plot.Side + plot.Left - 8, "key: the token attended to",
            Type.Middle);
    }

    private static string Label(string token) => token == "<|endoftext|>" ? "BOS" : Markup.Short(token, 14);

    /// <summary>Where the square of cells lies, in pixels.</summary>
    private readonly record struct Plot(double Left, double Top, double Cell, double Font, double Side)
    {
        public static Plot Of(string[] labels, bool isAlone)
        {
            var cell = Math.Clamp((isAlone ? 520.0 : 310) / labels.Length, 3, isAlone ? 24 : 16);
            var font = Math.Clamp(cell * 0.72, 7, isAlone ? 12 : 11);
            var left = labels.Max(label => SvgDrawing.TextWidth(label, font)) + (isAlone ? 38 : 14);
            return new Plot(left, isAlone ? 48 : 30, cell, font, cell * labels.Length);
        }

        public double X(int key) => Left + key * Cell;

        public double Y(int query) => Top + query * Cell;
    }
}
