using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What the passes of one run share, one pass at a time: scratch, and the corrupted prompts with a pass over them.</summary>
internal sealed class RunContext : IDisposable
{
    /// <summary>Makes room.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="rows">Rows of the largest forest that is scored.</param>
    /// <param name="corrupted">Rows of the corrupted prompts; null where nothing is taken from them.</param>
    /// <param name="metric">What is asked of the answers.</param>
    /// <param name="blockRows">Rows worked on at a time; null for what the backend likes.</param>
    public RunContext(Gpt2Model model, int rows, RowForest? corrupted, IMetric metric, int? blockRows = null)
    {
        (Model, Metric) = (model, metric);
        var largest = Math.Max(rows, corrupted?.Count ?? 0);
        Work = new Workspace(model.Ops, model.Config, largest, blockRows);
        Scratch = Residual(largest);
        if (corrupted is null) return;
        Corrupted = new DeviceRows(model.Ops, corrupted);
        CorruptedPass = new ForwardPass(model, Corrupted, Work);
    }

    public Gpt2Model Model { get; }

    public IMetric Metric { get; }

    public Workspace Work { get; }

    /// <summary>A residual that is free between calls, [row, dModel].</summary>
    public DeviceBuffer Scratch { get; }

    /// <summary>Rows of the corrupted prompts.</summary>
    public DeviceRows? Corrupted { get; }

    /// <summary>A pass over them.</summary>
    public ForwardPass? CorruptedPass { get; }

    /// <summary>A residual of zeros, [row, dModel].</summary>
    public DeviceBuffer Residual(int rows) => Model.Ops.Allocate((long)rows * Model.Config.DModel);

    /// <summary>Something for every layer, [layer].</summary>
    public T[] ByLayer<T>(Func<int, T> make) => [.. Enumerable.Range(0, Model.Config.NLayers).Select(make)];

    /// <summary>Corrupted rows at the positions that runs over other rows read of a layer.</summary>
    public RowSet ReadAt(int layer, IEnumerable<(DeviceRows Rows, Demand Demand)> runs) =>
        runs.Aggregate(Corrupted!.None, (read, run) =>
            Corrupted.Union(read, Corrupted.AtPositionsOf(run.Rows, run.Demand.Outputs(layer))));

    public void Dispose()
    {
        Corrupted?.Dispose();
        Scratch.Dispose();
        Work.Dispose();
    }
}
