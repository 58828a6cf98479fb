using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>One transformer block on a device.</summary>
internal sealed record Block(
    Norm Ln1, WeightMatrix WQ, DeviceBuffer BQ, WeightMatrix WKv, DeviceBuffer BKv, WeightMatrix WO, DeviceBuffer BO,
    Norm Ln2, WeightMatrix WIn, DeviceBuffer BIn, WeightMatrix WOut, DeviceBuffer BOut);

/// <summary>
/// GPT-2's weights in a backend's own layout, ready to run. Heads are blocks of columns of W_Q and W_K|W_V and
/// blocks of rows of W_O, so that only the kept ones are multiplied.
/// </summary>
public sealed class Gpt2Model : IDisposable
{
    private readonly Gpt2Weights _weights;
    private WeightMatrix? _unembedding;

    /// <summary>Uploads weights.</summary>
    /// <param name="ops">Backend; borrowed.</param>
    /// <param name="weights">Weights; borrowed, and read again when logits are asked for.</param>
    /// <exception cref="InvalidDataException">A weight is NaN or infinite.</exception>
    public Gpt2Model(IOps ops, Gpt2Weights weights)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(weights);
        Ops = ops;
        _weights = weights;
        Config = weights.Config;
        TokenTable = ops.Upload(weights.WE);
        PositionTable = ops.Upload(weights.WPos);
        Blocks = [.. weights.Layers.Select(Place)];
        FinalNorm = PlaceNorm(weights.LnFGain, weights.LnFBias);
    }

    /// <summary>Sizes.</summary>
    public ModelConfig Config { get; }

    /// <summary>Where the weights are.</summary>
    public IOps Ops { get; }

    internal DeviceBuffer TokenTable { get; }

    internal DeviceBuffer PositionTable { get; }

    internal Block[] Blocks { get; }

    internal Norm FinalNorm { get; }

    /// <summary>W_U, [dModel, dVocab]; brought to the device when first asked for.</summary>
    internal WeightMatrix Unembedding =>
        _unembedding ??= Ops.CreateWeights(Unembed, 0, Config.DVocab, Config.DModel, Config.DVocab, transposed: true);

    /// <summary>Gives back the memory of W_U; it is brought to the device again when logits are asked for.</summary>
    public void ReleaseUnembedding()
    {
        _unembedding?.Dispose();
        _unembedding = null;
    }

    private Tensor Unembed => _weights.WU ?? _weights.WE;

    /// <summary>b_O of a layer as a table of one slot, [1, dModel].</summary>
    public DeviceBuffer OutputBias(int layer) => Blocks[layer].BO;

    /// <summary>W_O of a layer: row blocks are heads.</summary>
    public WeightMatrix OutputWeights(int layer) => Blocks[layer].WO;

    /// <summary>The mean of some tokens' columns of W_U less that of others, [dModel], and the same of b_U.</summary>
    public (double[] Direction, double Offset) LogitDirection(IReadOnlyCollection<int> correct, IReadOnlyCollection<int> incorrect)
    {
        ArgumentNullException.ThrowIfNull(correct);
        ArgumentNullException.ThrowIfNull(incorrect);
        var (direction, other) = (MeanColumn(correct), MeanColumn(incorrect));
        for (var i = 0; i < direction.Length; i++) direction[i] -= other[i];
        return (direction, correct.Average(UnembeddingBias) - incorrect.Average(UnembeddingBias));
    }

    private double[] MeanColumn(IReadOnlyCollection<int> tokens)
    {
        var (mean, column) = (new double[Config.DModel], new double[Config.DModel]);
        foreach (var token in tokens)
        {
            Unembed.Read((long)token * Config.DModel, column);
            for (var i = 0; i < mean.Length; i++) mean[i] += column[i] / tokens.Count;
        }

        return mean;
    }

    /// <summary>LN_f(resid[end]) . column for each end.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    /// <param name="ends">The row that each prompt ends in.</param>
    /// <param name="columns">[column, dModel].</param>
    /// <param name="columnOf">A prompt's column, [prompt].</param>
    /// <param name="result">Destination, [prompt].</param>
    public void NormDot(DeviceBuffer resid, Rows ends, DeviceBuffer columns, IndexBuffer columnOf, Span<double> result)
    {
        Ops.Meter?.Enter(Stage.Metric);
        Ops.NormDot(resid, ends, FinalNorm, columns, columnOf, 1, Config.DModel, result);
    }

    /// <summary>Whether logits have a bias (a folded final LayerNorm leaves one).</summary>
    public bool HasUnembeddingBias => _weights.BU is not null;

    /// <summary>b_U of a token; 0 where the model has none.</summary>
    public double UnembeddingBias(int token)
    {
        if (_weights.BU is null) return 0;
        Span<double> bias = stackalloc double[1];
        _weights.BU.Read(token, bias);
        return bias[0];
    }

    /// <summary>b_U, [dVocab]; null where the model has none.</summary>
    internal double[]? ReadUnembeddingBias()
    {
        if (_weights.BU is null) return null;
        var bias = new double[Config.DVocab];
        _weights.BU.Read(0, bias);
        return bias;
    }

    /// <summary>W_V of a layer, [dModel, dModel], without W_K beside it, and b_V; the caller disposes both.</summary>
    internal (WeightMatrix Weights, DeviceBuffer Bias) CreateValueWeights(int layer)
    {
        var (tensors, dModel) = (_weights.Layers[layer], Config.DModel);
        var bias = new double[dModel];
        tensors.BQkv.Read(2L * dModel, bias);
        return (Ops.CreateWeights(tensors.WQkv, 2 * dModel, dModel, dModel, Config.DHead),
            Ops.Upload(new ArrayTensor(tensors.BQkv.Name, bias, dModel)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReleaseUnembedding();
        TokenTable.Dispose();
        PositionTable.Dispose();
        foreach (var block in Blocks)
        {
            IDisposable[] parts = [block.Ln1.Gain, block.Ln1.Bias!, block.WQ, block.BQ, block.WKv, block.BKv, block.WO, block.BO,
                block.Ln2.Gain, block.Ln2.Bias!, block.WIn, block.BIn, block.WOut, block.BOut];
            foreach (var part in parts) part.Dispose();
        }

        FinalNorm.Gain.Dispose();
        FinalNorm.Bias?.Dispose();
    }

    private Block Place(LayerWeights layer)
    {
        var (dModel, dHead, dMlp) = (Config.DModel, Config.DHead, Config.DMlp);
        var bias = new double[3 * dModel];
        layer.BQkv.Read(0, bias);
        return new Block(
            PlaceNorm(layer.Ln1Gain, layer.Ln1Bias),
            Ops.CreateWeights(layer.WQkv, 0, dModel, dModel, dHead),
            Ops.Upload(new ArrayTensor(layer.BQkv.Name, bias[..dModel], dModel)),
            Ops.CreateWeights(layer.WQkv, dModel, 2 * dModel, dModel, dHead),
            Ops.Upload(new ArrayTensor(layer.BQkv.Name, bias[dModel..], 2 * dModel)),
            Ops.CreateWeights(layer.WO, 0, dModel, dHead, dModel),
            Ops.Upload(layer.BO),
            PlaceNorm(layer.Ln2Gain, layer.Ln2Bias),
            Ops.CreateWeights(layer.WIn, 0, dMlp, dModel, dMlp),
            Ops.Upload(layer.BIn),
            Ops.CreateWeights(layer.WOut, 0, dModel, dMlp, dModel),
            Ops.Upload(layer.BOut));
    }

    private Norm PlaceNorm(Tensor gain, Tensor bias) => new(Ops.Upload(gain), Ops.Upload(bias), Config.LayerNormEpsilon);
}
