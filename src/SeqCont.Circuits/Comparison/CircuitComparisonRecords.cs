namespace SeqCont.Circuits;

/// <summary>The kept edges of a compared circuit, and how they are scored as a whole.</summary>
/// <param name="Config">Nodes, patch and paths; the search's rule has no effect.</param>
/// <param name="Kept">Kept edges.</param>
public sealed record ComparedEdges(EdgePruningConfig Config, IReadOnlyList<Edge> Kept);

/// <summary>One of the circuits that are compared.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Circuit">Its nodes.</param>
/// <param name="Ablation">How nodes outside it are ablated.</param>
/// <param name="Edges">Its kept edges; null where all edges between its nodes count.</param>
public sealed record ComparedCircuit(string Name, Circuit Circuit, AblationConfig Ablation, ComparedEdges? Edges = null);

/// <summary>One of the tasks that circuits are scored on.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Clean">Prompts that are scored.</param>
/// <param name="Corrupted">Prompts that ablated nodes take their values from.</param>
public sealed record ComparedTask(string Name, PromptSet Clean, PromptSet Corrupted);

/// <summary>Scores of random circuits, or random edge sets, as large as a given one.</summary>
/// <param name="Faithfulness">Of each, in the order drawn; 1 = full model.</param>
public sealed record RandomControl(IReadOnlyList<double> Faithfulness)
{
    /// <summary>Mean over them.</summary>
    public double Mean => Faithfulness.Average();

    /// <summary>Standard deviation over them (n - 1); 0 for one.</summary>
    public double Deviation =>
        Faithfulness.Count < 2 ? 0 : Math.Sqrt(Faithfulness.Sum(value => (value - Mean) * (value - Mean)) / (Faithfulness.Count - 1));
}

/// <summary>What a circuit keeps of the full model's answer on a task.</summary>
/// <param name="Metric">Over prompts: of the kept edges as a whole where the circuit has edges, else of its nodes.</param>
/// <param name="Faithfulness">Its mean over the full model's; 1 = full model.</param>
/// <param name="NodeFaithfulness">The same of the circuit's nodes with every edge between them.</param>
/// <param name="Random">Random circuits of as many heads and MLPs, with every edge between them; null where none were asked for.</param>
/// <param name="RandomEdges">
/// Random sets of as many edges between the circuit's own nodes, each as a whole; null where the circuit has no edges or none were asked
/// for.
/// </param>
public sealed record ComparisonScore(
    PromptMean Metric, double Faithfulness, double NodeFaithfulness, RandomControl? Random, RandomControl? RandomEdges);

/// <summary>A matrix of circuits and tasks.</summary>
/// <param name="Circuits">The circuits, as given.</param>
/// <param name="Tasks">The tasks, as given.</param>
/// <param name="Full">The full model's metric, [task].</param>
/// <param name="Scores">Scores, [circuit][task].</param>
public sealed record CircuitComparisonResult(
    IReadOnlyList<ComparedCircuit> Circuits, IReadOnlyList<ComparedTask> Tasks, IReadOnlyList<PromptMean> Full,
    IReadOnlyList<ComparisonScore[]> Scores);

/// <summary>One circuit was scored on one task.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Circuit">The circuit's name; null for a random one.</param>
/// <param name="Faithfulness">1 = full model.</param>
/// <param name="Left">Scores of this task still to come.</param>
public sealed record ComparisonProgress(string Task, string? Circuit, double Faithfulness, int Left);
