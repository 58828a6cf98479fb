using System.Text.Json;
using SeqCont.Circuits;

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
    public static AttentionPatterns Read(string path) => JsonRows.ReadFile(path, "attention patterns", root =>
    {
        var tokens = root.List("tokens", token => token.GetString() ?? "");
        return new AttentionPatterns(tokens, root.List("heads", head => Head(head, tokens.Length, path)));
    });

    private static AttentionHead Head(JsonElement head, int length, string path)
    {
        var name = head.GetProperty("head").GetString() ?? "";
        if (!NodeId.TryParse(name, out var node) || node.IsMlp) throw new FormatException();
        var pattern = head.List("pattern", row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray());
        if (pattern.Length != length)
            throw new InvalidDataException($"{path}: {name}: expected {length} rows, one a token, got {pattern.Length}.");
        for (var query = 0; query < length; query++)
            if (pattern[query].Length != query + 1)
                throw new InvalidDataException($"{path}: {name}: query {query}: expected {query + 1} keys, got {pattern[query].Length}.");
        (int Query, int Key)[] highlights = head.Part("highlights", JsonValueKind.Array) is null ? []
            : head.List("highlights", item => (item.Whole("query"), item.Whole("key")));
        foreach (var (query, key) in highlights)
            if (query < 0 || query >= length || key < 0 || key > query)
                throw new InvalidDataException($"{path}: {name}: no entry of query {query} and key {key}.");
        return new AttentionHead(node, head.TextOrNull("role"), highlights, pattern);
    }
}
