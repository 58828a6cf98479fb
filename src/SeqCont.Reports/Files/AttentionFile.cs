using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// attention.json: mean attention patterns of some heads over prompts, as data for pictures.
/// <code>
/// {
///   "schema": 1,
///   "tool": {"name": "seqcont", "version": "0.1.0", "commit": "..." or null},
///   "model": {"name", "revision", "sha256", "nLayers", "nHeads", "dModel"},
///   "prompts": {"task", "source", "files": [{"path", "sha256"}], "sha256", "count", "tokensSha256", "bos": id or null},
///   "precision": "fp32", "seed": 0,
/// "tokens": ["&lt;|endoftext|>", "Van", " done", ...],   labels of positions, spaces as they are: the first of the longest prompts'
/// tokens
///   "promptsAt": [384, 384, ...],                       prompts that a query position's mean is over, [position]
///   "members": [4, 9, 14, 19],                          positions of the shown members; [] where they are not the same in all prompts
///   "heads": [{
///     "head": "a9.h1", "layer": 9, "number": 1,
///     "role": "early" | "mid" | "late" | null,          what it is shown for
///     "scores": {"early": 0.01, "mid": 0.12, "late": 0.31} or null,
///     "highlights": [{"query": 22, "key": 19, "value": 0.31}, ...],
///     "pattern": [[1], [0.9, 0.1], ...]                 mean attention, [query][key], key &lt;= query
///   }, ...],
///   "host": {"startedAt", "command", "device", "backend", "seconds": {"open": 0.1, ...}, "memory": {"predictedPeakBytes", "peakBytes"}}
/// }
/// </code>
/// </summary>
public static class AttentionFile
{
    /// <summary>The file's name in a folder of results.</summary>
    public const string Name = "attention.json";

    /// <summary>The name of the file of patterns as tensors.</summary>
    public const string TensorsName = "attention.safetensors";

    /// <summary>The name of the file of every prompt's patterns.</summary>
    public const string PerPromptName = "attention-per-prompt.safetensors";

    /// <summary>The name of a head's picture, such as attention-9.1.svg.</summary>
    public static string PictureName(NodeId head) => $"attention-{head.Label}.svg";

    /// <summary>The names of all files of an attention analysis, * for any characters.</summary>
    public static IReadOnlyList<string> Patterns { get; } = [Name, TensorsName, PerPromptName, "attention-*.*.svg"];

    /// <summary>What attention.json says.</summary>
    public static Json Of(AttentionRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var (header, result) = (record.Header, record.Result);
        return
        [
            .. RunFile.Origin(header.Origin), ("prompts", [("task", header.Task), .. RunFile.Set(header.Clean!), ("bos", header.Bos)]),
            ("precision", header.Precision), ("seed", header.Seed), ("tokens", Json.List(record.Tokens, token => token)),
            ("promptsAt", Json.Line(result.PromptsAt)), ("members", Json.Line(result.Members)), ("heads", Json.List(result.Heads, Head)),
            .. RunFile.Host(header),
        ];
    }

    private static Json Head(HeadAttention head) =>
    [
        ("head", $"{head.Head}"), ("layer", head.Head.Layer), ("number", head.Head.Index), ("role", head.Role?.NameInFiles()),
        ("scores", head.Scores is { } scores ? [("early", scores.Early), ("mid", scores.Mid), ("late", scores.Late)] : null),
        ("highlights", Json.List(head.Highlights, cell =>
            Json.Line(Json.Object([("query", cell.Query), ("key", cell.Key), ("value", cell.Value)])))),
        ("pattern", Json.List(head.Pattern, Json.Line)),
    ];
}
