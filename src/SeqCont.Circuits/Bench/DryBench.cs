using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>The work of a replayed search and of the naive engine, counted without doing it.</summary>
internal sealed record DryBench
{
    /// <summary>Work of the whole search.</summary>
    public required long Flops { get; init; }

    /// <summary>Verdicts, with the work that each took.</summary>
    public required IReadOnlyList<(NodeDecision Decision, long Flops)> Decisions { get; init; }

    /// <summary>The circuits that were scored, [decision].</summary>
    public required IReadOnlyList<Circuit> Candidates { get; init; }

    /// <summary>Rows of the clean prompts.</summary>
    public required int Rows { get; init; }

    /// <summary>Positions of the clean grid.</summary>
    public required int NaiveRows { get; init; }

    /// <summary>Work of one candidate by the naive engine.</summary>
    public required long NaiveCandidateFlops { get; init; }

    /// <summary>Work of one whole pass over the clean grid.</summary>
    public required long NaiveFullModelFlops { get; init; }

    /// <summary>Counts. Only the sizes of the model matter.</summary>
    public static DryBench Count(ModelConfig config, PromptSet clean, PromptSet corrupted, NodePruningConfig search)
    {
        var meter = new WorkMeter();
        using var ops = new MeteredOps(new DryOps(), meter);
        using var weights = RandomWeights.Create(config, seed: 1);
        using var model = new Gpt2Model(ops, weights);
        var (decisions, candidates, current, before) = (new List<(NodeDecision, long)>(), new List<Circuit>(), Circuit.Full(config), 0L);
        var result = NodePruning.Run(model, clean, corrupted, search, new SynchronousProgress<SearchProgress>(step =>
        {
            // The first decision's share holds what comes before it: means and the full model.
            decisions.Add((step.Decision, meter.Flops - before));
            candidates.Add(current.Without(step.Decision.Node));
            (current, before) = (step.Circuit, meter.Flops);
        }));
        var flops = meter.Flops;
        using var naive = new NaiveEngine(model, clean, corrupted);
        naive.Score(Circuit.Full(config));
        var candidateFlops = meter.Flops - flops;
        naive.ScoreFullModel();
        return new DryBench
        {
            Flops = flops,
            Decisions = decisions,
            Candidates = candidates,
            Rows = result.CleanRows,
            NaiveRows = naive.Rows,
            NaiveCandidateFlops = candidateFlops,
            NaiveFullModelFlops = meter.Flops - flops - candidateFlops,
        };
    }
}
