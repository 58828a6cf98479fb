using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What ablated nodes are replaced by, per slot: means over the corrupted prompts (a slot is a position), zero
/// (one slot), or the corrupted partner's own values (a slot is a row of the corrupted forest). All three
/// are tables, so that a run treats them alike.
/// </summary>
internal sealed class AblationValues : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly AblationKind _kind;
    private readonly DeviceBuffer[] _z;
    private readonly DeviceBuffer[] _mlpOut;
    private readonly IndexBuffer _allSlots;
    private readonly DeviceBuffer?[] _heads;
    private readonly int[]?[] _keptIn;

    private AblationValues(Gpt2Model model, AblationKind kind, DeviceBuffer[] z, DeviceBuffer[] mlpOut, int slotCount)
    {
        (_model, _kind, _z, _mlpOut) = (model, kind, z, mlpOut);
        _allSlots = model.Ops.Upload([.. Enumerable.Range(0, slotCount)]);
        (_heads, _keptIn) = (new DeviceBuffer?[z.Length], new int[]?[z.Length]);
    }

    /// <summary>Head outputs, [slot, head, dHead].</summary>
    public DeviceBuffer Z(int layer) => _z[layer];

    /// <summary>MLP outputs in the unablated model, [slot, dModel].</summary>
    public DeviceBuffer MlpOut(int layer) => _mlpOut[layer];

    /// <summary>
    /// b_O of a layer plus what its ablated heads write, folded into one table [slot, dModel]: an ablated head costs no product
    /// over rows. Made again only when the layer's heads change.
    /// </summary>
    /// <param name="layer">Layer.</param>
    /// <param name="kept">Heads that are computed.</param>
    public DeviceBuffer Heads(int layer, int[] kept)
    {
        var table = _heads[layer] ??= _model.Ops.Allocate((long)_allSlots.Length * _model.Config.DModel);
        if (_keptIn[layer] is { } known && known.AsSpan().SequenceEqual(kept)) return table;
        int[] ablated = [.. Enumerable.Range(0, _model.Config.NHeads).Except(kept)];
        _model.Ops.ProjectAdd(
            _z[layer], Rows.All(_allSlots), _model.OutputWeights(layer), ablated, null, _model.OutputBias(layer), null, table);
        _keptIn[layer] = kept;
        return table;
    }

    /// <summary>A row's slot, [row].</summary>
    /// <param name="clean">Clean rows.</param>
    /// <param name="corrupted">Corrupted rows; needed for partners' values.</param>
    /// <param name="prompts">The clean forest's prompts, as numbers of the corrupted forest's.</param>
    public int[] SlotsOf(RowForest clean, RowForest? corrupted, int[] prompts) => _kind switch
    {
        AblationKind.Mean => clean.Positions,
        AblationKind.Zero => new int[clean.Count],
        _ => PartnerRows(clean, corrupted!, prompts),
    };

    /// <summary>Runs the unablated model on the corrupted prompts and keeps what is needed of it; zeros need no run.</summary>
    /// <param name="context">The corrupted prompts, unless zeros are asked for.</param>
    /// <param name="kind">Mean, zero or resample.</param>
    /// <param name="readAt">Corrupted rows at the positions where a layer's tables will be read, at most.</param>
    public static AblationValues Measure(RunContext context, AblationKind kind, Func<int, RowSet> readAt)
    {
        var (model, ops, config) = (context.Model, context.Model.Ops, context.Model.Config);
        DeviceBuffer[] Zeros() => context.ByLayer(_ => ops.Allocate(config.DModel));
        if (kind == AblationKind.Zero) return new AblationValues(model, kind, Zeros(), Zeros(), 1);
        var (corrupted, pass, resid, forest) = (context.Corrupted!, context.CorruptedPass!, context.Scratch, context.Corrupted!.Forest);
        var resample = kind == AblationKind.Resample;
        var slotCount = resample ? forest.Count : forest.Length;
        using var ownRows = ops.Upload([.. Enumerable.Range(0, forest.Count)]);
        using var once = ops.Upload([.. Enumerable.Repeat(1, forest.Count)]);
        using var sums = ops.AllocateSums(slotCount, config.DModel);
        var target = resample ? new RowSums(sums, ownRows, once) : new RowSums(sums, corrupted.Positions, corrupted.Weights);
        long[] counts = resample ? [.. Enumerable.Repeat(1L, forest.Count)] : forest.PromptsAt;

        DeviceBuffer Table()
        {
            var table = ops.Allocate((long)slotCount * config.DModel);
            ops.Average(sums, counts, table);
            return table;
        }

        var (z, mlpOut) = (new DeviceBuffer[config.NLayers], new DeviceBuffer[config.NLayers]);
        var live = LiveNodes.All(config);
        var demand = Demand.Of(corrupted, live, corrupted.None, context.ByLayer(readAt));
        using var zOfRows = ops.Allocate((long)forest.Count * config.DModel);
        pass.Embed(corrupted.All, resid);
        for (var layer = 0; layer < config.NLayers; layer++)
        {
            var constants = new LayerConstants(model.OutputBias(layer), null, null);
            var outputs = demand.Outputs(layer);
            pass.Attend(layer, resid, live.Heads[layer], demand.Keys(layer), outputs, zOfRows);
            ops.AddToSums(zOfRows, outputs.Device, target.Slots, target.Weights, sums);
            z[layer] = Table();
            pass.AddHeads(layer, resid, zOfRows, live.Heads[layer], outputs, constants, resid);
            pass.AddMlp(layer, resid, true, outputs, constants, resid, target);
            mlpOut[layer] = Table();
        }

        return new AblationValues(model, kind, z, mlpOut, slotCount);
    }

    public void Dispose()
    {
        foreach (var table in _z.Concat(_mlpOut).Concat(_heads)) table?.Dispose();
        _allSlots.Dispose();
    }

    internal static int[] PartnerRows(RowForest clean, RowForest corrupted, int[] prompts)
    {
        var partners = new int[clean.Count];
        for (var prompt = 0; prompt < clean.Prompts; prompt++)
        {
            var (row, partner) = (clean.Ends[prompt], corrupted.Ends[prompts[prompt]]);
            for (; row >= 0; row = clean.Parents[row], partner = corrupted.Parents[partner]) partners[row] = partner;
        }

        return partners;
    }
}
