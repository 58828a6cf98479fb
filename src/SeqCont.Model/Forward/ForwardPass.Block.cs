using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>Where a head's queries attend to, and where its z goes.</summary>
/// <param name="Kv">Keys and values, [row, 2, head, dHead] by row.</param>
/// <param name="Z">Destination, [output, head, dHead] compact over outputs.</param>
public readonly record struct AttendTarget(DeviceBuffer Kv, DeviceBuffer Z);

/// <summary>What a sender's values are replaced by, and where it goes what that changes.</summary>
/// <param name="Table">Replacements, [slot, width].</param>
/// <param name="Slots">A row's slot, [row].</param>
/// <param name="Difference">Destination, [row, width], of zeros: replacement - value.</param>
public readonly record struct Replacement(DeviceBuffer Table, IndexBuffer Slots, DeviceBuffer Difference);

/// <content>The block, in which every receiver may read an input of its own.</content>
public sealed partial class ForwardPass
{
    /// <summary>k and v of LN1(resid) for some heads; other heads, and the half that is not asked for, are left as they are.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="resid">Input, [row, dModel].</param>
    /// <param name="heads">Heads, ascending.</param>
    /// <param name="keys">Rows that are attended to.</param>
    /// <param name="k">Where keys go, [row, 2, head, dHead]; null for none.</param>
    /// <param name="v">Where values go, same layout; may be <paramref name="k"/>.</param>
    public void ProjectKv(int layer, DeviceBuffer resid, int[] heads, RowSet keys, DeviceBuffer? k, DeviceBuffer? v)
    {
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(keys);
        if (heads.Length == 0) return;
        _ops.Meter?.Enter(Stage.Attend, layer);
        var (block, width) = (model.Blocks[layer], _config.NKvHeads * _config.DHead);
        int[] keysAndValues = [.. heads, .. heads.Select(head => _config.NKvHeads + head)];
        foreach (var part in keys.Blocks(work.BlockRows))
        {
            _ops.LayerNorm(resid, part, block.Ln1, _dModel, work.Normalized);
            if (k == v) Project(keysAndValues, k);
            else
            {
                Project(keysAndValues.AsSpan(0, heads.Length), k);
                Project(keysAndValues.AsSpan(heads.Length), v);
            }

            cache?.KeepByRow(HookKind.K, layer, part, k!, width, 0, 2 * width);
            cache?.KeepByRow(HookKind.V, layer, part, v!, width, width, 2 * width);

            void Project(ReadOnlySpan<int> columns, DeviceBuffer? kv)
            {
                if (kv is not null) _ops.Project(work.Normalized, part, block.WKv, columns, block.BKv, Activation.None, byRow: true, kv);
            }
        }
    }

    /// <summary>z of some heads that ask with LN1(resid), for each of several keys and values.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="resid">Input of the queries, [row, dModel].</param>
    /// <param name="heads">Heads, ascending; the others' z is left as it is.</param>
    /// <param name="outputs">Rows that ask.</param>
    /// <param name="targets">What they attend to.</param>
    public void Attend(int layer, DeviceBuffer resid, int[] heads, RowSet outputs, params ReadOnlySpan<AttendTarget> targets)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        foreach (var part in outputs.Blocks(work.BlockRows)) Attend(layer, resid, heads, part, part.Start, targets);
    }

    /// <summary>residPost = source + MLP(LN2(input)).</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="input">What the MLP reads, [row, dModel].</param>
    /// <param name="source">What its output is added to, [row, dModel]; null for the output by itself.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="residPost">Destination, [row, dModel]; may be <paramref name="source"/> or <paramref name="input"/>.</param>
    /// <param name="sums">When given: collects the output by position; a source is needed.</param>
    /// <param name="replacement">When given: what replacing the output changes; a source is needed.</param>
    public void AddMlp(
        int layer, DeviceBuffer input, DeviceBuffer? source, RowSet outputs, DeviceBuffer residPost, RowSums? sums = null,
        Replacement? replacement = null)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.Mlp, layer);
        var block = model.Blocks[layer];
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            _ops.LayerNorm(input, part, block.Ln2, _dModel, work.Normalized);
            if (cache is not null) KeepMlpInput(cache, layer, input, part);
            _ops.Project(work.Normalized, part, block.WIn, Whole, block.BIn, _config.Layout.Activation, byRow: false, work.Hidden);
            cache?.Keep(HookKind.MlpPost, layer, part, work.Hidden, _config.DMlp);
            if (source is null || (sums is null && replacement is null && cache is null))
            {
                _ops.ProjectAdd(work.Hidden, part, block.WOut, Whole, source, block.BOut, null, residPost);
                continue;
            }

            // The MLP's output by itself; adding it afterwards gives the same bits as the fused form.
            _ops.Project(work.Hidden, part, block.WOut, Whole, block.BOut, Activation.None, byRow: false, work.Q);
            cache?.Keep(HookKind.MlpOut, layer, part, work.Q, _dModel);
            if (sums is { } target) _ops.AddToSums(work.Q, part, target.Slots, target.Weights, target.Sums);
            if (replacement is { } by) Replace(work.Q, part, by, null);
            _ops.Add(source, part, work.Q, _dModel, residPost);
        }
    }

    /// <summary>What replacing values changes, for whole rows or some heads' columns.</summary>
    /// <param name="values">[i, width] compact over <paramref name="outputs"/>.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="by">Replacements; columns of other heads get no meaning.</param>
    /// <param name="heads">Which columns of z, by head; null: the residual's, all of them.</param>
    public void Replace(DeviceBuffer values, RowSet outputs, Replacement by, int[]? heads)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.Other);
        foreach (var part in outputs.Blocks(work.BlockRows))
            Replace(new View(values, (long)part.Start * (heads is null ? _dModel : _dZ)), part, by, heads);
    }

    /// <summary>residual = source + (what some heads' z by row add to the stream): no constant, no b_O.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="source">[row, dModel].</param>
    /// <param name="zByRow">[row, head, dHead].</param>
    /// <param name="heads">Heads, ascending.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="residual">Destination, [row, dModel]; may be <paramref name="source"/>.</param>
    public void AddHeadsByRow(int layer, DeviceBuffer source, DeviceBuffer zByRow, int[] heads, RowSet outputs, DeviceBuffer residual)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.AddHeads, layer);
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            _ops.Gather(zByRow, part, _dZ, work.Z);
            _ops.ProjectAdd(work.Z, part, model.Blocks[layer].WO, heads, source, null, null, residual);
        }
    }

    /// <summary>z of one block of rows; it goes to <paramref name="first"/> rows behind a target's start.</summary>
    private void Attend(
        int layer, DeviceBuffer resid, int[] heads, Rows part, int first, ReadOnlySpan<AttendTarget> targets)
    {
        _ops.Meter?.Enter(Stage.Attend, layer);
        var block = model.Blocks[layer];
        _ops.LayerNorm(resid, part, block.Ln1, _dModel, work.Normalized);
        _ops.Project(work.Normalized, part, block.WQ, heads, block.BQ, Activation.None, byRow: false, work.Q);
        var (shape, probe) = (_config.AttentionOf(layer), patterns is not null && patterns.Wanted(layer) ? patterns : null);
        foreach (var target in targets)
        {
            var z = new View(target.Z, (long)first * _dZ);
            _ops.Attention(work.Q, target.Kv, part, rows.Chains, heads, shape, z, null, probe?.Buffer, probe?.Length ?? 0);
            probe?.Take(layer, part);
            if (cache is not null) KeepAttention(cache, layer, resid, heads, part, z);
        }
    }

    private void AddHeads(
        int layer, DeviceBuffer residPre, View z, int[] heads, Rows part, LayerConstants constants, DeviceBuffer residMid)
    {
        _ops.Meter?.Enter(Stage.AddHeads, layer);
        cache?.KeepByRow(HookKind.ResidPre, layer, part, residPre, _dModel);
        if (heads.Length == 0) _ops.AddTable(residPre, part, constants.Heads, constants.Slots, _dModel, residMid);
        else _ops.ProjectAdd(z, part, model.Blocks[layer].WO, heads, residPre, constants.Heads, constants.Slots, residMid);
    }

    private void Replace(View values, Rows part, Replacement by, int[]? heads)
    {
        foreach (var head in heads ?? Whole)
            _ops.HeadDelta(
                values, part, by.Table, by.Slots, head, heads is null ? 1 : _config.NHeads, heads is null ? _dModel : _config.DHead,
                work.Z);
        _ops.Add(by.Difference, part, work.Z, heads is null ? _dModel : _dZ, by.Difference);
    }
}
