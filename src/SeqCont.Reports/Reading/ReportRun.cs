using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>What a run left in its folder. Files that are not there are null: a page shows what there is.</summary>
public sealed class ReportRun
{
    private readonly List<string> _files = [];

    private ReportRun(string folder)
    {
        Folder = folder;
        Facts = new[] { RunFolder.RunName, AttentionFile.Name, CompareFile.Name }.FirstOrDefault(name => Has(name, out _)) is { } facts
            ? RunFacts.Read(Path.Combine(Folder, facts)) : RunFacts.None;
        Nodes = Facts.Nodes ?? ReadSizes();
        if (Nodes is { } nodes)
        {
            Circuit = Take(RunFolder.CircuitName, path => CircuitFile.Read(path, nodes));
            Edges = Take(RunFolder.EdgesName, path => DrawnEdges.Read(path, nodes));
            Trace = Take(RunFolder.TraceName, path =>
                Checked(Journal<NodeDecision>.Read(path, DecisionRows.Nodes), decision => decision.Node, path));
            Each = Take(RunFolder.EachName, path =>
                Checked([.. JsonText.ReadLines(path, "a node's effect").Select(Effect)], effect => effect.Node, path));
        }

        Comparison = Take(CompareFile.Name, ComparisonReading.Read);
        Attention = Take(AttentionFile.Name, AttentionPatterns.Read);
        Lens = Take(RunFolder.LensName, LensReadings.Read);
        Ov = Take(RunFolder.OvName, OvHeadScores.Read);
        Answers = Take(RunFolder.PerPromptName, PromptAnswers.Read);
        if (Has(RunFolder.RunName, out _)) _files.Add(RunFolder.RunName);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>Names of the files that were read, in the order in which a page shows them.</summary>
    public IReadOnlyList<string> Files => _files;

    internal RunFacts Facts { get; }

    internal Circuit? Circuit { get; }

    internal IReadOnlyList<NodeDecision>? Trace { get; }

    internal IReadOnlyList<NodeEffect>? Each { get; }

    internal PromptAnswers? Answers { get; }

    internal DrawnEdges? Edges { get; }

    internal AttentionPatterns? Attention { get; }

    internal LensReadings? Lens { get; }

    internal OvHeadScores? Ov { get; }

    internal ComparisonReading? Comparison { get; }

    /// <summary>The model's nodes, as far as the files tell its sizes.</summary>
    internal NodeSpace? Nodes { get; }

    /// <summary>Reads a run's folder.</summary>
    /// <param name="folder">The folder that a command's --out named.</param>
    /// <exception cref="IOException">There is no such folder, or nothing in it that a page could show.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it and the place.</exception>
    public static ReportRun Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: not found; expected a run's folder.");
        var run = new ReportRun(folder);
        if (run.Files.Count == 0)
            throw new InvalidDataException(
                $"{folder}: no results here; expected files such as {RunFolder.RunName}, {RunFolder.CircuitName} or "
                    + $"{RunFolder.TraceName}.");
        return run;
    }

    private NodeSpace? ReadSizes()
    {
        foreach (var name in new[] { RunFolder.EdgesName, RunFolder.CircuitName })
        {
            if (!Has(name, out var path)) continue;
            if (CircuitFile.ReadSizes(JsonFile.ReadObject(path, "edges or a circuit")) is { } sizes) return sizes;
        }

        if (!Has(RunFolder.CircuitName, out var study)) return null;
        // The study's files state no sizes: as many layers and heads as the circuit names.
        var root = JsonFile.ReadObject(study, "a circuit");
        NodeId[] kept = [.. CircuitFile.Read(root, new NodeSpace(GraphFields.MostNodes, GraphFields.MostNodes)).Nodes];
        return kept.Length == 0 ? null
            : CircuitFile.Drawable(new NodeSpace(kept.Max(node => node.Layer) + 1, kept.Max(node => node.Index) + 1), root);
    }

    private T? Take<T>(string name, Func<string, T> read)
        where T : class
    {
        if (!Has(name, out var path)) return null;
        var content = read(path);
        _files.Add(name);
        return content;
    }

    private IReadOnlyList<T> Checked<T>(IReadOnlyList<T> rows, Func<T, NodeId> nodeOf, string path)
    {
        foreach (var node in rows.Select(nodeOf))
            if (!Nodes!.Has(node)) throw new InvalidDataException($"{path}: {node} is not a node of the model, which has {Nodes}.");
        return rows;
    }

    private static NodeEffect Effect(JsonField row) => new(
        row["node"].Node(), new PromptMean(row["logitDiff"].NumberOrNaN(), row["standardError"].NumberOrNaN()),
        row["score"].NumberOrNaN() / 100);

    private bool Has(string name, out string path) => File.Exists(path = Path.Combine(Folder, name));
}
