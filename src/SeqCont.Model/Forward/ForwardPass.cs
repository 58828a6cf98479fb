using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>What stands in a layer for the nodes that are not computed, per slot of a row (position, or partner row).</summary>
/// <param name="Heads">b_O plus the ablated heads' contributions to the residual stream, [slot, dModel].</param>
/// <param name="Mlp">The ablated MLP's output, [slot, dModel]; null where the MLP is computed.</param>
/// <param name="Slots">A row's slot, [row]; null: slot 0 for all.</param>
public readonly record struct LayerConstants(DeviceBuffer Heads, DeviceBuffer? Mlp, IndexBuffer? Slots);

/// <summary>Where a run adds up an activation over rows, to be averaged.</summary>
/// <param name="Sums">[slot, width].</param>
/// <param name="Slots">A row's slot, [row].</param>
/// <param name="Weights">How often a row counts, [row].</param>
public readonly record struct RowSums(SumBuffer Sums, IndexBuffer Slots, IndexBuffer Weights);

/// <summary>
/// The forward pass over a prefix forest, written once on the operations seam. A run is a chain of stages
/// on the residual stream [row, dModel]; it may start from any layer's stored residual, computes only live
/// nodes, and only the rows that are asked for. Each of a head's q, k and v, and the MLP, may read an input of its own
/// (a receiver's, which is what patching one edge means): that all read the same residual is the plain case.
/// </summary>
/// <param name="model">Weights.</param>
/// <param name="rows">Rows.</param>
/// <param name="work">Scratch for at least as many rows.</param>
/// <param name="cache">When given: activations that runs leave on the host.</param>
/// <param name="patterns">When given: where runs leave attention patterns.</param>
public sealed partial class ForwardPass(
    Gpt2Model model, DeviceRows rows, Workspace work, ActivationCache? cache = null, PatternProbe? patterns = null)
{
    private readonly IOps _ops = model.Ops;
    private readonly ModelConfig _config = model.Config;
    private readonly int _dModel = model.Config.DModel;
    private readonly int _dZ = model.Config.DZ;
    private static ReadOnlySpan<int> Whole => [0];

    /// <summary>resid_pre[0] = W_E[token] + W_pos[position].</summary>
    public void Embed(RowSet outputs, DeviceBuffer residPre)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.Other);
        _ops.Embed(rows.Tokens, rows.Positions, model.TokenTable, model.PositionTable, outputs.Device, _dModel, residPre);
        cache?.KeepLines(HookKind.Embed, outputs.Device, model.TokenTable, rows.Forest.Tokens, _dModel);
        cache?.KeepLines(HookKind.PosEmbed, outputs.Device, model.PositionTable, rows.Forest.Positions, _dModel);
    }

    /// <summary>One block, from resid_pre to resid_post: the whole of GPT-2 is this, layer after layer.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="residPre">[row, dModel]; may be <paramref name="residPost"/>.</param>
    /// <param name="live">What is computed.</param>
    /// <param name="demand">Which rows.</param>
    /// <param name="constants">What stands for the rest.</param>
    /// <param name="residPost">Destination, [row, dModel].</param>
    /// <param name="mlpSums">When given and the MLP is live: collects its output by position.</param>
    public void Layer(
        int layer, DeviceBuffer residPre, LiveNodes live, Demand demand, LayerConstants constants, DeviceBuffer residPost,
        RowSums? mlpSums = null)
    {
        ArgumentNullException.ThrowIfNull(live);
        ArgumentNullException.ThrowIfNull(demand);
        var (heads, outputs) = (live.Heads[layer], demand.Outputs(layer));
        ProjectKv(layer, residPre, heads, demand.Keys(layer), work.Kv, work.Kv);
        // Block by block, so that z takes one block's room. A block reads resid_pre at its own rows only: it may be overwritten.
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            if (heads.Length > 0) Attend(layer, residPre, heads, part, 0, [new AttendTarget(work.Kv, work.Z)]);
            AddHeads(layer, residPre, work.Z, heads, part, constants, residPost);
        }

        AddMlp(layer, residPost, live.Mlps[layer], outputs, constants, residPost, mlpSums);
    }

    /// <summary>z[L, h] = attention of head h over LN1(resid_pre[L]), kept for all rows.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="residPre">[row, dModel].</param>
    /// <param name="heads">Heads to compute, ascending.</param>
    /// <param name="keys">Rows that are attended to.</param>
    /// <param name="outputs">Rows that ask.</param>
    /// <param name="z">Destination, [output, head, dHead], compact over outputs.</param>
    public void Attend(int layer, DeviceBuffer residPre, int[] heads, RowSet keys, RowSet outputs, DeviceBuffer z)
    {
        ProjectKv(layer, residPre, heads, keys, work.Kv, work.Kv);
        if (heads.Length > 0) Attend(layer, residPre, heads, outputs, new AttendTarget(work.Kv, z));
    }

    /// <summary>resid_mid[L] = resid_pre[L] + sum over kept heads of z W_O + (b_O and the ablated heads).</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="residPre">[row, dModel]; may be <paramref name="residMid"/>.</param>
    /// <param name="z">[output, head, dHead], compact over outputs.</param>
    /// <param name="heads">Kept heads, ascending.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="constants">What stands for the ablated heads.</param>
    /// <param name="residMid">Destination, [row, dModel].</param>
    public void AddHeads(
        int layer, DeviceBuffer residPre, DeviceBuffer z, int[] heads, RowSet outputs, LayerConstants constants, DeviceBuffer residMid)
    {
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(outputs);
        AddHeads(layer, residPre, z, heads, outputs.Device, constants, residMid);
    }

    /// <summary>resid_post[L] = resid_mid[L] + MLP[L](LN2(resid_mid[L])), or plus its constant.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="residMid">[row, dModel]; may be <paramref name="residPost"/>.</param>
    /// <param name="live">Whether the MLP is computed.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="constants">What stands for an ablated MLP.</param>
    /// <param name="residPost">Destination, [row, dModel].</param>
    /// <param name="mlpSums">When given and the MLP is live: collects its output by position.</param>
    public void AddMlp(
        int layer, DeviceBuffer residMid, bool live, RowSet outputs, LayerConstants constants, DeviceBuffer residPost,
        RowSums? mlpSums = null)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.Mlp, layer);
        cache?.KeepByRow(HookKind.ResidMid, layer, outputs.Device, residMid, _dModel);
        if (live) AddMlp(layer, residMid, residMid, outputs, residPost, mlpSums);
        else if (constants.Mlp is { } table) _ops.AddTable(residMid, outputs.Device, table, constants.Slots, _dModel, residPost);
        else throw new InvalidOperationException($"MLP {layer} is neither computed nor given as a constant.");

        cache?.KeepByRow(HookKind.ResidPost, layer, outputs.Device, residPost, _dModel);
    }

    /// <summary>
    /// resid_mid without one head, by the rank-dHead update resid_mid + (mean - z) W_O of that head: the same
    /// sum as AddHeads makes without it, in another order.
    /// </summary>
    /// <param name="layer">Layer.</param>
    /// <param name="residMid">resid_mid with the head, [row, dModel].</param>
    /// <param name="z">[output, head, dHead], compact over outputs.</param>
    /// <param name="head">The head that goes.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="means">What the head's z is replaced by, [slot, head, dHead].</param>
    /// <param name="slots">A row's slot, [row].</param>
    /// <param name="without">Destination, [row, dModel].</param>
    public void ReplaceHead(
        int layer, DeviceBuffer residMid, DeviceBuffer z, int head, RowSet outputs, DeviceBuffer means, IndexBuffer slots,
        DeviceBuffer without)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.AddHeads, layer);
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            _ops.HeadDelta(new View(z, (long)part.Start * _dZ), part, means, slots, head, _config.NHeads, _config.DHead, work.Q);
            _ops.ProjectAdd(work.Q, part, model.Blocks[layer].WO, [head], residMid, null, null, without);
        }
    }
}
