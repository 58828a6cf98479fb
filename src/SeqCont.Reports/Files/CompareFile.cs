using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// compare.json: circuits scored on tasks, and what the circuits share. Scores are percentages of the full model's mean
/// logit difference on that task.
/// <code>
/// {
///   "schema": 1, "tool", "model",                                       as in run.json
///   "tasks": [{"task": "numerals", "clean": {...}, "corrupted": {...},  prompts as in run.json
///     "full": {"logitDiff": 8.68, "standardError": 0.03}}, ...],
///   "bos": id or null, "randomCircuits": 10, "precision", "seed",
///   "circuits": [{"name": "numerals", "file": "runs/numerals/edges.json", "ablation": "mean|zero|resample",
///     "mlpMeans": "circuit|full" or null, "heads": [[0, 0], ...], "mlps": [0, ...],
///     "paths": "strict" or null, "patch": "resample" or null, "edges": ["a0.h0->m0", ...] or null}, ...],
///   "scores": [{"circuit": "numerals", "task": "months", "score": 61.2, "logitDiff": 4.1, "standardError": 0.1,
///     "nodeScore": 70.3, "random": {"mean": 12.1, "deviation": 9.7, "scores": [3.2, ...]} or null,
///     "randomEdges": {...} or null}, ...],
///   "overlap": {
///     "pairs": [{"first": "numerals", "second": "months", "sharedNodes": ["a0.h1", "m0"], "nodeJaccard": 0.62,
///       "sharedEdges": ["a0.h1->m0"] or null, "edgeJaccard": 0.31 or null}, ...],
///     "inAll": ["m0", ...], "edgesInAll": [...] or null},
///   "host": {...}                                                       as in run.json
/// }
/// </code>
/// edges are a circuit's kept ones; score is then theirs as a whole, and nodeScore its nodes' with every edge between
/// them (without edges the two are one number). random: circuits of as many heads and MLPs with every edge between
/// them, so nodeScore is what compares with it. randomEdges: sets of as many edges between the circuit's own nodes, each as a
/// whole, so score is what compares with it. deviation is over circuits or sets. Every circuit has a score on every task.
/// randomCircuits says how many of each there are.
/// </summary>
public static class CompareFile
{
    /// <summary>The file's name in a folder of results.</summary>
    public const string Name = "compare.json";

    /// <summary>The name of the picture of scores.</summary>
    public const string ScoresName = "compare-scores.svg";

    /// <summary>The name of the picture of what circuits share.</summary>
    public const string OverlapName = "compare-overlap.svg";

    /// <summary>The names of all files of a comparison.</summary>
    public static IReadOnlyList<string> Patterns { get; } = [Name, ScoresName, OverlapName];

    /// <summary>What compare.json says.</summary>
    public static Json Of(CompareRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var (header, result) = (record.Header, record.Result);
        return
        [
            .. RunFile.Origin(header.Origin),
            ("tasks", Json.List(record.Prompts.Index(), prompts =>
            [
                ("task", result.Tasks[prompts.Index].Name), .. RunFile.Sets(prompts.Item),
                ("full", RunFile.Mean(result.Full[prompts.Index])),
            ])),
            ("bos", header.Bos), ("randomCircuits", record.RandomCircuits), ("precision", header.Precision),
            ("seed", header.Seed),
            ("circuits", Json.List(record.Files.Zip(result.Circuits), from => Circuit(from.First, from.Second))),
            ("scores", Json.List(result.Circuits.Zip(result.Scores).SelectMany(row => row.Second.Zip(result.Tasks,
                (score, task) => Score(row.First.Name, task.Name, score))), score => score)),
            ("overlap", Overlap(result.Circuits)), .. RunFile.Host(header),
        ];
    }

    private static Json Circuit(string file, ComparedCircuit circuit) =>
    [
        ("name", circuit.Name), ("file", file), ("ablation", circuit.Ablation.Kind.NameInFiles()),
        ("mlpMeans", RunFile.MlpMeansName(circuit.Ablation)), .. CircuitFile.Of(circuit.Circuit),
        ("paths", circuit.Edges?.Config.Paths.NameInFiles()), ("patch", circuit.Edges?.Config.Patch.NameInFiles()),
        ("edges", Json.Line(circuit.Edges?.Kept)),
    ];

    private static Json Score(string circuit, string task, ComparisonScore score) =>
    [
        ("circuit", circuit), ("task", task), ("score", 100 * score.Faithfulness), .. RunFile.Mean(score.Metric),
        ("nodeScore", 100 * score.NodeFaithfulness), ("random", Random(score.Random)), ("randomEdges", Random(score.RandomEdges)),
    ];

    private static Json? Random(RandomControl? random) => random is null ? null :
    [
        ("mean", 100 * random.Mean), ("deviation", 100 * random.Deviation),
        ("scores", Json.Line(random.Faithfulness.Select(value => 100 * value))),
    ];

    private static Json Overlap(IReadOnlyList<ComparedCircuit> circuits) =>
    [
        ("pairs", Json.List(circuits.SelectMany((first, i) => circuits.Skip(i + 1).Select(second => (first, second))), Pair)),
        ("inAll", Json.Line(CircuitOverlap.InAll(circuits))), ("edgesInAll", Json.Line(CircuitOverlap.EdgesInAll(circuits))),
    ];

    private static Json Pair((ComparedCircuit First, ComparedCircuit Second) pair)
    {
        var shared = CircuitOverlap.Of(pair.First, pair.Second);
        return
        [
            ("first", pair.First.Name), ("second", pair.Second.Name), ("sharedNodes", Json.Line(shared.Nodes)),
            ("nodeJaccard", shared.NodeJaccard), ("sharedEdges", Json.Line(shared.Edges)), ("edgeJaccard", shared.EdgeJaccard),
        ];
    }
}
