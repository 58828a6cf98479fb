using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>One circuit of a graph: a task's, or one of several of a task.</summary>
/// <param name="Label">The task, and the folder where a task has several.</param>
/// <param name="Kept">Whether a node is in the circuit, [node]; logits always are, the input where edges do not leave it out.</param>
/// <param name="Scores">Percent left without the node, [node]; not a number where it was not tried.</param>
/// <param name="Edges">Its edges; null where none were scored.</param>
/// <param name="Unpatched">Ratio that edges' effects are counted from.</param>
/// <param name="FullMetric">The full model's mean logit difference; null where it is not known.</param>
internal sealed record GraphCircuit(
    string Label, bool[] Kept, double[] Scores, DrawnEdge[]? Edges, double Unpatched, double? FullMetric);

/// <summary>The circuits of one model in one graph.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Nodes">Its nodes.</param>
/// <param name="Circuits">One or more.</param>
internal sealed record CircuitGraph(string Model, NodeSpace Nodes, IReadOnlyList<GraphCircuit> Circuits)
{
    /// <summary>The graphs of runs: runs of one model share one.</summary>
    /// <remarks>A run of edges supersedes the run of nodes that gave its circuit.</remarks>
    public static IReadOnlyList<CircuitGraph> Of(IReadOnlyList<ReportRun> runs)
    {
        var graphs = new List<CircuitGraph>();
        foreach (var group in runs.Where(run => run.Nodes is not null).GroupBy(run => (run.Facts.Sha256, run.Nodes)))
        {
            var ofModel = group.ToArray();
            var shown = ofModel.Where(IsCircuit)
                .Where(run => run.Edges is not null || !ofModel.Any(other => Supersedes(other, run))).ToArray();
            if (shown.Length == 0) continue;
            var circuits = shown.Select(run => Circuit(run, Label(run, shown), ofModel));
            graphs.Add(new CircuitGraph(ofModel[0].Facts.Model, ofModel[0].Nodes!, [.. circuits]));
        }

        return graphs;
    }

    // A run without a search or edges that kept everything is the whole model, not a circuit.
    private static bool IsCircuit(ReportRun run) =>
        run.Edges is not null || (run.Circuit is { } circuit && (run.Trace is not null || circuit.Count < run.Nodes!.Count - 2));

    // Edges are found inside a circuit: all their nodes are nodes of it.
    private static bool Supersedes(ReportRun other, ReportRun run) =>
        other != run && other.Edges?.Circuit is { } ofEdges && other.Facts.Task == run.Facts.Task && run.Circuit is { } circuit
        && ofEdges.Nodes.All(circuit.Contains);

    private static string Label(ReportRun run, ReportRun[] shown) =>
        run.Facts.Task is not { } task ? run.Name
        : shown.Count(other => other.Facts.Task == task) == 1 ? task : $"{task} ({run.Name})";

    private static GraphCircuit Circuit(ReportRun run, string label, ReportRun[] ofModel)
    {
        var nodes = run.Nodes!;
        var kept = new bool[nodes.Count];
        DrawnEdge[] edges = run.Edges?.Edges ?? [];
        var shown = (run.Edges?.Circuit ?? run.Circuit)?.Nodes
            ?? edges.SelectMany(edge => (NodeId[])[edge.Edge.Sender, edge.Edge.Receiver]);
        foreach (var node in shown.Append(NodeId.Logits)) kept[nodes.Number(node)] = true;
        kept[NodeSpace.Input] = run.Edges is null || edges.Any(edge => edge.Edge.Sender == NodeId.Input);
        return new GraphCircuit(label, kept, Scores(run, ofModel), run.Edges?.Edges, run.Edges?.Unpatched ?? 1, run.Facts.FullMetric);
    }

    // What a search measured last is the loss in the circuit as it then was; where no search is at hand, single nodes of the run of --each.
    private static double[] Scores(ReportRun run, ReportRun[] ofModel)
    {
        var scores = new double[run.Nodes!.Count];
        Array.Fill(scores, double.NaN);
        var ofTask = ofModel.Where(other => other == run || Supersedes(run, other)).ToArray();
        if (ofTask.Select(other => other.Trace).FirstOrDefault(trace => trace is not null) is { } trace)
            foreach (var decision in trace) scores[run.Nodes.Number(decision.Node)] = decision.Score;
        else if (ofModel.FirstOrDefault(other => other.Facts.Task == run.Facts.Task && other.Each is not null) is { Each: { } each })
            foreach (var effect in each) scores[run.Nodes.Number(effect.Node)] = 100 * effect.Faithfulness;
        return scores;
    }
}
