namespace SeqCont.Engine.Tests;

/// <summary>Large numbers within float32 stay right to its accuracy; what leaves it is never hidden by a finite number.</summary>
[TestClass]
public sealed class RangeTests
{
    private const double Rounding = 1.0 / (1 << 24);

    public static IEnumerable<object[]> Names => Backends.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void LayerNorm_OutlierChannels_AreTheReferences(string backend)
    {
        const int Width = 61;
        using var pair = new Pair(backend);
        double[] numbers = [.. pair.Numbers(Width), .. pair.Numbers(Width), .. pair.Numbers(Width)];
        (numbers[3], numbers[Width + 5], numbers[Width + 6], numbers[2 * Width + 7]) = (1e15f, 3e37f, -3e37f, 1e6f);
        var resid = pair.Upload(numbers);
        var (gain, bias) = (pair.Upload(pair.Numbers(Width)), pair.Upload(new double[Width]));
        var (normalized, scales) = (pair.Upload(new double[3 * Width]), pair.Upload(new double[3]));
        foreach (var ops in pair.Both)
            ops.LayerNorm(resid.Of(ops), Rows.All(ops.Upload([0, 1, 2])), new Norm(gain.Of(ops), bias.Of(ops), 1e-5), Width,
                normalized.Of(ops), scales.Of(ops));
        // What an outlier leaves of the others may lie below the normal numbers.
        pair.AssertClose(normalized, 1e-36, 4 * Rounding, "layer norm");
        pair.AssertClose(scales, 0, Rounding, "scales");
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void LayerNorm_OfInfinity_IsNotFinite(string backend)
    {
        using var pair = new Pair(backend);
        var ops = pair.Tested;
        var (resid, ones, normalized, scales) = (
            Pair.Put(ops, [1, double.PositiveInfinity, 2, 3]), Pair.Put(ops, [1, 1, 1, 1]), ops.Allocate(4), ops.Allocate(1));
        ops.LayerNorm(resid, Rows.All(ops.Upload([0])), new Norm(ones, ones, 1e-5), 4, normalized, scales);
        foreach (var value in (double[])[.. Pair.Values(ops, normalized), .. Pair.Values(ops, scales)]) Assert.IsTrue(double.IsNaN(value));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void LayerNorm_AMeanThatLeavesOnlyRounding_IsNoNumber(string backend)
    {
        using var pair = new Pair(backend);
        foreach (var (ops, sound, lost) in ((IOps, double, double)[])[(pair.Tested, 1e4, 4e4), (pair.Reference, 1e12, 4e13)])
            foreach (var mean in (double[])[sound, -sound, lost, -lost])
            {
                var (resid, ones, normalized, scales) = (
                    Pair.Put(ops, [mean + 1, mean - 1, mean + 1, mean - 1]), Pair.Put(ops, [1, 1, 1, 1]), ops.Allocate(4), ops.Allocate(1));
                ops.LayerNorm(resid, Rows.All(ops.Upload([0])), new Norm(ones, ones, 1e-5), 4, normalized, scales);
                foreach (var value in (double[])[.. Pair.Values(ops, normalized), .. Pair.Values(ops, scales)])
                    Assert.AreEqual(Math.Abs(mean) == lost, double.IsNaN(value), $"{mean}: {value}");
            }
    }

    [TestMethod]
    public void ReferenceLayerNorm_VarianceBeyondDouble_IsNotZeros()
    {
        using var pair = new Pair(Backends.All[0]);
        var ops = pair.Reference;
        var (resid, ones, normalized) = (Pair.Put(ops, [1e200, -1e200]), Pair.Put(ops, [1, 1]), ops.Allocate(2));
        ops.LayerNorm(resid, Rows.All(ops.Upload([0])), new Norm(ones, ones, 1e-5), 2, normalized);
        Assert.IsTrue(double.IsNaN(Pair.Values(ops, normalized)[0]));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Attention_LargeScores_AreTheReferences(string backend)
    {
        using var pair = new Pair(backend);
        // Scores of 1e30 / 2 and less, none equal: all the weight is on the largest.
        var (_, pattern, z) = Attend(pair, [1e15, 1e15, 1e15, 1e15], [1e14, 2e14, -1e15, 1]);
        pair.AssertClose(pattern, 1e-37, 4 * Rounding, "pattern");
        pair.AssertClose(z, 1e-30, 4 * Rounding, "z");
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Attention_AScoreOverflows_IsNotFinite(string backend)
    {
        using var pair = new Pair(backend);
        foreach (var key in new[] { 1e30, -1e30 })
        {
            var (ops, (_, pattern, z)) = (pair.Tested, Attend(pair, [1e15, 1e15, 1e15, 1e15], [1, key, 2, 1]));
            foreach (var value in (double[])[.. Pair.Values(ops, pattern.Tested), .. Pair.Values(ops, z.Tested)])
                Assert.IsTrue(double.IsNaN(value), $"key {key}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Activations_LargeNumbers_AreTheReferences(string backend)
    {
        using var pair = new Pair(backend);
        double[] inputs = [-3e38f, -1e30f, -2e19f, -1e15f, -1e6f, -100, 100, 1e6f, 1e15f, 2e19f, 1e30f, 3e38f];
        foreach (var activation in Activations(backend))
        {
            // The identity: each row's first number comes through.
            var results = Activate(pair, activation, [.. inputs.SelectMany(input => (double[])[input, 0, 0, 0, 0, 0, 0, 0])]);
            pair.AssertClose(results, 1e-30, 4 * Rounding, $"{activation}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Activations_OfASumThatOverflows_AreNotFinite(string backend)
    {
        using var pair = new Pair(backend);
        foreach (var activation in Activations(backend))
            foreach (var sign in new[] { 1, -1 })
            {
                // Whatever other numbers might bring back: what overflowed is lost.
                var results = Activate(pair, activation, [sign * 3e38f, sign * 3e38f, 0, 0, 0, 0, 0, 0], ones: true);
                foreach (var value in Pair.Values(pair.Tested, results.Tested))
                    Assert.IsFalse(double.IsFinite(value), $"{activation} of {sign} infinity is {value}");
            }
    }

    // A driver takes seconds to compile each activation.
    private static Activation[] Activations(string backend) =>
        backend == Backends.OpenCl ? [Activation.GeluNew] : Enum.GetValues<Activation>();

    /// <summary>An activation of rows of 8 numbers times the identity, or a matrix of ones.</summary>
    private static Operand Activate(Pair pair, Activation activation, double[] rows, bool ones = false)
    {
        var matrix = new double[64];
        for (var i = 0; i < 64; i++) matrix[i] = ones || i % 9 == 0 ? 1 : 0;
        var (a, results) = (pair.Upload(rows), pair.Upload(new double[rows.Length]));
        foreach (var ops in pair.Both)
            ops.Project(a.Of(ops), Rows.All(ops.Upload([.. Enumerable.Range(0, rows.Length / 8)])),
                ops.CreateWeights(new ArrayTensor("matrix", matrix, 8, 8), 0, 8, 8, 8), [0], null, activation, false, results.Of(ops));
        return results;
    }

    /// <summary>One head of width 4: the last of four rows asks, with keys whose numbers are all equal, row by row.</summary>
    private static (Operand Scores, Operand Pattern, Operand Z) Attend(Pair pair, double[] query, double[] keys)
    {
        double[] kv = [.. keys.SelectMany((key, row) => (double[])[key, key, key, key, row, row, row, row])];
        var (q, kvs) = (pair.Upload(query), pair.Upload(kv));
        var (scores, pattern, z) = (pair.Upload(new double[4]), pair.Upload(new double[4]), pair.Upload(new double[4]));
        foreach (var ops in pair.Both)
        {
            var chains = new Chains(ops.Upload([0, 0, 0, 0]), ops.Upload([0, 1, 2, 3]), ops.Upload([0, 1, 2, 3]));
            ops.Attention(q.Of(ops), kvs.Of(ops), Rows.All(ops.Upload([3])), chains, [0], AttentionShape.MultiHead(1, 4), z.Of(ops),
                scores.Of(ops), pattern.Of(ops), 4);
        }

        return (scores, pattern, z);
    }
}
