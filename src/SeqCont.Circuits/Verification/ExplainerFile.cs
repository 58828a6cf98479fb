using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What another program published of one short prompt.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Tokens">Its token ids, no BOS.</param>
/// <param name="Top">The tokens with the largest logits after the last position, best first.</param>
/// <param name="Patterns">Attention of each head, [query, key] row-major, 0 to 1.</param>
public sealed record ExplainerPrompt(
    string Text, IReadOnlyList<int> Tokens, IReadOnlyList<int> Top, IReadOnlyDictionary<NodeId, double[]> Patterns);

/// <summary>
/// Reads attention patterns and top logits of an interactive explainer of GPT-2:
/// <code>
/// [{"prompt": "...", "tokenIds": [6601, ...], "top20": [[id, logit], ...], "pattern": {"0.0": [1, 0, ...], ...}}, ...]
/// </code>
/// pattern is [query, key] row-major of each head; other fields are ignored.
/// </summary>
public static class ExplainerFile
{
    private const string Expected = "a list of prompts with attention patterns and top logits";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such file; the message names it and the field.</exception>
    public static IReadOnlyList<ExplainerPrompt> Read(string path)
    {
        var root = JsonText.ReadFile(path, Expected);
        var prompts = root.Items(Expected).Select(Prompt).ToList();
        return prompts.Count > 0 ? prompts : throw root.Expected(Expected);
    }

    private static ExplainerPrompt Prompt(JsonField item)
    {
        var tokens = Ids(item["tokenIds"], id => id.Whole(0));
        var top = Ids(item["top20"], entry => entry.Items("a list of a token id and its logit").FirstOrDefault()?.Whole(0)
            ?? throw entry.Expected("a token id and its logit"));
        var patterns = new Dictionary<NodeId, double[]>();
        foreach (var (name, values) in item["pattern"].Fields())
        {
            if (!NodeId.TryParse(name, out var head) || head.IsMlp)
                throw values.Bad($"expected patterns of heads such as 0.0, got {BadFile.Quote(name)}");
            patterns[head] = values.List(value => value.Number(), (long)tokens.Length * tokens.Length);
        }

        if (patterns.Count == 0) throw item["pattern"].Bad("expected patterns of heads, got none");
        return new ExplainerPrompt(item["prompt"].Text(), tokens, top, patterns);
    }

    private static int[] Ids(JsonField list, Func<JsonField, int> read) =>
        list.List(read) is { Length: > 0 } ids ? ids : throw list.Expected("a list that is not empty");
}
