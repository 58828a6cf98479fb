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
/// GPT-2's forward pass over a prefix forest, written once on the operations seam. A run is a chain of stages
/// on the residual stream [row, dModel]; it may start from any layer's stored residual, computes only live
/// nodes, and only the rows that are asked for.
/// </summary>
/// <param name="model">Weights.</param>
/// <param name="rows">Rows.</param>
/// <param name="work">Scratch for at least as many rows.</param>
/// <param name="cache">When given: activations that runs leave on the host.</param>
/// <param name="patterns">When given: where runs leave attention patterns.</param>
public sealed partial class ForwardPass(
    Gpt2Model model, DeviceRows rows, Workspace work, ActivationCache? cache = null, PatternProbe? patterns = null)
{
    // Rows whose logits are held at a time.
    private const int LogitRows = 64;

    private readonly IOps _ops = model.Ops;
    private readonly ModelConfig _config = model.Config;
    private static ReadOnlySpan<int> Whole => [0];

    /// <summary>resid_pre[0] = W_E[token] + W_pos[position].</summary>
    public void Embed(RowSet outputs, DeviceBuffer residPre)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.Other);
        _ops.Embed(rows.Tokens, rows.Positions, model.TokenTable, model.PositionTable, outputs.Device, _config.DModel, residPre);
        cache?.KeepLines(HookKind.Embed, outputs.Device, outputs.Ids, model.TokenTable, rows.Forest.Tokens, _config.DModel);
        cache?.KeepLines(HookKind.PosEmbed, outputs.Device, outputs.Ids, model.PositionTable, rows.Forest.Positions, _config.DModel);
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
        ComputeKeys(layer, residPre, live.Heads[layer], demand.Keys(layer));
        AttendAndAdd(layer, residPre, live.Heads[layer], demand.Outputs(layer), constants, residPost);
        AddMlp(layer, residPost, live.Mlps[layer], demand.Outputs(layer), constants, residPost, mlpSums);
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
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(outputs);
        ComputeKeys(layer, residPre, heads, keys);
        if (heads.Length == 0) return;
        foreach (var part in outputs.Blocks(work.BlockRows))
            Attend(layer, residPre, heads, outputs, part, new View(z, (long)part.Start * _config.DModel));
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
        AddHeads(layer, residPre, z, heads, outputs, outputs.Device, constants, residMid);
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
        cache?.KeepByRow(HookKind.ResidMid, layer, outputs.Device, outputs.Ids, residMid, _config.DModel, 0, _config.DModel);
        if (live)
        {
            foreach (var part in outputs.Blocks(work.BlockRows)) AddLiveMlp(layer, residMid, outputs, part, residPost, mlpSums);
        }
        else
        {
            var table = constants.Mlp ?? throw new InvalidOperationException($"MLP {layer} is neither computed nor given as a constant.");
            _ops.AddTable(residMid, outputs.Device, table, constants.Slots, _config.DModel, residPost);
        }

        cache?.KeepByRow(HookKind.ResidPost, layer, outputs.Device, outputs.Ids, residPost, _config.DModel, 0, _config.DModel);
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
            _ops.HeadDelta(new View(z, (long)part.Start * _config.DModel), part, means, slots, head, _config.NHeads, _config.DHead, work.Q);
            _ops.ProjectAdd(work.Q, part, model.Blocks[layer].WO, [head], residMid, null, null, without);
        }
    }

    /// <summary>
    /// Elements that <see cref="Logits"/> takes, for predictions: the unembedding in the layout of products, which stays, and a block of
    /// logits.
    /// </summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="rows">Rows that are read, or more.</param>
    public static long LogitElements(ModelConfig config, long rows)
    {
        ArgumentNullException.ThrowIfNull(config);
        return (config.DModel + Math.Min(LogitRows, rows)) * config.DVocab;
    }

    /// <summary>The logits of some rows of the last resid_post, [row of the set][dVocab], block after block.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="take">Called once a row, in order: index within the set, logits [dVocab] (valid during the call).</param>
    public void Logits(DeviceBuffer resid, RowSet outputs, Action<int, double[]> take)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(take);
        _ops.Meter?.Enter(Stage.Metric);
        using var logits = _ops.Allocate((long)Math.Min(LogitRows, outputs.Count) * _config.DVocab);
        var values = new double[_config.DVocab];
        foreach (var part in outputs.Blocks(Math.Min(LogitRows, work.BlockRows)))
        {
            Unembed(resid, part, logits);
            for (var i = 0; i < part.Count; i++)
            {
                _ops.Download(logits, (long)i * _config.DVocab, values);
                for (var token = 0; model.HasUnembeddingBias && token < values.Length; token++)
                    values[token] += model.UnembeddingBias(token);
                cache?.Keep(HookKind.Logits, _config.NLayers, outputs.Ids[part.Start + i], values);
                take(part.Start + i, values);
            }
        }

        KeepFinalNorm(resid, outputs);
    }

    /// <summary>LN_f(resid) W_U: the logits of one block of rows, without b_U, left where they are computed.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    /// <param name="part">At most as many rows as the workspace's blocks have.</param>
    /// <param name="logits">Destination, [i, dVocab] compact.</param>
    public void Unembed(DeviceBuffer resid, Rows part, DeviceBuffer logits)
    {
        _ops.Meter?.Enter(Stage.Metric);
        _ops.LayerNorm(resid, part, model.FinalNorm, _config.DModel, work.Normalized);
        _ops.Project(work.Normalized, part, model.Unembedding, Whole, null, Activation.None, byRow: false, logits);
    }

    /// <summary>The token with the largest logit after each prompt, in the order of prompts.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    public int[] TopPredictions(DeviceBuffer resid)
    {
        var top = new int[rows.Ends.Count];
        Logits(resid, rows.Ends, (i, logits) => top[i] = Array.IndexOf(logits, logits.Max()));
        return [.. rows.Forest.Ends.Select(end => top[Array.BinarySearch(rows.Ends.Ids, end)])];
    }

    /// <summary>k and v of LN1(resid_pre[L]), for all rows that are attended to.</summary>
    private void ComputeKeys(int layer, DeviceBuffer residPre, int[] heads, RowSet keys)
    {
        if (heads.Length == 0) return;
        _ops.Meter?.Enter(Stage.Attend, layer);
        var (block, dModel) = (model.Blocks[layer], _config.DModel);
        int[] keysAndValues = [.. heads, .. heads.Select(head => _config.NHeads + head)];
        foreach (var part in keys.Blocks(work.BlockRows))
        {
            _ops.LayerNorm(residPre, part, block.Ln1, dModel, work.Normalized);
            _ops.Project(work.Normalized, part, block.WKv, keysAndValues, block.BKv, Activation.None, byRow: true, work.Kv);
            cache?.KeepByRow(HookKind.K, layer, part, keys.Ids, work.Kv, 2 * dModel, 0, dModel);
            cache?.KeepByRow(HookKind.V, layer, part, keys.Ids, work.Kv, 2 * dModel, dModel, dModel);
        }
    }

    /// <summary>z of one block of rows; keys and values are there.</summary>
    private void Attend(int layer, DeviceBuffer residPre, int[] heads, RowSet outputs, Rows part, View z)
    {
        _ops.Meter?.Enter(Stage.Attend, layer);
        var block = model.Blocks[layer];
        _ops.LayerNorm(residPre, part, block.Ln1, _config.DModel, work.Normalized);
        _ops.Project(work.Normalized, part, block.WQ, heads, block.BQ, Activation.None, byRow: false, work.Q);
        var probe = patterns is not null && patterns.Wanted(layer) ? patterns : null;
        _ops.Attention(work.Q, work.Kv, part, rows.Chains, heads, _config.NHeads, _config.DHead, z, null, probe?.Buffer, probe?.Length
            ?? 0);
        probe?.Take(layer, part);
        if (cache is not null) KeepAttention(cache, layer, residPre, heads, part, outputs.Ids, z);
    }

    /// <summary>
    /// Attend and AddHeads block by block, so that z takes one block's room. A block reads resid_pre at its own
    /// rows only, so the residual may be overwritten as it goes.
    /// </summary>
    private void AttendAndAdd(
        int layer, DeviceBuffer residPre, int[] heads, RowSet outputs, LayerConstants constants, DeviceBuffer residMid)
    {
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            if (heads.Length > 0) Attend(layer, residPre, heads, outputs, part, work.Z);
            AddHeads(layer, residPre, work.Z, heads, outputs, part, constants, residMid);
        }
    }

    private void AddHeads(
        int layer, DeviceBuffer residPre, View z, int[] heads, RowSet outputs, Rows part, LayerConstants constants, DeviceBuffer residMid)
    {
        _ops.Meter?.Enter(Stage.AddHeads, layer);
        cache?.KeepByRow(HookKind.ResidPre, layer, part, outputs.Ids, residPre, _config.DModel, 0, _config.DModel);
        if (heads.Length == 0) _ops.AddTable(residPre, part, constants.Heads, constants.Slots, _config.DModel, residMid);
        else _ops.ProjectAdd(z, part, model.Blocks[layer].WO, heads, residPre, constants.Heads, constants.Slots, residMid);
    }

    private void AddLiveMlp(int layer, DeviceBuffer residMid, RowSet outputs, Rows part, DeviceBuffer residPost, RowSums? sums)
    {
        var (block, dModel) = (model.Blocks[layer], _config.DModel);
        _ops.LayerNorm(residMid, part, block.Ln2, dModel, work.Normalized);
        if (cache is not null) KeepMlpInput(cache, layer, residMid, outputs, part);
        _ops.Project(work.Normalized, part, block.WIn, Whole, block.BIn, Activation.GeluNew, byRow: false, work.Hidden);
        cache?.Keep(HookKind.MlpPost, layer, part, outputs.Ids, work.Hidden, _config.DMlp);
        if (sums is null && cache is null)
        {
            _ops.ProjectAdd(work.Hidden, part, block.WOut, Whole, residMid, block.BOut, null, residPost);
            return;
        }

        // The MLP's output by itself; adding it afterwards gives the same bits as the fused form.
        _ops.Project(work.Hidden, part, block.WOut, Whole, block.BOut, Activation.None, byRow: false, work.Q);
        cache?.Keep(HookKind.MlpOut, layer, part, outputs.Ids, work.Q, dModel);
        if (sums is { } target) _ops.AddToSums(work.Q, part, target.Slots, target.Weights, target.Sums);
        _ops.Add(residMid, part, work.Q, dModel, residPost);
    }
}
