using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>The sizes of a GPT-2: what config.json says, checked.</summary>
public sealed record ModelConfig
{
    /// <summary>Number of blocks (n_layer).</summary>
    public required int NLayers { get; init; }

    /// <summary>Attention heads in a block (n_head).</summary>
    public required int NHeads { get; init; }

    /// <summary>What its files are called inside.</summary>
    internal ModelFamily Family { get; init; } = Gpt2Family.Family;

    /// <summary>What a block is made of.</summary>
    internal BlockLayout Layout { get; init; } = new();

    /// <summary>Key/value heads in a block.</summary>
    internal int NKvHeads => Layout.NKvHeads ?? NHeads;

    /// <summary>Width of the residual stream (n_embd); a multiple of <see cref="NHeads"/>.</summary>
    public required int DModel { get; init; }

    /// <summary>Width of a head: <see cref="DModel"/> / <see cref="NHeads"/> in GPT-2.</summary>
    public int DHead => Layout.DHead ?? DModel / NHeads;

    /// <summary>Neurons of an MLP (n_inner; 4 times n_embd where it is absent).</summary>
    public required int DMlp { get; init; }

    /// <summary>Longest prompt in tokens (n_positions).</summary>
    public required int NCtx { get; init; }

    /// <summary>Number of tokens in the vocabulary (vocab_size).</summary>
    public required int DVocab { get; init; }

    /// <summary>Heads, scale and positions of a layer's attention.</summary>
    internal AttentionShape AttentionOf(int layer) => new(
        NHeads, NKvHeads, DHead, (Layout.ScalesScores ? Math.Sqrt(DHead) : 1) * (Layout.ScalesScoresByLayer ? layer + 1 : 1));

    /// <summary>Width of z: all heads side by side.</summary>
    internal int DZ => NHeads * DHead;

    /// <summary>What LayerNorm adds to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = UsualEpsilon;

    /// <summary>The token that may begin a text (bos_token_id), perhaps outside of the vocabulary, as GPT2Config's default is for a small
    /// one; null when config.json names none.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>What is wrong with config.json's bos_token_id, which matters only to those who ask for BOS; null: nothing.</summary>
    public string? BosFault { get; init; }

    /// <summary>GPT-2 small: 12 layers of 12 heads, 124 million parameters.</summary>
    public static ModelConfig Small { get; } = Published(12, 12, 768);

    /// <summary>GPT-2 medium: 24 layers of 16 heads, 355 million parameters.</summary>
    public static ModelConfig Medium { get; } = Published(24, 16, 1024);

    /// <summary>GPT-2 large: 36 layers of 20 heads, 774 million parameters.</summary>
    public static ModelConfig Large { get; } = Published(36, 20, 1280);

    /// <summary>GPT-2 XL: 48 layers of 25 heads, 1.56 billion parameters.</summary>
    public static ModelConfig Xl { get; } = Published(48, 25, 1600);

    /// <summary>Number of weights, the unembedding counted once (it is the embedding's transpose in GPT-2).</summary>
    public long Parameters
    {
        get
        {
            long dModel = DModel, dMlp = DMlp;
            var attention = 4 * dModel * dModel + 4 * dModel;
            var mlp = 2 * dModel * dMlp + dMlp + dModel;
            return (DVocab + (long)NCtx) * dModel + NLayers * (attention + mlp + 4 * dModel) + 2 * dModel;
        }
    }

    /// <summary>What of a block's arithmetic is not as GPT-2 has it, though sizes and weights do not show it: what, and how it is here.
    /// Empty for GPT-2's.</summary>
    public IReadOnlyList<(string What, string How)> Variant()
    {
        var found = new List<(string, string)>();
        if (Layout.Activation != Activation.GeluNew) found.Add(("activation", HubActivations.NameOf(Layout.Activation)));
        if (!Layout.ScalesScores || Layout.ScalesScoresByLayer)
            found.Add(("attention", (Layout.ScalesScores, Layout.ScalesScoresByLayer) switch
            {
                (true, _) => "scores over sqrt(d_head) and over the layer's number, from 1",
                (_, true) => "scores over the layer's number, from 1; not over sqrt(d_head)",
                _ => "scores not over sqrt(d_head)",
            }));
        if (LayerNormEpsilon != UsualEpsilon) found.Add(("epsilon", $"{LayerNormEpsilon:R}"));
        return found;
    }

    /// <summary>Reads config.json.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">Not a GPT-2 that this program computes; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelConfig FromFile(string path) => Parse(JsonText.ReadBytes(path, ConfigJson.What), path);

    /// <summary>Reads the text of a config.json.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="name">The name that error messages use.</param>
    /// <exception cref="InvalidDataException">Not a GPT-2 that this program computes; the message says why.</exception>
    public static ModelConfig Parse(ReadOnlyMemory<byte> json, string name) => ModelFamily.ReadConfig(new ConfigJson(json, name));

    /// <summary>What is wrong, or null: sizes must be positive, heads divide the width, every matrix must have fewer than 2^31
    /// elements, and blocks must be GPT-2's.</summary>
    internal string? Problem()
    {
        ReadOnlySpan<(string Name, int Size)> sizes =
            [("n_layer", NLayers), ("n_head", NHeads), ("n_embd", DModel), ("n_inner", DMlp), ("n_positions", NCtx),
                ("vocab_size", DVocab)];
        foreach (var (name, size) in sizes)
            if (size < 1) return $"{name}: expected a positive number, got {size}.";
        if (NLayers > MostLayers) return $"n_layer: expected at most {MostLayers}, got {NLayers}.";
        if (DModel % NHeads != 0) return $"n_embd: expected a multiple of n_head {NHeads}, got {DModel}.";
        var layout = Layout with { NKvHeads = NKvHeads, DHead = DHead };
        var known = new BlockLayout
        {
            NKvHeads = NHeads,
            DHead = DModel / NHeads,
            Activation = layout.Activation,
            ScalesScores = layout.ScalesScores,
            ScalesScoresByLayer = layout.ScalesScoresByLayer,
        };
        if (layout != known) return $"only blocks of {known} are implemented, got {layout}.";
        ReadOnlySpan<(string Name, long Size)> matrices =
            [("vocab_size x n_embd", (long)DVocab * DModel), ("n_positions x n_embd", (long)NCtx * DModel),
             ("3 x n_embd x n_embd", (long)DModel * DModel > int.MaxValue ? long.MaxValue : 3L * DModel * DModel),
             ("n_embd x n_inner", (long)DModel * DMlp)];
        foreach (var (name, size) in matrices)
            if (size > int.MaxValue) return $"{name}: a matrix of this size is not supported (at most {int.MaxValue} elements).";
        if (!double.IsFinite(LayerNormEpsilon) || LayerNormEpsilon <= 0)
            return $"layer_norm_epsilon: expected a positive number, got {LayerNormEpsilon}.";
        return null;
    }

    private const int MostLayers = 10_000;
    private const double UsualEpsilon = 1e-5;

    private static ModelConfig Published(int nLayers, int nHeads, int dModel) => new()
    {
        NLayers = nLayers,
        NHeads = nHeads,
        DModel = dModel,
        DMlp = 4 * dModel,
        NCtx = 1024,
        DVocab = 50257,
        BosTokenId = 50256,
    };
}
