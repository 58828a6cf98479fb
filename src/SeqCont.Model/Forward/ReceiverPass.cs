using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>Where a head's queries attend to, and where its z goes.</summary>
/// <param name="Kv">Keys and values, [row, 2, head, dHead] by row.</param>
/// <param name="Z">Destination, [output, head, dHead] compact over outputs.</param>
public readonly record struct AttendTarget(DeviceBuffer Kv, DeviceBuffer Z);

/// <summary>
/// The parts of a layer as receivers: each of a head's q, k and v, and the MLP, reads an input of its own, which
/// is what patching one edge means. <see cref="ForwardPass"/> is the case in which all read the same residual.
/// </summary>
/// <param name="model">Weights.</param>
/// <param name="rows">Rows.</param>
/// <param name="work">Scratch for at least as many rows.</param>
public sealed class ReceiverPass(Gpt2Model model, DeviceRows rows, Workspace work)
{
    private readonly IOps _ops = model.Ops;
    private readonly ModelConfig _config = model.Config;
    private static ReadOnlySpan<int> Whole => [0];

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
        _ops.Meter?.Enter(Stage.Attend, layer);
        var block = model.Blocks[layer];
        int[] values = [.. heads.Select(head => _config.NHeads + head)];
        foreach (var part in keys.Blocks(work.BlockRows))
        {
            _ops.LayerNorm(resid, part, block.Ln1, _config.DModel, work.Normalized);
            if (k is not null) _ops.Project(work.Normalized, part, block.WKv, heads, block.BKv, Activation.None, byRow: true, k);
            if (v is not null) _ops.Project(work.Normalized, part, block.WKv, values, block.BKv, Activation.None, byRow: true, v);
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
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.Attend, layer);
        var block = model.Blocks[layer];
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            _ops.LayerNorm(resid, part, block.Ln1, _config.DModel, work.Normalized);
            _ops.Project(work.Normalized, part, block.WQ, heads, block.BQ, Activation.None, byRow: false, work.Q);
            foreach (var target in targets)
                _ops.Attention(work.Q, target.Kv, part, rows.Chains, heads, _config.NHeads, _config.DHead,
                    new View(target.Z, (long)part.Start * _config.DModel));
        }
    }

    /// <summary>residPost = source + MLP(LN2(input)).</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="input">What the MLP reads, [row, dModel].</param>
    /// <param name="source">What its output is added to, [row, dModel]; null for the output by itself.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="residPost">Destination, [row, dModel]; may be <paramref name="source"/> or <paramref name="input"/>.</param>
    public void AddMlp(int layer, DeviceBuffer input, DeviceBuffer? source, RowSet outputs, DeviceBuffer residPost)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        var block = model.Blocks[layer];
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            Hidden(layer, input, part);
            _ops.ProjectAdd(work.Hidden, part, block.WOut, Whole, source, block.BOut, null, residPost);
        }
    }

    /// <summary>The same, and what replacing the MLP's output changes: difference = table - MLP(LN2(input)).</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="input">What the MLP reads, [row, dModel].</param>
    /// <param name="source">What its output is added to, [row, dModel].</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="table">Replacements, [slot, dModel].</param>
    /// <param name="slots">A row's slot, [row].</param>
    /// <param name="residPost">Destination, [row, dModel]; may be <paramref name="source"/> or <paramref name="input"/>.</param>
    /// <param name="difference">Destination, [row, dModel], of zeros.</param>
    public void AddMlp(
        int layer, DeviceBuffer input, DeviceBuffer source, RowSet outputs, DeviceBuffer table, IndexBuffer slots, DeviceBuffer residPost,
        DeviceBuffer difference)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        var (block, dModel) = (model.Blocks[layer], _config.DModel);
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            Hidden(layer, input, part);
            _ops.Project(work.Hidden, part, block.WOut, Whole, block.BOut, Activation.None, byRow: false, work.Q);
            Difference(work.Q, part, table, slots, AllHeads, difference);
            _ops.Add(source, part, work.Q, dModel, residPost);
        }
    }

    /// <summary>What replacing values changes: difference = table - values, for some heads' columns.</summary>
    /// <param name="values">[i, dModel] compact over <paramref name="outputs"/>.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="table">Replacements, [slot, dModel].</param>
    /// <param name="slots">A row's slot, [row].</param>
    /// <param name="heads">Which columns, by head; null for all.</param>
    /// <param name="difference">Destination, [row, dModel], of zeros; columns of other heads get no meaning.</param>
    public void Difference(
        DeviceBuffer values, RowSet outputs, DeviceBuffer table, IndexBuffer slots, int[]? heads, DeviceBuffer difference)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.Other);
        foreach (var part in outputs.Blocks(work.BlockRows))
            Difference(new View(values, (long)part.Start * _config.DModel), part, table, slots, heads ?? AllHeads, difference);
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
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.AddHeads, layer);
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            _ops.Gather(zByRow, part, _config.DModel, work.Z);
            _ops.ProjectAdd(work.Z, part, model.Blocks[layer].WO, heads, source, null, null, residual);
        }
    }

    private int[] AllHeads => [.. Enumerable.Range(0, _config.NHeads)];

    private void Hidden(int layer, DeviceBuffer input, Rows part)
    {
        _ops.Meter?.Enter(Stage.Mlp, layer);
        var block = model.Blocks[layer];
        _ops.LayerNorm(input, part, block.Ln2, _config.DModel, work.Normalized);
        _ops.Project(work.Normalized, part, block.WIn, Whole, block.BIn, Activation.GeluNew, byRow: false, work.Hidden);
    }

    private void Difference(View values, Rows part, DeviceBuffer table, IndexBuffer slots, int[] heads, DeviceBuffer difference)
    {
        foreach (var head in heads) _ops.HeadDelta(values, part, table, slots, head, _config.NHeads, _config.DHead, work.Z);
        _ops.Add(difference, part, work.Z, _config.DModel, difference);
    }
}
