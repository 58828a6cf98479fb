using SeqCont.Engine;
using SeqCont.Engine.Reference;

namespace SeqCont.Circuits.Tests.Scoring;

/// <summary>The store on a toy model whose layer l maps x to 2 x + l: any wrong start or order shows.</summary>
[TestClass]
public sealed class PrefixStoreTests
{
    private const int Layers = 12;

    private sealed class Toy(int capacity) : IDisposable
    {
        private readonly ReferenceOps _ops = new();
        private PrefixStore? _store;

        public int Advanced { get; private set; }

        public PrefixStore Store => _store ??= new PrefixStore(_ops, 1, capacity, resid => _ops.Upload([1.0], resid, 0), Advance);

        public double At(int layer) => Read(Store.Get(layer));

        public static double Expected(int layer) => Enumerable.Range(0, layer).Aggregate(1.0, (x, l) => 2 * x + l);

        public void Dispose() => _store?.Dispose();

        private void Advance(int layer, DeviceBuffer from, DeviceBuffer to)
        {
            Advanced++;
            _ops.Upload([2 * Read(from) + layer], to, 0);
        }

        private double Read(DeviceBuffer buffer)
        {
            Span<double> value = [0];
            _ops.Download(buffer, 0, value);
            return value[0];
        }
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(5)]
    [DataRow(13)]
    public void Get_AnyOrderAnyCapacity_RightValues(int capacity)
    {
        using var toy = new Toy(capacity);
        var random = new Random(capacity);
        for (var i = 0; i < 500; i++)
        {
            var layer = random.Next(Layers + 1);
            Assert.AreEqual(Toy.Expected(layer), toy.At(layer), $"layer {layer}, request {i}");
            if (random.Next(4) == 0) toy.Store.Changed(random.Next(Layers));
        }
    }

    [TestMethod]
    public void Get_RoomForAll_EachLayerRunsOnce()
    {
        using var toy = new Toy(Layers + 1);
        for (var layer = Layers; layer >= 0; layer--) toy.At(layer);
        Assert.AreEqual(Layers, toy.Advanced);
    }

    [TestMethod]
    public void Get_ForwardWithTwoEntries_EachLayerRunsOnce()
    {
        using var toy = new Toy(2);
        for (var layer = 0; layer <= Layers; layer++) toy.At(layer);
        Assert.AreEqual(Layers, toy.Advanced);
    }

    [TestMethod]
    public void Get_BackwardWithFourEntries_FewRunsAgain()
    {
        using var toy = new Toy(4);
        for (var layer = Layers; layer >= 0; layer--) toy.At(layer);
        Assert.IsLessThan(3 * Layers, toy.Advanced);
    }

    [TestMethod]
    public void Changed_EntriesAboveAreMadeAgain()
    {
        using var toy = new Toy(Layers + 1);
        toy.At(Layers);
        toy.Store.Changed(7);
        toy.At(Layers);
        Assert.AreEqual(Layers + (Layers - 7), toy.Advanced);
    }
}
