using SeqCont.Engine;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Model;

/// <summary>What happens to a vector before it is read through W_U.</summary>
public enum FinalNormUse
{
    /// <summary>LN_f, as the model does with its last residual.</summary>
    Once,

    /// <summary>Nothing: the vector itself.</summary>
    None,

    /// <summary>LN_f of LN_f.</summary>
    Twice,
}

/// <summary>
/// Reads vectors of the residual stream's width as logits over the vocabulary: one product for many vectors, in
/// blocks, so that never more than a block's logits exist.
/// </summary>
public sealed class VocabularyReadout : IDisposable
{
    /// <summary>Vectors in a block when nothing else is said: W_U is read from memory once a block.</summary>
    public const int DefaultBlockRows = 256;

    private readonly Gpt2Model _model;
    private readonly IOps _ops;
    private readonly int _blockRows;
    private readonly double[] _values;
    private readonly DeviceBuffer _vectors;
    private readonly DeviceBuffer _again;
    private readonly DeviceBuffer _logits;
    private readonly IndexBuffer _compact;

    /// <summary>Allocates a block's scratch.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="blockRows">Vectors read at a time; results do not depend on it.</param>
    public VocabularyReadout(Gpt2Model model, int blockRows = DefaultBlockRows)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockRows);
        (_model, _ops, _blockRows) = (model, model.Ops, blockRows);
        var (dModel, dVocab) = (model.Config.DModel, model.Config.DVocab);
        _values = new double[dVocab];
        _vectors = _ops.Allocate((long)blockRows * dModel);
        _again = _ops.Allocate((long)blockRows * dModel);
        _logits = _ops.Allocate((long)blockRows * dVocab);
        _compact = _ops.Upload([.. Enumerable.Range(0, blockRows)]);
    }

    /// <summary>What is read, for the error of a logit that is not finite.</summary>
    public string Subject { get; set; } = "the last residual";

    private static ReadOnlySpan<int> Whole => [0];

    /// <summary>Elements that the constructor allocates, for predictions.</summary>
    public static long Elements(ModelConfig config, int blockRows)
    {
        ArgumentNullException.ThrowIfNull(config);
        return blockRows * (2L * config.DModel + config.DVocab);
    }

    /// <summary>The logits of some rows of a residual stream.</summary>
    /// <param name="resid">[row, dModel].</param>
    /// <param name="rows">Rows to read.</param>
    /// <param name="norm">What happens to a row first.</param>
    /// <param name="take">Called once a row, in order: index within the set, logits [dVocab] (valid during the call).</param>
    public void Read(DeviceBuffer resid, RowSet rows, FinalNormUse norm, Action<int, double[]> take)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(take);
        foreach (var part in rows.Blocks(_blockRows))
        {
            if (norm == FinalNormUse.None) _ops.Gather(resid, part, _model.Config.DModel, _vectors);
            Read(resid, part, norm, take);
        }
    }

    /// <summary>The logits LN_f(vector) W_U + b_U of vectors that follow one another.</summary>
    /// <param name="vectors">[vector, dModel].</param>
    /// <param name="count">How many, from the first on.</param>
    /// <param name="take">Called once a vector, in order: its index, logits [dVocab] (valid during the call).</param>
    public void Read(DeviceBuffer vectors, int count, Action<int, double[]> take)
    {
        ArgumentNullException.ThrowIfNull(take);
        if (count == 0) return;
        using var ids = _ops.Upload([.. Enumerable.Range(0, count)]);
        for (var start = 0; start < count; start += _blockRows)
            Read(vectors, new Rows(ids, start, Math.Min(_blockRows, count - start)), FinalNormUse.Once, take);
    }

    /// <summary>
    /// logits(-vector) + logits(vector), [dVocab], the same for every vector: LN_f(-o) = 2 b_f - LN_f(o), so the
    /// logits of a vector and of its negative come from one product.
    /// </summary>
    public double[] MirrorSum()
    {
        var sum = new double[_values.Length];
        if (_model.FinalNorm.Bias is { } bias)
        {
            _ops.Project(bias, new Rows(_compact, 0, 1), _model.Unembedding, Whole, null, Activation.None, byRow: false, _logits);
            _ops.Download(_logits, 0, sum);
        }

        for (var token = 0; token < sum.Length; token++) sum[token] = 2 * (sum[token] + _model.UnembeddingBias(token));
        RequireFinite(sum);
        return sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in (DeviceBuffer[])[_vectors, _again, _logits]) buffer.Dispose();
        _compact.Dispose();
    }

    private void RequireFinite(ReadOnlySpan<double> logits)
    {
        if (ElementwiseSimd.FirstNonFinite(logits) >= 0)
            throw RangeFault.Of(_model, $"a logit of {Subject} (final LayerNorm and unembedding)");
    }

    private void Read(DeviceBuffer resid, Rows part, FinalNormUse norm, Action<int, double[]> take)
    {
        _ops.Meter?.Enter(Stage.Metric);
        var (dModel, read) = (_model.Config.DModel, _vectors);
        if (norm != FinalNormUse.None) _ops.LayerNorm(resid, part, _model.FinalNorm, dModel, _vectors);
        if (norm == FinalNormUse.Twice)
            _ops.LayerNorm(_vectors, new Rows(_compact, 0, part.Count), _model.FinalNorm, dModel, read = _again);
        _ops.Project(read, part, _model.Unembedding, Whole, null, Activation.None, byRow: false, _logits);
        for (var i = 0; i < part.Count; i++)
        {
            _ops.Download(_logits, (long)i * _values.Length, _values);
            _model.AddUnembeddingBias(_values);
            RequireFinite(_values);
            take(part.Start + i, _values);
        }
    }
}
