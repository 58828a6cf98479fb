using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>The work of one table.</summary>
/// <param name="Part">The part that it belongs to.</param>
/// <param name="Name">The table's name.</param>
/// <param name="Flops">Floating-point operations of products and attention; a multiply-add is two.</param>
/// <param name="DoneAfter">Operations done after a step, [step].</param>
public sealed record PlannedTable(string Part, string Name, long Flops, IReadOnlyList<long> DoneAfter)
{
    /// <summary>The share of the table's work that is done after a step, counted from 1.</summary>
    public double Share(int step) => step < 1 || Flops == 0 ? 0 : DoneAfter[Math.Min(step, DoneAfter.Count) - 1] / (double)Flops;
}

/// <summary>What a verification will cost: the very same run on a backend that computes nothing.</summary>
/// <param name="Tables">By table, in order.</param>
/// <param name="PredictedBytes">Peak memory, the largest table's.</param>
public sealed record VerificationPlan(IReadOnlyList<PlannedTable> Tables, long PredictedBytes)
{
    /// <summary>Operations of all tables.</summary>
    public double Flops => Tables.Sum(table => (double)table.Flops);

    /// <summary>Counts the work, and finds figures that do not fit before any of it is done.</summary>
    /// <param name="weights">The model; only its sizes matter.</param>
    /// <param name="config">What is verified.</param>
    /// <param name="backend">The backend that will run it, whose memory is planned for.</param>
    /// <param name="cancellationToken">Checked between steps.</param>
    /// <exception cref="ArgumentException">The memory budget is below what a table needs.</exception>
    /// <exception cref="InvalidDataException">The model has another shape, or figures or prompts do not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static VerificationPlan Of(
        Gpt2Weights weights, VerificationConfig config, IOps backend, CancellationToken cancellationToken = default)
    {
        var meter = new WorkMeter();
        using var ops = new MeteredOps(new DryOps(backend), meter);
        using var model = new Gpt2Model(ops, weights);
        var (planned, bytes) = (new List<PlannedTable>(), 0L);
        foreach (var job in new Verification(model, config).Jobs)
        {
            var (before, steps) = (meter.Flops, new List<long>());
            var table = job.Run(new SynchronousProgress<VerifyStep>(_ => steps.Add(meter.Flops - before)), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            planned.Add(new PlannedTable(job.Part, job.Name, meter.Flops - before, steps));
            bytes = Math.Max(bytes, table.PredictedBytes);
        }

        return new VerificationPlan(planned, bytes);
    }
}
