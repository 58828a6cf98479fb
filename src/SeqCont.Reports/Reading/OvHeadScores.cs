using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>One head's OV scores, percent of hits among the top tokens.</summary>
/// <param name="Head">The head.</param>
/// <param name="Copy">What it writes names the member it reads.</param>
/// <param name="Next">What it writes names the member after it.</param>
/// <param name="NegativeCopy">The same of the negative of what it writes.</param>
/// <param name="NegativeNext">The same of the negative of what it writes.</param>
/// <param name="CopyByMember">[member]; not a number where a member is shown nowhere.</param>
/// <param name="NextByMember">[member].</param>
internal sealed record OvHeadScore(
    NodeId Head, double Copy, double Next, double NegativeCopy, double NegativeNext, double[] CopyByMember, double[] NextByMember);

/// <summary>ov.json, as far as a page shows it.</summary>
/// <param name="TopK">Tokens that count as a hit.</param>
/// <param name="Prompts">Prompts read.</param>
/// <param name="Members">The task's members.</param>
/// <param name="Heads">Every head.</param>
internal sealed record OvHeadScores(int TopK, int Prompts, string[] Members, OvHeadScore[] Heads)
{
    /// <summary>Reads ov.json.</summary>
    /// <exception cref="InvalidDataException">The file holds no scores; the message names it.</exception>
    public static OvHeadScores Read(string path) => JsonRows.ReadFile(path, "OV scores", root =>
    {
        var members = root.List("members", member => member.GetString() ?? "");
        return new OvHeadScores(root.Whole("topK"), root.Whole("prompts"), members, root.List("heads", head => Head(head, members.Length)));
    });

    private static OvHeadScore Head(JsonElement head, int members)
    {
        if (!NodeId.TryParse(head.GetProperty("head").GetString(), out var node) || node.IsMlp) throw new FormatException();
        double[] ByMember(string name) =>
            head.Numbers(name) is var values && values.Length == members ? values : throw new FormatException();
        return new OvHeadScore(
            node, head.Number("copy"), head.Number("next"), head.Number("negativeCopy"), head.Number("negativeNext"),
            ByMember("copyByMember"), ByMember("nextByMember"));
    }
}
