using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// What each head of a layer writes when it attends to one row alone: its OV circuit. For a residual x,
/// o[head] = (LN1(x) W_V + b_V) W_O of that head, without b_O. One product gives the values of all heads at all
/// rows; each head's rows of W_O then spread them to vectors of the residual stream.
/// </summary>
public sealed class OvOutputs : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly int _count;
    private readonly Rows _rows;
    private readonly DeviceBuffer _normalized;
    private readonly DeviceBuffer _values;
    private readonly IndexBuffer _vectorIds;

    /// <summary>Allocates scratch and the result.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="rows">Rows of the residual to read.</param>
    public OvOutputs(Gpt2Model model, RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        (_model, _rows, _count) = (model, rows.Device, rows.Count);
        var (ops, config) = (model.Ops, model.Config);
        _normalized = ops.Allocate((long)_count * config.DModel);
        _values = ops.Allocate((long)_count * config.DZ);
        Vectors = ops.Allocate((long)config.NHeads * _count * config.DModel);
        _vectorIds = ops.Upload([.. Enumerable.Range(0, config.NHeads * _count)]);
    }

    /// <summary>o of the layer computed last, [head, i, dModel], i the index within the rows.</summary>
    public DeviceBuffer Vectors { get; }

    /// <summary>Elements that the constructor allocates, for predictions.</summary>
    public static long Elements(ModelConfig config, int rows)
    {
        ArgumentNullException.ThrowIfNull(config);
        return rows * ((config.NHeads + 1L) * config.DModel + config.DZ);
    }

    /// <summary>Computes <see cref="Vectors"/> for all heads of a layer.</summary>
    /// <param name="layer">Whose heads, and whose LN1.</param>
    /// <param name="x">What they read, [row, dModel].</param>
    public void Compute(int layer, DeviceBuffer x)
    {
        var (ops, block, nHeads) = (_model.Ops, _model.Blocks[layer], _model.Config.NHeads);
        ops.Meter?.Enter(Stage.Other);
        var (weights, bias) = _model.CreateValueWeights(layer);
        using (weights)
        using (bias)
        {
            ops.LayerNorm(x, _rows, block.Ln1, _model.Config.DModel, _normalized);
            int[] heads = [.. Enumerable.Range(0, nHeads)];
            ops.Project(_normalized, _rows, weights, heads, bias, Activation.None, byRow: false, _values);
        }

        for (var head = 0; head < nHeads; head++)
            ops.ProjectAdd(_values, new Rows(_vectorIds, head * _count, _count), block.WO, [head], null, null, null, Vectors);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in (DeviceBuffer[])[_normalized, _values, Vectors]) buffer.Dispose();
        _vectorIds.Dispose();
    }
}
