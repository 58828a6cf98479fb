using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// The weights of a GPT-2 as tensors that are read where they lie: nothing is copied before a backend uploads
/// it. Dispose when no tensor is read any more. Reading is thread-safe.
/// </summary>
public sealed class Gpt2Weights : IDisposable
{
    private readonly Lazy<string> _sha256;
    private readonly IDisposable? _owner;

    /// <summary>Puts weights together and checks every shape against the config.</summary>
    /// <param name="name">What the model is called in messages and records.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="sha256">Computes <see cref="Sha256"/> when first asked.</param>
    /// <param name="owner">Disposed with this: the files that the tensors lie in; or null.</param>
    /// <exception cref="ArgumentException">The config is unsound, or a tensor has another shape than it says.</exception>
    public Gpt2Weights(string name, ModelConfig config, Gpt2Tensors tensors, Func<string> sha256, IDisposable? owner = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(sha256);
        if (config.Problem() is { } problem) throw new ArgumentException($"{name}: {problem}", nameof(config));
        tensors.Check(config);
        Name = name;
        Config = config;
        Tensors = tensors;
        _sha256 = new Lazy<string>(sha256);
        _owner = owner;
    }

    /// <summary>What the model is called in messages and records: the folder's name, "demo", ...</summary>
    public string Name { get; }

    /// <summary>Sizes.</summary>
    public ModelConfig Config { get; }

    /// <summary>All tensors, as one value.</summary>
    public Gpt2Tensors Tensors { get; }

    /// <summary>
    /// SHA-256 of the weights, 64 lower-case hexadecimal digits: of the bytes of model.safetensors (of all
    /// shards, one after the other in the order of their names), of that and the choice where another unembedding was asked for than
    /// config.json calls for, or of a description for weights that are computed. Computed when first asked, which reads the files once.
    /// </summary>
    public string Sha256 => _sha256.Value;

    /// <summary>What was to be noticed about the files that the weights came from.</summary>
    public CheckpointFacts Checkpoint { get; internal init; } = new();

    /// <summary>How the token embedding is stored: F32, F16, BF16 or F64.</summary>
    public string DType => (WE as SafetensorsTensor)?.DType ?? "F64";

    /// <summary>W_E, the token embedding, [dVocab, dModel].</summary>
    public Tensor WE => Tensors.WE;

    /// <summary>W_pos, the position embedding, [nCtx, dModel].</summary>
    public Tensor WPos => Tensors.WPos;

    /// <summary>The blocks, first to last.</summary>
    public IReadOnlyList<LayerWeights> Layers => Tensors.Layers;

    /// <summary>Gain of the final LayerNorm, [dModel].</summary>
    public Tensor LnFGain => Tensors.LnFGain;

    /// <summary>Bias of the final LayerNorm, [dModel].</summary>
    public Tensor LnFBias => Tensors.LnFBias;

    /// <summary>The unembedding, transposed: [dVocab, dModel]. Null: it is <see cref="WE"/> (tied, as in GPT-2).</summary>
    public Tensor? WU => Tensors.WU;

    /// <summary>Bias of the logits, [dVocab]. Null: none, as in GPT-2.</summary>
    public Tensor? BU => Tensors.BU;

    /// <summary>
    /// Opens a model folder in Hugging Face's GPT-2 form: config.json and model.safetensors, or
    /// model.safetensors.index.json and its shards.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="unembedding">What gives the logits where the files hold two matrices for that, and they differ.</param>
    /// <exception cref="InvalidDataException">A file is bad, or files disagree; the message names file and tensor.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static Gpt2Weights Load(string folder, UnembeddingChoice unembedding = UnembeddingChoice.Config) =>
        ModelLoader.Load(folder, unembedding);

    /// <summary>
    /// Writes config.json and model.safetensors, or shards and their model.safetensors.index.json, into a folder, in
    /// Hugging Face's form, piece by piece (nothing is held whole). lm_head.weight is written when the unembedding is
    /// not tied; lm_head.bias when there is one.
    /// </summary>
    /// <param name="folder">The folder; made when absent, files of these names replaced.</param>
    /// <param name="dtype">F32, F16, BF16 or F64.</param>
    /// <param name="shards">Files to spread the tensors over, about equally; at most as many as there are tensors.</param>
    public void Save(string folder, string dtype = "F32", int shards = 1) => ModelSaver.Save(this, folder, dtype, shards);

    /// <summary>
    /// The same model with other weights, in double precision, in memory. Tensors that do not change are shared,
    /// so this must not be disposed before the result is done with.
    /// </summary>
    /// <param name="processing">What to do.</param>
    /// <returns>New weights of the same name; <see cref="WU"/> is set when it is no longer <see cref="WE"/>.</returns>
    public Gpt2Weights Process(WeightProcessing processing) => WeightProcessor.Process(this, processing);

    /// <inheritdoc/>
    public void Dispose() => _owner?.Dispose();
}

/// <summary>The tensors of a GPT-2, without its name and sizes.</summary>
/// <param name="WE">W_E, the token embedding, [dVocab, dModel].</param>
/// <param name="WPos">W_pos, the position embedding, [nCtx, dModel].</param>
/// <param name="Layers">The blocks, first to last.</param>
/// <param name="LnFGain">Gain of the final LayerNorm, [dModel].</param>
/// <param name="LnFBias">Bias of the final LayerNorm, [dModel].</param>
/// <param name="WU">The unembedding, transposed: [dVocab, dModel]. Null: it is <paramref name="WE"/>.</param>
/// <param name="BU">Bias of the logits, [dVocab]. Null: none.</param>
public sealed record Gpt2Tensors(
    Tensor WE, Tensor WPos, IReadOnlyList<LayerWeights> Layers, Tensor LnFGain, Tensor LnFBias, Tensor? WU = null, Tensor? BU = null)
{
    internal const string Unembedding = "lm_head.weight";
    internal const string UnembeddingBias = "lm_head.bias";

    /// <summary>Every tensor with Hugging Face's name (without the prefix) and the shape that the config asks for.</summary>
    internal List<(string Name, int[] Shape, Tensor Tensor)> Named(ModelConfig config)
    {
        // The order in which a family builds.
        var given = new Queue<Tensor>([WE, WPos, .. Layers.SelectMany(layer => layer.InOrder), LnFGain, LnFBias]);
        var all = new List<(string, int[], Tensor)>();
        _ = config.Family.Build(config, (name, shape) =>
        {
            all.Add((name, shape, given.Peek()));
            return given.Dequeue();
        });
        if (WU is not null) all.Add((Unembedding, [config.DVocab, config.DModel], WU));
        if (BU is not null) all.Add((UnembeddingBias, [config.DVocab], BU));
        return all;
    }

    /// <summary>Throws when a tensor's shape is not the config's.</summary>
    internal void Check(ModelConfig config)
    {
        if (Layers.Count != config.NLayers) throw new ArgumentException($"Layers: expected {config.NLayers}, got {Layers.Count}.");
        foreach (var (name, shape, tensor) in Named(config))
            if (!tensor.Shape.SequenceEqual(shape))
                throw new ArgumentException(
                    $"{tensor.Name} ({name}): expected [{string.Join(", ", shape)}], got [{string.Join(", ", tensor.Shape)}].");
    }
}
