using static System.FormattableString;

namespace SeqCont.Reports;

/// <summary>Which members the strongest heads name: a row a head, a column a member.</summary>
/// <param name="scores">All heads' scores; the heads whose score is largest are drawn.</param>
/// <param name="name">Which score.</param>
/// <param name="total">A head's score.</param>
/// <param name="byMember">A head's score by member.</param>
/// <param name="inPage">Whether it becomes part of a page.</param>
internal sealed class OvMemberPicture(
    OvHeadScores scores, string name, Func<OvHeadScore, double> total, Func<OvHeadScore, double[]> byMember, bool inPage)
{
    private const double Left = 66, Cell = 22;

    private const int MostHeads = 8, MostMembers = 240;

    private string[] _members = [];
    private double _width, _top;
    private SvgDrawing _svg = null!;

    /// <summary>Draws the heads.</summary>
    public string Draw()
    {
        OvHeadScore[] heads = [.. scores.Heads.Where(head => total(head) > 0).OrderByDescending(total).Take(MostHeads)];
        _members = [.. scores.Members.Take(MostMembers)];
        var heading = _members.Length == scores.Members.Length ? name : $"{name}, the first {MostMembers} of {scores.Members.Length}";
        _width = Math.Clamp(1080.0 / Math.Max(1, _members.Length), 9, 56);
        var longest = _members.Select(member => SvgDrawing.TextWidth(member, 10.5)).DefaultIfEmpty(0).Max();
        var turned = longest > _width - 4;
        _top = turned ? 36 + Math.Min(longest, 90) : 50;
        _svg = new SvgDrawing(
            Left + _members.Length * _width + 70, _top + Math.Max(1, heads.Length) * Cell + 10, heading, inPage, "steps");
        _svg.Text(Left, 16, heading, Type.Heading);
        if (heads.Length == 0) _svg.Text(Left, _top + 12, "no head has a hit", Type.Start);
        var every = (int)Math.Ceiling(12 / _width);
        for (var member = 0; member < _members.Length; member += every)
            _svg.Text(Left + (member + 0.5) * _width + (turned ? 4 : 0), _top - 8, _members[member],
                (turned ? Type.Start with { Turn = -90 } : Type.Middle) with { Size = 10.5 });
        foreach (var (row, head) in heads.Index()) DrawHead(head, row);
        return _svg.Finish();
    }

    private void DrawHead(OvHeadScore head, int row)
    {
        var (y, values) = (_top + row * Cell, byMember(head));
        _svg.Text(Left - 10, y + Cell / 2 + 4, head.Head.Label, new Type(11, Anchor: "end"));
        for (var member = 0; member < _members.Length; member++)
        {
            var hits = double.IsFinite(values[member]) ? Invariant($"{values[member]:0.0} % hits") : "not shown";
            _svg.Cell(Left + member * _width, y, _width, Cell, new Look(Tone.Accent, 0.05 + 0.95 * Scale.Share(values[member], 100)),
                new Mark($"{head.Head}, {Markup.Token(_members[member])}\n{hits}", row, member), side: 0.5, radius: 1);
        }

        _svg.Text(Left + _members.Length * _width + 10, y + Cell / 2 + 4, Invariant($"{total(head):0.0} %"), Type.Start);
    }
}
