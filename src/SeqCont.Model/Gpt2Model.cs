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
    private readonly List<DeviceMemory> _owned = [];
    private readonly double[]? _unembeddingBias;
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
        _unembeddingBias = weights.BU is { } bias ? Read(bias, 0, Config.DVocab) : null;
        TokenTable = Put(weights.WE);
        PositionTable = Put(weights.WPos);
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

    /// <summary>The weights in numbers: reads all of them.</summary>
    internal IReadOnlyList<TensorStatistics> Tensors() => TensorStatistics.Of(_weights);

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
        var mean = new double[Config.DModel];
        foreach (var token in tokens)
        {
            var column = Read(Unembed, (long)token * Config.DModel, Config.DModel);
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

    /// <summary>b_U of a token; 0 where the model has none.</summary>
    public double UnembeddingBias(int token) => _unembeddingBias?[token] ?? 0;

    /// <summary>Adds b_U to a row of logits, [dVocab].</summary>
    internal void AddUnembeddingBias(Span<double> logits)
    {
        for (var token = 0; token < _unembeddingBias?.Length; token++) logits[token] += _unembeddingBias[token];
    }

    /// <summary>W_V of a layer, [dModel, head * dHead], without W_K beside it, and b_V; the caller disposes both.</summary>
    internal (WeightMatrix Weights, DeviceBuffer Bias) CreateValueWeights(int layer)
    {
        var (tensors, dZ) = (_weights.Layers[layer], Config.DZ);
        return (Ops.CreateWeights(tensors.WQkv, 2 * dZ, dZ, Config.DModel, Config.DHead), Ops.Upload(Part(tensors.BQkv, 2 * dZ, dZ)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReleaseUnembedding();
        foreach (var memory in _owned) memory.Dispose();
    }

    private Block Place(LayerWeights layer)
    {
        var (dModel, dHead, dMlp, dZ) = (Config.DModel, Config.DHead, Config.DMlp, Config.DZ);
        return new Block(
            PlaceNorm(layer.Ln1Gain, layer.Ln1Bias),
            Put(layer.WQkv, 0, dZ, dModel, dHead),
            Put(Part(layer.BQkv, 0, dZ)),
            Put(layer.WQkv, dZ, 2 * dZ, dModel, dHead),
            Put(Part(layer.BQkv, dZ, 2 * dZ)),
            Put(layer.WO, 0, dModel, dHead, dModel),
            Put(layer.BO),
            PlaceNorm(layer.Ln2Gain, layer.Ln2Bias),
            Put(layer.WIn, 0, dMlp, dModel, dMlp),
            Put(layer.BIn),
            Put(layer.WOut, 0, dModel, dMlp, dModel),
            Put(layer.BOut));
    }

    private Norm PlaceNorm(Tensor gain, Tensor bias) => new(Put(gain), Put(bias), Config.LayerNormEpsilon);

    private DeviceBuffer Put(Tensor tensor) => Own(Ops.Upload(tensor));

    private WeightMatrix Put(Tensor tensor, int firstColumn, int columns, int kBlock, int columnBlock) =>
        Own(Ops.CreateWeights(tensor, firstColumn, columns, kBlock, columnBlock));

    private T Own<T>(T memory)
        where T : DeviceMemory
    {
        _owned.Add(memory);
        return memory;
    }

    private static ArrayTensor Part(Tensor tensor, int start, int length) => new(tensor.Name, Read(tensor, start, length), length);

    private static double[] Read(Tensor tensor, long start, int length)
    {
        var values = new double[length];
        tensor.Read(start, values);
        return values;
    }
}
