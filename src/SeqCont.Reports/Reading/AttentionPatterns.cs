using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>One head's mean attention.</summary>
/// <param name="Head">The head.</param>
/// <param name="Role">early, mid or late; null where it is shown for none.</param>
/// <param name="Highlights">Entries that the role rests on.</param>
/// <param name="Pattern">Mean attention, [query][key], keys up to the query.</param>
internal sealed record AttentionHead(NodeId Head, string? Role, (int Query, int Key)[] Highlights, double[][] Pattern);

/// <summary>attention.json, as far as a page shows it.</summary>
/// <param name="Tokens">Labels of positions, spaces as they are.</param>
/// <param name="Heads">In the file's order.</param>
internal sealed record AttentionPatterns(string[] Tokens, AttentionHead[] Heads)
{
    /// <summary>Reads attention.json.</summary>
    /// <exception cref="InvalidDataException">The file holds no patterns; the message names it.</exception>
    public static AttentionPatterns Read(string path)
    {
        var root = JsonFile.ReadObject(path, "attention patterns");
        var tokens = root["tokens"].List(token => token.Text());
        return new AttentionPatterns(tokens, root["heads"].List(head => Head(head, tokens.Length)));
    }

    private static AttentionHead Head(JsonField head, int length)
    {
        var query = 0;
        var pattern = head["pattern"].List(row => row.List(value => value.Number(), ++query), length);
        var highlights = head.Optional("highlights")?.List(item => item["query"].Whole(0, length - 1) is var row
            ? (row, item["key"].Whole(0, row)) : default) ?? [];
        return new AttentionHead(head["head"].Head(), head.Optional("role")?.Text(), highlights, pattern);
    }
}
