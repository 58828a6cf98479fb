using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>The work of a replayed search and of the naive engine, counted without doing it.</summary>
/// <param name="Flops">Work of the whole search.</param>
/// <param name="Decisions">Verdicts, with the work that each took.</param>
/// <param name="Candidates">The circuits that were scored, [decision].</param>
/// <param name="Rows">Rows of the clean prompts.</param>
/// <param name="NaiveRows">Positions of the clean grid.</param>
/// <param name="NaiveCandidateFlops">Work of one candidate by the naive engine.</param>
/// <param name="NaiveFullModelFlops">Work of one whole pass over the clean grid.</param>
internal sealed record DryBench(
    long Flops, IReadOnlyList<(NodeDecision Decision, long Flops)> Decisions, IReadOnlyList<Circuit> Candidates, int Rows, int NaiveRows,
    long NaiveCandidateFlops, long NaiveFullModelFlops)
{
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
        return new DryBench(
            Flops: flops, Decisions: decisions, Candidates: candidates, Rows: result.CleanRows, NaiveRows: naive.Rows,
            NaiveCandidateFlops: candidateFlops, NaiveFullModelFlops: meter.Flops - flops - candidateFlops);
    }
}
