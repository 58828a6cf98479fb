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
    private readonly DeviceBuffer[] _z;
    private readonly DeviceBuffer[] _mlpOut;

    private readonly AblationKind _kind;

    private AblationValues(IOps ops, AblationKind kind, DeviceBuffer[] z, DeviceBuffer[] mlpOut, int slotCount)
    {
        _kind = kind;
        _z = z;
        _mlpOut = mlpOut;
        AllSlots = ops.Upload([.. Enumerable.Range(0, slotCount)]);
    }

    /// <summary>0, 1, ... up to the number of slots.</summary>
    public IndexBuffer AllSlots { get; }

    /// <summary>Head outputs, [slot, head, dHead].</summary>
    public DeviceBuffer Z(int layer) => _z[layer];

    /// <summary>MLP outputs in the unablated model, [slot, dModel].</summary>
    public DeviceBuffer MlpOut(int layer) => _mlpOut[layer];

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

    /// <summary>Zeros.</summary>
    public static AblationValues Zero(Gpt2Model model)
    {
        DeviceBuffer[] Tables() => [.. Enumerable.Range(0, model.Config.NLayers).Select(_ => model.Ops.Allocate(model.Config.DModel))];
        return new AblationValues(model.Ops, AblationKind.Zero, Tables(), Tables(), 1);
    }

    /// <summary>Runs the unablated model on the corrupted prompts and keeps what is needed of it.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="readAt">Corrupted rows at the positions where a layer's tables will be read, at most.</param>
    /// <param name="corrupted">Rows that make them.</param>
    /// <param name="pass">A pass over the corrupted rows.</param>
    /// <param name="resid">Scratch for the corrupted residual, [row, dModel].</param>
    /// <param name="kind">Mean or resample.</param>
    public static AblationValues Measure(
        Gpt2Model model, Func<int, RowSet> readAt, DeviceRows corrupted, ForwardPass pass, DeviceBuffer resid, AblationKind kind)
    {
        var (ops, config, forest) = (model.Ops, model.Config, corrupted.Forest);
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
        var demand = Demand.Of(corrupted, live, corrupted.None, [.. Enumerable.Range(0, config.NLayers).Select(readAt)]);
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

        return new AblationValues(ops, kind, z, mlpOut, slotCount);
    }

    public void Dispose()
    {
        foreach (var table in _z.Concat(_mlpOut)) table.Dispose();
        AllSlots.Dispose();
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
