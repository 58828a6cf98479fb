namespace SeqCont.Engine.Tests;

/// <summary>What the seam's signatures say beyond GPT-2: implemented exactly, or refused in one line by every backend.</summary>
[TestClass]
public sealed class ShapeTests
{
    public static IEnumerable<object[]> Backends => Tests.Backends.Names;

    [TestMethod]
    [DynamicData(nameof(Backends))]
    public void Attention_OtherShapes_AreRefused(string backend)
    {
        using var pair = new Pair(backend);
        var plain = AttentionShape.MultiHead(4, 2);
        Assert.AreEqual(new AttentionShape(4, 4, 2, Math.Sqrt(2)), plain);
        foreach (var ops in pair.Both)
        {
            var (q, kv, z) = (ops.Allocate(8), ops.Allocate(16), ops.Allocate(8));
            var ids = ops.Upload([0]);
            var chains = new Chains(ids, ids, ids);
            void Attend(AttentionShape shape) => ops.Attention(q, kv, Rows.All(ids), chains, [0, 3], shape, z);
            Attend(plain);
            foreach (var other in new[] { plain with { NKvHeads = 2 }, plain with { Rotation = new(2, 1e4) } })
            {
                var message = Assert.ThrowsExactly<NotSupportedException>(() => Attend(other)).Message;
                Assert.AreEqual($"attention: only {plain} is implemented, got {other}.", message);
            }

            foreach (var divisor in new[] { 0, -1, double.NaN })
                Assert.AreEqual($"attention: expected a positive divisor, got {divisor}.",
                    Assert.ThrowsExactly<ArgumentException>(() => Attend(plain with { Divisor = divisor })).Message);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Backends))]
    public void Norm_WithoutBiasOrMean_IsRefused(string backend)
    {
        using var pair = new Pair(backend);
        foreach (var ops in pair.Both)
        {
            var (x, y, ids) = (ops.Allocate(3), ops.Allocate(3), ops.Upload([0]));
            foreach (var norm in new[] { new Norm(x, null, 1e-5), new Norm(x, x, 1e-5, Centers: false) })
            {
                void Normalise() => ops.LayerNorm(x, Rows.All(ids), norm, 3, y);
                void Dot() => ops.NormDot(x, Rows.All(ids), norm, x, ids, 1, 3, new double[1]);
                foreach (var operation in new[] { Normalise, Dot })
                    Assert.AreEqual("norm: only one that subtracts the mean and adds a bias is implemented.",
                        Assert.ThrowsExactly<NotSupportedException>(operation).Message);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Backends))]
    public void Embed_WithoutPositions_IsTheTokensVector(string backend)
    {
        using var pair = new Pair(backend);
        foreach (var ops in pair.Both)
        {
            var table = Pair.Put(ops, [.. Enumerable.Range(1, 15).Select(i => i / 8.0)]);
            using var resid = ops.Allocate(20);
            ops.Embed(ops.Upload([4, 0, 2, 1]), ops.Upload([0, 1, 2, 3]), table, null, Rows.All(ops.Upload([0, 2])), 3, resid);
            double[] expected = [13, 14, 15, 0, 0, 0, 7, 8, 9];
            Pair.AssertSameBits([.. expected.Select(value => value / 8), .. new double[11]], Pair.Values(ops, resid), "embedded rows");
        }
    }
}
