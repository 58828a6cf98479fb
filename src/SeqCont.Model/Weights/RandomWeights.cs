using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// Weights of any size that are computed as they are read: for benchmarks and tests that need a model but no
/// download. A value depends only on the seed, the tensor's name and the index, so it is the same whatever is
/// read before, on every machine.
/// </summary>
public static class RandomWeights
{
    /// <summary>The standard deviation that GPT-2's matrices start training with.</summary>
    public const double DefaultDeviation = 0.02;

    /// <summary>
    /// A random GPT-2 with a tied unembedding: matrices, W_E and biases with mean 0 and the given deviation (half
    /// of it for W_pos and biases), LayerNorm gains with mean 1 and half of it.
    /// </summary>
    /// <param name="config">Sizes.</param>
    /// <param name="seed">Another seed gives other weights.</param>
    /// <param name="deviation">Standard deviation of the matrices. Small models need more than the default (0.3, say)
    /// for their layers to matter.</param>
    /// <exception cref="ArgumentException">The config is unsound, or the deviation is negative or not finite.</exception>
    public static Gpt2Weights Create(ModelConfig config, int seed, double deviation = DefaultDeviation)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (!double.IsFinite(deviation) || deviation < 0)
            throw new ArgumentOutOfRangeException(nameof(deviation), $"deviation: expected 0 or more, got {deviation}.");
        if (config.Problem() is { } problem) throw new ArgumentException(problem, nameof(config));
        var tensors = config.Family.Build(config, (name, shape) =>
        {
            var isMatrix = shape.Length == 2 && name != "wpe.weight";
            var isGain = shape.Length == 1 && name.EndsWith(".weight", StringComparison.Ordinal);
            return new RandomTensor(name, shape, seed, isGain ? 1 : 0, isMatrix ? deviation : deviation / 2);
        });
        var variant = config.Layout == new BlockLayout() ? "" : $" {config.Layout}";
        var description = $"random {config} seed {seed} deviation {deviation:R}{variant}";
        return new Gpt2Weights($"random-{seed}", config, tensors, () =>
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(description))));
    }
}

/// <summary>A tensor of pseudo-random float32 values, each a function of seed, name and index.</summary>
internal sealed class RandomTensor(string name, int[] shape, int seed, double mean, double deviation) : Tensor(name, shape)
{
    private readonly ulong _stream = Mix(
        name.Aggregate(14695981039346656037UL, (hash, letter) => (hash ^ letter) * 1099511628211UL) ^ Mix((uint)seed));

    // The sum of four uniform 16-bit numbers has variance 4 (2^32 - 1) / 12.
    private readonly double _unit = deviation / Math.Sqrt(4294967295.0 / 3);

    public override void Read(long start, Span<float> destination) => Fill(start, destination);

    public override void Read(long start, Span<double> destination) => Fill(start, destination);

    private void Fill<T>(long start, Span<T> destination) where T : INumber<T>
    {
        this.CheckRange(start, destination.Length);
        for (var i = 0; i < destination.Length; i++) destination[i] = T.CreateTruncating(Value(start + i));
    }

    // Bell-shaped within 3.5 deviations, and nothing but integers and one product: the same bits everywhere.
    private float Value(long index)
    {
        var bits = Mix(_stream + (ulong)index * 0x9E3779B97F4A7C15UL);
        var sum = (int)(bits & 0xffff) + (int)((bits >> 16) & 0xffff) + (int)((bits >> 32) & 0xffff) + (int)(bits >> 48);
        return (float)(mean + (sum - 2 * 0xffff) * _unit);
    }

    // The finaliser of SplitMix64: every input bit reaches every output bit.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
