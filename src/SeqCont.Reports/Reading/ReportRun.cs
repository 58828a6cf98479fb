using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What a run left in its folder. Files that are not there are null: a page shows what there is.</summary>
public sealed class ReportRun
{
    private ReportRun(string folder) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>Names of the files that were read, in the order in which a page shows them.</summary>
    public IReadOnlyList<string> Files { get; private set; } = [];

    internal RunFacts Facts { get; private set; } = new();

    internal Circuit? Circuit { get; private set; }

    internal IReadOnlyList<NodeDecision>? Trace { get; private set; }

    internal IReadOnlyList<NodeEffect>? Each { get; private set; }

    internal PromptAnswers? Answers { get; private set; }

    internal DrawnEdges? Edges { get; private set; }

    internal AttentionPatterns? Attention { get; private set; }

    internal LensReadings? Lens { get; private set; }

    internal OvHeadScores? Ov { get; private set; }

    internal ComparisonReading? Comparison { get; private set; }

    /// <summary>The model's nodes, as far as the files tell its sizes.</summary>
    internal NodeSpace? Nodes { get; private set; }

    /// <summary>Reads a run's folder.</summary>
    /// <param name="folder">The folder that a command's --out named.</param>
    /// <exception cref="IOException">There is no such folder, or nothing in it that a page could show.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it and the place.</exception>
    public static ReportRun Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: not found; expected a run's folder.");
        var run = new ReportRun(folder);
        run.ReadSizes();
        run.ReadFiles();
        if (run.Files.Count == 0)
            throw new InvalidDataException(
                $"{folder}: no results here; expected files such as {RunFolder.RunName}, {RunFolder.CircuitName} or "
                    + $"{RunFolder.TraceName}.");
        return run;
    }

    private void ReadSizes()
    {
        var facts = new[] { RunFolder.RunName, AttentionFile.Name, CompareFile.Name }.FirstOrDefault(name => Has(name, out _));
        if (facts is not null) Facts = RunFacts.Read(Path.Combine(Folder, facts));
        Nodes = Facts.Nodes;
        foreach (var name in new[] { RunFolder.EdgesName, RunFolder.CircuitName })
        {
            if (Nodes is not null || !Has(name, out var path)) continue;
            using var document = JsonFile.ReadObject(path, "edges or a circuit");
            Nodes = CircuitFile.ReadSizes(document.RootElement, path);
        }

        if (Nodes is not null || !Has(RunFolder.CircuitName, out var study)) return;
        // The study's files state no sizes: as many layers and heads as the circuit names.
        NodeId[] kept = [.. CircuitFile.Read(study, new NodeSpace(CircuitFile.MostNodes, CircuitFile.MostNodes)).Nodes];
        if (kept.Length > 0) Nodes = new NodeSpace(kept.Max(node => node.Layer) + 1, kept.Max(node => node.Index) + 1);
    }

    private void ReadFiles()
    {
        var files = new List<string>();
        void Take(string name, Action<string> read)
        {
            if (!Has(name, out var path)) return;
            read(path);
            files.Add(name);
        }

        if (Nodes is { } nodes)
        {
            Take(RunFolder.CircuitName, path => Circuit = CircuitFile.Read(path, nodes));
            Take(RunFolder.EdgesName, path => Edges = DrawnEdges.Read(path, nodes));
            Take(RunFolder.TraceName, path => Trace =
                Checked(Journal<NodeDecision>.Read(path, DecisionRows.Nodes), decision => decision.Node, path));
            Take(RunFolder.EachName, path => Each = Checked(JsonRows.Read(path, "a node's effect", Effect), effect => effect.Node, path));
        }

        Take(CompareFile.Name, path => Comparison = ComparisonReading.Read(path));
        Take(AttentionFile.Name, path => Attention = AttentionPatterns.Read(path));
        Take(RunFolder.LensName, path => Lens = LensReadings.Read(path));
        Take(RunFolder.OvName, path => Ov = OvHeadScores.Read(path));
        Take(RunFolder.PerPromptName, path => Answers = PromptAnswers.Read(path));
        if (Has(RunFolder.RunName, out _)) files.Add(RunFolder.RunName);
        Files = files;
    }

    private IReadOnlyList<T> Checked<T>(IReadOnlyList<T> rows, Func<T, NodeId> nodeOf, string path)
    {
        foreach (var node in rows.Select(nodeOf))
            if (!Nodes!.Has(node)) throw new InvalidDataException($"{path}: {node} is not a node of the model, which has {Nodes}.");
        return rows;
    }

    private static NodeEffect Effect(System.Text.Json.JsonElement row) => new(
        NodeId.Parse(row.GetProperty("node").GetString()),
        new MeanLogitDiff(row.Number("logitDiff"), row.Number("standardError")), row.Number("score") / 100);

    private bool Has(string name, out string path) => File.Exists(path = Path.Combine(Folder, name));
}
