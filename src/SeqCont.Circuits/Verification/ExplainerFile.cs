using System.Text.Json;

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
    /// <summary>The longest file that is read, in bytes.</summary>
    public const long MaxFileBytes = 64L << 20;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such file; the message names it and the prompt.</exception>
    public static IReadOnlyList<ExplainerPrompt> Read(string path)
    {
        using var stream = InputFile.Open(path, "a list of prompts with attention patterns and top logits", MaxFileBytes);
        var number = 0;
        try
        {
            using var document = JsonDocument.Parse(stream, Options);
            var prompts = new List<ExplainerPrompt>();
            foreach (var item in document.RootElement.EnumerateArray())
            {
                number++;
                prompts.Add(Prompt(item));
            }

            return prompts.Count > 0 ? prompts : throw new FormatException("the list is empty");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException)
        {
            throw new InvalidDataException($"{path}: prompt {number}: expected prompt, tokenIds, top20 and pattern: {exception.Message}",
                exception);
        }
    }

    private static ExplainerPrompt Prompt(JsonElement item)
    {
        int[] tokens = [.. item.GetProperty("tokenIds").EnumerateArray().Select(id => id.GetInt32())];
        int[] top = [.. item.GetProperty("top20").EnumerateArray().Select(entry => entry[0].GetInt32())];
        if (tokens.Length == 0 || top.Length == 0) throw new FormatException("tokenIds or top20 is empty");
        var patterns = new Dictionary<NodeId, double[]>();
        foreach (var entry in item.GetProperty("pattern").EnumerateObject())
        {
            double[] values = [.. entry.Value.EnumerateArray().Select(value => value.GetDouble())];
            if (!NodeId.TryParse(entry.Name, out var head) || head.IsMlp || values.Length != tokens.Length * tokens.Length)
                throw new FormatException($"\"{entry.Name}\" is no head with {tokens.Length} x {tokens.Length} values");
            patterns[head] = values;
        }

        if (patterns.Count == 0) throw new FormatException("pattern is empty");
        return new ExplainerPrompt(item.GetProperty("prompt").GetString() ?? "", tokens, top, patterns);
    }
}
