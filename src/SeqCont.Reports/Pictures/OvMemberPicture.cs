namespace SeqCont.Reports;

/// <summary>Which members the strongest heads name: a row a head, a column a member.</summary>
internal static class OvMemberPicture
{
    private const double Left = 66, Cell = 22;

    private const int MostHeads = 8, MostMembers = 240;

    /// <summary>Draws the heads whose score is largest.</summary>
    /// <param name="scores">All heads' scores.</param>
    /// <param name="heading">Which score.</param>
    /// <param name="total">A head's score.</param>
    /// <param name="byMember">A head's score by member.</param>
    /// <param name="inPage">Whether it becomes part of a page.</param>
    public static string Draw(
        OvHeadScores scores, string heading, Func<OvHeadScore, double> total, Func<OvHeadScore, double[]> byMember, bool inPage)
    {
        OvHeadScore[] heads = [.. scores.Heads.Where(head => total(head) > 0).OrderByDescending(total).Take(MostHeads)];
        if (scores.Members.Length > MostMembers)
        {
            heading += $", the first {MostMembers} of {scores.Members.Length}";
            scores = scores with { Members = scores.Members[..MostMembers] };
        }

        var width = Math.Clamp(1080.0 / Math.Max(1, scores.Members.Length), 9, 56);
        var longest = scores.Members.Select(member => SvgDrawing.TextWidth(member, 10.5)).DefaultIfEmpty(0).Max();
        var turned = longest > width - 4;
        var top = turned ? 36 + Math.Min(longest, 90) : 50;
        var svg = new SvgDrawing(Left + scores.Members.Length * width + 70, top + Math.Max(1, heads.Length) * Cell + 10, heading, inPage,
            "steps");
        svg.Text(Left, 16, heading, Type.Title);
        if (heads.Length == 0) svg.Text(Left, top + 12, "no head has a hit", Type.Small);
        var every = (int)Math.Ceiling(12 / width);
        for (var member = 0; member < scores.Members.Length; member++)
        {
            if (member % every != 0) continue;
            var x = Left + (member + 0.5) * width;
            svg.Text(turned ? x + 4 : x, top - 8, scores.Members[member], new Type(10.5, Tone.Muted, turned
                ? "start" : "middle", Turn: turned ? -90 : 0));
        }

        for (var row = 0; row < heads.Length; row++) DrawHead(svg, scores, heads[row], row, total, byMember(heads[row]), width, top);
        return svg.Finish();
    }

    private static void DrawHead(
        SvgDrawing svg, OvHeadScores scores, OvHeadScore head, int row, Func<OvHeadScore, double> total, double[] values, double width,
        double top)
    {
        var y = top + row * Cell;
        svg.Text(Left - 10, y + Cell / 2 + 4, head.Head.Label, new Type(11, Tone.Ink, "end"));
        for (var member = 0; member < scores.Members.Length; member++)
        {
            var x = Left + member * width;
            var hits = double.IsFinite(values[member]) ? Invariant($"{values[member]:0.0} % hits") : "not shown";
            var tip = $"{head.Head}, {Markup.Token(scores.Members[member])}\n{hits}";
            var look = new Look(Tone.Accent, 0.05 + 0.95 * Scale.Share(values[member], 100));
            svg.Cell(x + 0.5, y + 1, width - 1, Cell - 2, look, new Mark(tip, row, member), 1);
        }

        svg.Text(Left + scores.Members.Length * width + 10, y + Cell / 2 + 4,
            Invariant($"{total(head):0.0} %"), Type.Small);
    }
}
