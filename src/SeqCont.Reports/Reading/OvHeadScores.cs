using SeqCont.Circuits;
using SeqCont.Model;

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
    public static OvHeadScores Read(string path)
    {
        var root = JsonFile.ReadObject(path, "OV scores");
        var members = root["members"].List(member => member.Text());
        return new OvHeadScores(
            root["topK"].Whole(0), root["prompts"].Whole(0), members, root["heads"].List(head => Head(head, members.Length)));
    }

    private static OvHeadScore Head(JsonField head, int members)
    {
        double[] ByMember(string name) => head[name].List(score => score.NumberOrNaN(), members);
        return new OvHeadScore(
            head["head"].Head(), head["copy"].NumberOrNaN(), head["next"].NumberOrNaN(), head["negativeCopy"].NumberOrNaN(),
            head["negativeNext"].NumberOrNaN(), ByMember("copyByMember"), ByMember("nextByMember"));
    }
}
