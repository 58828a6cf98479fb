using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Means of MLP outputs over the corrupted prompts in the model whose heads outside the circuit are ablated,
/// all MLPs computed: the study's reading. Heads of a candidate change them, so the corrupted run is resumed
/// like the clean one, and only for MLPs that are ablated and positions that the clean run reads.
/// </summary>
internal sealed class CircuitMlpMeans : IDisposable
{
    private readonly RunContext _context;
    private readonly DeviceRows _rows;
    private readonly ForwardPass _pass;
    private readonly AblationValues _ablationValues;
    private readonly PrefixStore _store;
    private readonly SumBuffer _sums;
    private readonly DeviceBuffer[] _current;
    private readonly DeviceBuffer[] _candidate;
    private readonly bool[] _valid;
    private readonly Func<int, RowSet> _readAt;
    private readonly DeviceBuffer _z;
    private readonly DeviceBuffer _residMid;
    private LayerSession? _session;
    private LiveNodes _heads;
    private bool[] _ablated;

    /// <summary>Takes over what was measured in the unablated model, with nothing computed yet.</summary>
    /// <param name="context">The corrupted rows.</param>
    /// <param name="ablationValues">Values in the unablated model.</param>
    /// <param name="readAt">Corrupted rows at the positions that the clean runs read of a layer, now.</param>
    /// <param name="storedLayers">How many prefixes may be held.</param>
    /// <param name="start">The circuit to start from.</param>
    public CircuitMlpMeans(RunContext context, AblationValues ablationValues, Func<int, RowSet> readAt, int storedLayers, Circuit start)
    {
        (_context, _ablationValues, _readAt, _rows, _pass) =
            (context, ablationValues, readAt, context.Corrupted!, context.CorruptedPass!);
        var (ops, forest) = (context.Model.Ops, _rows.Forest);
        _sums = ops.AllocateSums(forest.Length, context.Model.Config.DModel);
        _current = context.ByLayer(_ => context.Residual(forest.Length));
        _candidate = context.ByLayer(_ => context.Residual(forest.Length));
        _valid = new bool[_current.Length];
        _z = context.Residual(forest.Count);
        _residMid = context.Residual(forest.Count);
        _store = new PrefixStore(ops, _z.Length, storedLayers, resid => _pass.Embed(_rows.All, resid), Advance);
        _heads = start.Live.WithAllMlps();
        _ablated = Ablated(start);
        SeedFromUnablated();
    }

    /// <summary>The current circuit lost a node.</summary>
    public void Removed(NodeId node, Circuit circuit)
    {
        _heads = circuit.Live.WithAllMlps();
        _ablated = Ablated(circuit);
        if (node.IsMlp || _session?.Layer != node.Layer) _session = null;
        if (node.IsMlp) return;
        _store.Changed(node.Layer);
        for (var layer = node.Layer; layer < _valid.Length; layer++) _valid[layer] = false;
    }

    /// <summary>The current circuit is another one altogether: only the embedding stays.</summary>
    public void Moved(Circuit circuit)
    {
        (_heads, _ablated, _session) = (circuit.Live.WithAllMlps(), Ablated(circuit), null);
        _store.Changed(0);
        Array.Clear(_valid);
        SeedFromUnablated();
    }

    /// <summary>Means of the wanted MLPs under the current circuit's heads, [slot, dModel] each; null elsewhere.</summary>
    /// <param name="wanted">By layer.</param>
    public DeviceBuffer?[] OfCurrent(Func<int, bool> wanted)
    {
        Ensure(wanted);
        return [.. _current.Select((table, layer) => wanted(layer) ? table : null)];
    }

    /// <summary>Means of the ablated MLPs from a head's layer on, under the current circuit's heads less that one.</summary>
    public DeviceBuffer?[] MeansWithoutHead(NodeId head)
    {
        var top = Array.FindLastIndex(_ablated, ablated => ablated);
        if (top >= head.Layer)
        {
            var demand = DemandFor(layer => layer >= head.Layer && _ablated[layer]);
            if (_session?.Layer != head.Layer)
                _session = new LayerSession(_pass, head.Layer, () => _store.Get(head.Layer), _heads, demand, _z, _residMid);
            _session.Without(
                head.Index, _heads.Heads[head.Layer], kept => Constants(head.Layer, kept), _ablationValues.Z(head.Layer), _rows.Positions,
                _context.Scratch);
            AddMlp(head.Layer, _session.Outputs, _ablated[head.Layer] ? _candidate[head.Layer] : null, Constants(head.Layer));
            for (var layer = head.Layer + 1; layer <= top; layer++)
                Run(layer, _context.Scratch, demand, _ablated[layer] ? _candidate[layer] : null, _context.Scratch);
        }

        return [.. _candidate.Select((table, layer) => layer >= head.Layer && _ablated[layer] ? table : null)];
    }

    /// <summary>Gives back the memory of stored prefixes; they are computed again when they are needed.</summary>
    public void ReleasePrefixes() => _store.ReleaseAll();

    public void Dispose()
    {
        foreach (var table in _current.Concat(_candidate)) table.Dispose();
        _sums.Dispose();
        _z.Dispose();
        _residMid.Dispose();
        _store.Dispose();
    }

    /// <summary>Means measured in the unablated model are right where every head up to a layer is kept.</summary>
    private void SeedFromUnablated()
    {
        for (var layer = 0; layer < _valid.Length && _heads.Heads[layer].Length == _context.Model.Config.NHeads; layer++)
        {
            _context.Model.Ops.Copy(_ablationValues.MlpOut(layer), _current[layer]);
            _valid[layer] = true;
        }
    }

    private static bool[] Ablated(Circuit circuit) => [.. circuit.Live.Mlps.Select(kept => !kept)];

    private LayerConstants Constants(int layer) => Constants(layer, _heads.Heads[layer]);

    private LayerConstants Constants(int layer, int[] heads) => new(_ablationValues.Heads(layer, heads), null, _rows.Positions);

    /// <summary>
    /// Brings the wanted means of the current circuit up to date: the stored prefix leaves them behind as it
    /// advances. A mean that is out of date rests on a head that changed, so no prefix above it is stored.
    /// </summary>
    private void Ensure(Func<int, bool> wanted)
    {
        for (var layer = _valid.Length - 1; layer >= 0; layer--)
        {
            if (!wanted(layer) || _valid[layer]) continue;
            _store.Get(layer + 1);
            return;
        }
    }

    /// <summary>Corrupted rows at the positions that the clean run reads of each wanted layer's MLP, and what they rest on.</summary>
    private Demand DemandFor(Func<int, bool> wanted) =>
        Demand.Of(_rows, _heads, _rows.None, _context.ByLayer(layer => wanted(layer) ? _readAt(layer) : _rows.None));

    /// <summary>Stored prefixes serve every MLP that may be ablated later, so they cover all layers' needs.</summary>
    private void Advance(int layer, DeviceBuffer residPre, DeviceBuffer residPost)
    {
        Run(layer, residPre, DemandFor(_ => true), _valid[layer] ? null : _current[layer], residPost);
        _valid[layer] = true;
    }

    private void Run(int layer, DeviceBuffer residPre, Demand demand, DeviceBuffer? means, DeviceBuffer residPost)
    {
        _pass.Layer(layer, residPre, _heads, demand, Constants(layer), residPost, means is null ? null : Sums);
        Finish(means);
    }

    private void AddMlp(int layer, RowSet outputs, DeviceBuffer? means, LayerConstants constants)
    {
        _pass.AddMlp(layer, _context.Scratch, true, outputs, constants, _context.Scratch, means is null ? null : Sums);
        Finish(means);
    }

    private RowSums Sums => new(_sums, _rows.Positions, _rows.Weights);

    /// <summary>Slots at positions that nothing reads may rest on some of their rows only; they stay unread.</summary>
    private void Finish(DeviceBuffer? means)
    {
        if (means is not null) _context.Model.Ops.Average(_sums, _rows.Forest.PromptsAt, means);
    }
}
