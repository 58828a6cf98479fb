namespace SeqCont.Circuits;

/// <summary>
/// One task's node search and ablations (Lan, Torr, Barez, arXiv 2311.04131): the search replayed, every node alone, the
/// circuit less each head, and the circuits of all tasks.
/// </summary>
internal static class NodeTables
{
    /// <summary>The search: every published candidate's score, with the published verdicts followed.</summary>
    public static void FillSearch(Verification run, TableFilling table, string task)
    {
        var published = run.Figures.Nodes[task].Trace;
        var (threshold, prompts) = (run.Figures.MinFaithfulness, run.Task(task));
        if (!run.TryMeasureFullModel(table, task, published.Select(decision => (Name(decision), decision.Score)))) return;
        var config = new NodePruningConfig
        {
            MinFaithfulness = threshold,
            Memory = run.Config.Memory,
            Replay = [.. published.Select(decision => new ReplayedDecision(decision.Node, decision.Removed))],
        };
        var result = NodePruning.Run(run.Model, prompts.Clean, prompts.Corrupted, config, new SynchronousProgress<SearchProgress>(step =>
        {
            var (own, of) = (step.Decision, published[step.Decision.Index - 1]);
            if ((own.Iteration, own.Direction) != (of.Iteration, of.Direction))
                throw Broken(run, task, $"decision {own.Index} belongs to another pass");
            table.AddStep(VerifyRow.OfDecision(Name(of), of.Score, of.Removed, own.Score, own.Faithfulness > threshold, 100 * threshold));
        }), table.CancellationToken);
        table.Needs(result.Memory.PredictedBytes);
        if (result.Trace.Count < published.Count)
            throw Broken(run, task, $"decision {result.Trace.Count + 1} comes after a pass that removes nothing");
    }

    /// <summary>The whole model less one node.</summary>
    public static void FillSingle(Verification run, TableFilling table, string task) =>
        FillLess(run, table, task, Circuit.Full(run.Model.Config), run.Figures.Nodes[task].Single);

    /// <summary>The circuit less one head. Its MLPs are scored too, as `ablate --each` does, and have no published number.</summary>
    public static void FillLessOneHead(Verification run, TableFilling table, string task) =>
        FillLess(run, table, task, run.Figures.Circuits[task], run.Figures.Nodes[task].LessOneHead);

    /// <summary>Circuits of all tasks on this one, and the circuit that the search ended in.</summary>
    public static void FillCircuits(Verification run, TableFilling table, string task)
    {
        var (published, circuits, config) = (run.Figures.Nodes[task], CircuitsOf(run.Figures, task), run.Model.Config);
        if (!run.TryMeasureFullModel(table, task, published.Circuits.Select(entry => (Name(entry.Key), entry.Value)))) return;
        ComparedCircuit[] compared = [.. circuits.Select(name =>
            new ComparedCircuit(name, run.Figures.Circuits[name], new AblationConfig()))];
        var prompts = run.Task(task);
        ComparedTask[] tasks = [new(task, prompts.Clean, prompts.Corrupted)];
        table.Needs(CircuitComparison.PredictBytes(config, run.Model.Ops, compared, tasks, run.Config.Memory));
        CircuitComparison.Run(run.Model, compared, tasks, 0, 0, run.Config.Memory, new SynchronousProgress<ComparisonProgress>(step =>
        {
            var ours = 100 * step.Faithfulness;
            table.AddStep(VerifyRow.Of(Name(step.Circuit!), published.Circuits[step.Circuit!], ours));
            if (step.Circuit == task) table.Add(VerifyRow.Of($"the search's end, {task}", published.Final, ours));
        }), table.CancellationToken);
        foreach (var (name, score) in published.Circuits.Where(entry => !circuits.Contains(entry.Key)))
            table.Add(new VerifyRow(Name(name), score, double.NaN, VerifyVerdict.NotCovered)
            {
                Note = "its nodes are not among the published figures",
            });
    }

    /// <summary>The tasks whose circuits are known and were published as scored on this task.</summary>
    public static string[] CircuitsOf(PublishedFigures figures, string task) =>
        [.. figures.Nodes[task].Circuits.Keys.Where(figures.Circuits.ContainsKey)];

    private static void FillLess(
        Verification run, TableFilling table, string task, Circuit circuit, IReadOnlyDictionary<NodeId, double> published)
    {
        if (!run.TryMeasureFullModel(table, task, published.Select(entry => (entry.Key.ToString(), entry.Value)))) return;
        var prompts = run.Task(task);
        var (whole, _) = CircuitAblation.ScoreEach(run.Model, prompts.Clean, prompts.Corrupted, circuit, new AblationConfig(),
            run.Config.Memory, new SynchronousProgress<NodeEffect>(effect =>
        {
            if (published.TryGetValue(effect.Node, out var score))
                table.AddStep(VerifyRow.Of(effect.Node.ToString(), score, 100 * effect.Faithfulness));
            else table.Step($"{effect.Node}: no published number");
        }), cancellationToken: table.CancellationToken);
        table.Needs(whole.PredictedBytes);
        foreach (var node in published.Keys.Where(node => !circuit.Contains(node)))
            throw Broken(run, task, $"{node} is not in the circuit");
    }

    private static string Name(PublishedDecision decision) =>
        $"{(decision.Direction == SweepDirection.Backward ? "backward" : "forward")} {decision.Iteration} {decision.Node}";

    private static string Name(string circuit) => $"{circuit} circuit";

    private static InvalidDataException Broken(Verification run, string task, string problem) =>
        new($"{run.Figures.Source}: figures of {task}: {problem}.");
}
