using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What stands for the nodes outside one circuit, layer by layer, on the prompts that are scored and on the
/// corrupted ones: the same constants for both, except that under resample ablation each takes those of its own
/// corrupted prompt.
/// </summary>
internal sealed class AblatedConstants : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly LiveNodes _live;
    private readonly AblationValues? _ablationValues;
    private readonly HeadTables? _headTables;
    private readonly DeviceBuffer?[] _ownMlpTables;
    private readonly IndexBuffer? _cleanSlots;
    private readonly IndexBuffer? _corruptedSlots;

    /// <summary>Measures the constants; the whole model has none.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="ablation">How nodes outside it are ablated.</param>
    /// <param name="clean">Rows of the prompts that are scored.</param>
    /// <param name="corrupted">Rows of the corrupted prompts; null where neither constants nor patches need them.</param>
    /// <param name="read">Which rows each layer of the clean run reads.</param>
    /// <param name="work">Scratch of passes.</param>
    /// <param name="scratch">A residual that is free meanwhile, [row, dModel].</param>
    public AblatedConstants(
        Gpt2Model model, Circuit circuit, AblationConfig ablation, DeviceRows clean, DeviceRows? corrupted, Demand read, Workspace work,
        DeviceBuffer scratch)
    {
        (_model, _live) = (model, circuit.Live);
        _ownMlpTables = new DeviceBuffer?[model.Config.NLayers];
        if (circuit.Equals(Circuit.Full(model.Config))) return;
        RowSet ReadAt(int layer) => corrupted!.AtPositionsOf(clean, read.Outputs(layer));
        var pass = corrupted is null ? null : new ForwardPass(model, corrupted, work);
        _ablationValues = ablation.Kind == AblationKind.Zero
            ? AblationValues.Zero(model) : AblationValues.Measure(model, ReadAt, corrupted!, pass!, scratch, ablation.Kind);
        _headTables = new HeadTables(model, _ablationValues);
        _cleanSlots = model.Ops.Upload(_ablationValues.SlotsOf(
            clean.Forest, corrupted?.Forest, [.. Enumerable.Range(0, clean.Forest.Prompts)]));
        _corruptedSlots = corrupted is null ? null : model.Ops.Upload(ablation.Kind switch
        {
            AblationKind.Mean => corrupted.Forest.Positions,
            AblationKind.Zero => new int[corrupted.Forest.Count],
            _ => [.. Enumerable.Range(0, corrupted.Forest.Count)],
        });
        if (!ablation.MeansFollowCircuit) return;
        using var means = new CircuitMlpMeans(model, ReadAt, corrupted!, pass!, _headTables, _ablationValues, scratch,
            PrefixStore.LeastCapacity, circuit);
        means.SeedFromUnablated();
        var tables = means.OfCurrent(layer => !_live.Mlps[layer]);
        for (var layer = 0; layer < tables.Length; layer++) _ownMlpTables[layer] = tables[layer] is { } table ? Copy(table) : null;
    }

    /// <summary>A layer's constants on the prompts that are scored.</summary>
    public LayerConstants OfClean(int layer) => Of(layer, _cleanSlots);

    /// <summary>A layer's constants on the corrupted prompts.</summary>
    public LayerConstants OfCorrupted(int layer) => Of(layer, _corruptedSlots);

    public void Dispose()
    {
        foreach (var table in _ownMlpTables) table?.Dispose();
        _cleanSlots?.Dispose();
        _corruptedSlots?.Dispose();
        _headTables?.Dispose();
        _ablationValues?.Dispose();
    }

    private LayerConstants Of(int layer, IndexBuffer? slots)
    {
        if (_ablationValues is null) return new LayerConstants(_model.OutputBias(layer), null, null);
        return new LayerConstants(_headTables!.Of(layer, _live.Heads[layer]), _live.Mlps[layer] ? null : _ownMlpTables[layer]
            ?? _ablationValues.MlpOut(layer), slots);
    }

    private DeviceBuffer Copy(DeviceBuffer table)
    {
        var copy = _model.Ops.Allocate(table.Length);
        _model.Ops.Copy(table, copy);
        return copy;
    }
}
