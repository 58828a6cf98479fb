using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Kernels;

namespace SeqCont.Model.Tests.Forward;

/// <summary>A run resumed from a stored residual is the same run.</summary>
[TestClass]
public sealed class ResumeTests
{
    private static readonly ModelConfig Config = new() { NLayers = 5, NHeads = 3, DModel = 21, DMlp = 31, NCtx = 9, DVocab = 13 };

    public static IEnumerable<object[]> Backends =>
        [["reference"], .. InstructionSets.Available().Select(path => new object[] { path.ToString() })];

    [TestMethod]
    [DynamicData(nameof(Backends))]
    public void Layer_ResumedAtEveryLayerAndInAnyBlocks_SameBits(string backend)
    {
        var random = new Random(5);
        using var weights = RandomWeights.Create(Config, 3, deviation: 0.4);
        using IOps ops = backend == "reference" ? new ReferenceOps() : new CpuOps(Enum.Parse<InstructionSet>(backend), threads: 2);
        using var model = new Gpt2Model(ops, weights);
        int[][] prompts = [.. Enumerable.Range(0, 9)
            .Select(_ => Enumerable.Range(0, random.Next(2, 9)).Select(_ => random.Next(3)).ToArray())];
        using var rows = new DeviceRows(ops, RowForest.Build(prompts));
        var live = new LiveNodes([[0, 2], [], [1], [0, 1, 2], [2]], [true, true, true, true, true]);
        var size = (long)rows.Forest.Count * Config.DModel;

        double[] Run(int blockRows, Action<int, DeviceBuffer> atLayer)
        {
            using var work = new Workspace(ops, Config, rows.Forest.Count, blockRows);
            using var resid = ops.Allocate(size);
            var pass = new ForwardPass(model, rows, work);
            var demand = Demand.Of(rows, live, rows.All);
            pass.Embed(rows.All, resid);
            for (var layer = 0; layer < Config.NLayers; layer++)
            {
                atLayer(layer, resid);
                pass.Layer(layer, resid, live, demand, new LayerConstants(model.OutputBias(layer), null, null), resid);
            }

            return Values(ops, resid, size);
        }

        var stored = new double[Config.NLayers][];
        var whole = Run(1000, (layer, resid) => stored[layer] = Values(ops, resid, size));
        foreach (var blockRows in (int[])[1, 2, 7, 1000])
        {
            for (var start = 0; start < Config.NLayers; start++)
            {
                // What came before the resumed layer is wiped out, so only the stored residual can bring it back.
                var resumed = Run(blockRows, (layer, resid) =>
                {
                    if (layer == start) ops.Upload(stored[layer], resid, 0);
                    else if (layer < start) ops.Upload(new double[size], resid, 0);
                });
                CollectionAssert.AreEqual(whole.Select(BitConverter.DoubleToInt64Bits).ToArray(),
                    resumed.Select(BitConverter.DoubleToInt64Bits).ToArray(), $"from layer {start}, blocks of {blockRows}");
            }
        }
    }

    private static double[] Values(IOps ops, DeviceBuffer buffer, long size)
    {
        var values = new double[size];
        ops.Download(buffer, 0, values);
        return values;
    }
}
