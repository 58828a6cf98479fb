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
    private readonly RunContext _context;
    private readonly LiveNodes _live;
    private readonly AblationValues? _ablationValues;
    private readonly DeviceBuffer?[] _ownMlpTables;
    private readonly IndexBuffer? _cleanSlots;
    private readonly IndexBuffer? _corruptedSlots;

    /// <summary>Measures the constants; the whole model has none.</summary>
    /// <param name="context">The corrupted prompts, where constants or patches need them.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="ablation">How nodes outside it are ablated.</param>
    /// <param name="clean">Rows of the prompts that are scored.</param>
    /// <param name="read">Which rows each layer of the clean run reads.</param>
    public AblatedConstants(RunContext context, Circuit circuit, AblationConfig ablation, DeviceRows clean, Demand read)
    {
        (_context, _live) = (context, circuit.Live);
        _ownMlpTables = new DeviceBuffer?[_live.Mlps.Length];
        var (ops, corrupted) = (context.Model.Ops, context.Corrupted);
        if (circuit.Equals(Circuit.Full(context.Model.Config))) return;
        RowSet ReadAt(int layer) => context.ReadAt(layer, [(clean, read)]);
        _ablationValues = AblationValues.Measure(context, ablation.Kind, ReadAt);
        _cleanSlots = ops.Upload(_ablationValues.SlotsOf(
            clean.Forest, corrupted?.Forest, [.. Enumerable.Range(0, clean.Forest.Prompts)]));
        _corruptedSlots = corrupted is null ? null : ops.Upload(ablation.Kind switch
        {
            AblationKind.Mean => corrupted.Forest.Positions,
            AblationKind.Zero => new int[corrupted.Forest.Count],
            _ => [.. Enumerable.Range(0, corrupted.Forest.Count)],
        });
        if (!ablation.MeansFollowCircuit) return;
        using var means = new CircuitMlpMeans(context, _ablationValues, ReadAt, PrefixStore.LeastCapacity, circuit);
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
        _ablationValues?.Dispose();
    }

    private LayerConstants Of(int layer, IndexBuffer? slots)
    {
        if (_ablationValues is null) return new LayerConstants(_context.Model.OutputBias(layer), null, null);
        return new LayerConstants(_ablationValues.Heads(layer, _live.Heads[layer]), _live.Mlps[layer] ? null : _ownMlpTables[layer]
            ?? _ablationValues.MlpOut(layer), slots);
    }

    private DeviceBuffer Copy(DeviceBuffer table)
    {
        var copy = _context.Model.Ops.Allocate(table.Length);
        _context.Model.Ops.Copy(table, copy);
        return copy;
    }
}
