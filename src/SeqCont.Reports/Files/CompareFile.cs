using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// compare.json: circuits scored on tasks, and what the circuits share. Scores are percentages of the full model's mean
/// logit difference on that task.
/// <code>
/// {
///   "schema": 1, "tool", "command", "startedAt", "model",               as in run.json
///   "tasks": [{"task": "numerals", "clean": {...}, "corrupted": {...},  prompts as in run.json
///     "full": {"logitDiff": 8.68, "standardError": 0.03}}, ...],
///   "bos": id or null, "randomCircuits": 10, "device", "backend", "precision", "seed",
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
///   "seconds": {...}, "memory": {...}
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

    /// <summary>Writes compare.json.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="record">What was found.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, CompareRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        JsonFile.WriteBeside(path, stream => JsonFile.WriteObject(stream, writer => WriteFields(writer, record)));
    }

    /// <summary>Writes the fields of compare.json into an open JSON object.</summary>
    public static void WriteFields(Utf8JsonWriter writer, CompareRecord record)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(record);
        RunFile.WriteOrigin(writer, record.Header);
        WriteTasks(writer, record);
        RunFile.WriteBos(writer, record.Header);
        writer.WriteNumber("randomCircuits", record.RandomCircuits);
        RunFile.WriteEnvironment(writer, record.Header);
        WriteCircuits(writer, record);
        WriteScores(writer, record.Result);
        WriteOverlap(writer, record.Result.Circuits);
        RunFile.WriteCosts(writer, record.Header);
    }

    private static void WriteTasks(Utf8JsonWriter writer, CompareRecord record)
    {
        writer.WriteStartArray("tasks");
        for (var i = 0; i < record.Prompts.Count; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("task", record.Result.Tasks[i].Name);
            RunFile.WriteSet(writer, "clean", record.Prompts[i].Clean);
            RunFile.WriteSet(writer, "corrupted", record.Prompts[i].Corrupted);
            RunFile.WriteMean(writer, "full", record.Result.Full[i]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteCircuits(Utf8JsonWriter writer, CompareRecord record)
    {
        writer.WriteStartArray("circuits");
        for (var i = 0; i < record.Files.Count; i++)
        {
            var circuit = record.Result.Circuits[i];
            writer.WriteStartObject();
            writer.WriteString("name", circuit.Name);
            writer.WriteString("file", record.Files[i]);
            writer.WriteString("ablation", RunFile.Name(circuit.Ablation.Kind));
            RunFile.WriteText(writer, "mlpMeans", RunFile.MlpMeansName(circuit.Ablation));
            CircuitFile.WriteFields(writer, circuit.Circuit);
            RunFile.WriteText(writer, "paths", circuit.Edges is { } edges ? RunFile.Name(edges.Config.Paths) : null);
            RunFile.WriteText(writer, "patch", circuit.Edges is { } same ? RunFile.Name(same.Config.Patch) : null);
            WriteNames(writer, "edges", circuit.Edges?.Kept);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteScores(Utf8JsonWriter writer, CircuitComparisonResult result)
    {
        writer.WriteStartArray("scores");
        for (var row = 0; row < result.Circuits.Count; row++)
        {
            for (var column = 0; column < result.Tasks.Count; column++)
            {
                var score = result.Scores[row][column];
                writer.WriteStartObject();
                writer.WriteString("circuit", result.Circuits[row].Name);
                writer.WriteString("task", result.Tasks[column].Name);
                writer.WriteFinite("score", 100 * score.Faithfulness);
                writer.WriteFinite("logitDiff", score.LogitDiff.Mean);
                writer.WriteFinite("standardError", score.LogitDiff.StandardError);
                writer.WriteFinite("nodeScore", 100 * score.NodeFaithfulness);
                WriteRandom(writer, "random", score.Random);
                WriteRandom(writer, "randomEdges", score.RandomEdges);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    }

    private static void WriteRandom(Utf8JsonWriter writer, string name, RandomControl? random)
    {
        if (random is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartObject(name);
        writer.WriteFinite("mean", 100 * random.Mean);
        writer.WriteFinite("deviation", 100 * random.Deviation);
        writer.WritePropertyName("scores");
        // On one line: indented, a list of numbers is a long column.
        writer.WriteRawValue(
            $"[{string.Join(", ", random.Faithfulness.Select(value => JsonFile.Number(100 * value)))}]");
        writer.WriteEndObject();
    }

    private static void WriteOverlap(Utf8JsonWriter writer, IReadOnlyList<ComparedCircuit> circuits)
    {
        writer.WriteStartObject("overlap");
        writer.WriteStartArray("pairs");
        for (var first = 0; first < circuits.Count; first++)
        {
            for (var second = first + 1; second < circuits.Count; second++)
            {
                var shared = CircuitOverlap.Of(circuits[first], circuits[second]);
                writer.WriteStartObject();
                writer.WriteString("first", circuits[first].Name);
                writer.WriteString("second", circuits[second].Name);
                WriteNames(writer, "sharedNodes", shared.Nodes);
                writer.WriteFinite("nodeJaccard", shared.NodeJaccard);
                WriteNames(writer, "sharedEdges", shared.Edges);
                writer.WriteFinite("edgeJaccard", shared.EdgeJaccard ?? double.NaN);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
        WriteNames(writer, "inAll", CircuitOverlap.InAll(circuits));
        WriteNames(writer, "edgesInAll", CircuitOverlap.EdgesInAll(circuits));
        writer.WriteEndObject();
    }

    private static void WriteNames<T>(Utf8JsonWriter writer, string name, IEnumerable<T>? parts)
    {
        if (parts is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WritePropertyName(name);
        writer.WriteRawValue($"[{string.Join(", ", parts.Select(part => $"\"{part}\""))}]");
    }
}
