using SeqCont.Engine;
using SeqCont.Testing;

namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class WeightProcessingTests
{
    /// <summary>Against TransformerLens's own weights: float64 there, rounded to float32 when they were saved.</summary>
    [TestMethod]
    public void Process_All_EqualsTransformerLens()
    {
        using var raw = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3"));
        using var ours = raw.Process(WeightProcessing.All);
        using var theirs = SafetensorsFile.FromFile(TestFiles.Data("tiny", "b_cache", "processed_weights.safetensors"));
        var config = ours.Config;
        var checkedNames = new HashSet<string>();
        void Check(string name, double[] actual)
        {
            checkedNames.Add(name);
            var expected = theirs.Open(name).Doubles();
            Assert.HasCount(expected.Length, actual, name);
            for (var i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], actual[i], 1e-6 + 1e-6 * Math.Abs(expected[i]), $"{name}[{i}]");
        }
        Check("embed.W_E", ours.WE.Doubles());
        Check("pos_embed.W_pos", ours.WPos.Doubles());
        Check("ln_final.w", ours.LnFGain.Doubles());
        Check("ln_final.b", ours.LnFBias.Doubles());
        Check("unembed.W_U", Transposed(ours.WU!));
        Check("unembed.b_U", ours.BU!.Doubles());
        for (var layer = 0; layer < config.NLayers; layer++) CheckLayer($"blocks.{layer}.", ours.Layers[layer], config, Check);
        Assert.HasCount(theirs.Names.Count, checkedNames);
    }

    [TestMethod]
    [DataRow(WeightProcessing.None)]
    [DataRow(WeightProcessing.FoldLayerNorm)]
    [DataRow(WeightProcessing.CentreWritingWeights)]
    [DataRow(WeightProcessing.FoldValueBiases)]
    [DataRow(WeightProcessing.FoldLayerNorm | WeightProcessing.FoldValueBiases)]
    [DataRow(WeightProcessing.CentreUnembedding)]
    [DataRow(WeightProcessing.CentreUnembedding | WeightProcessing.CentreWritingWeights)]
    [DataRow(WeightProcessing.All)]
    public void Process_AnyFlags_LeavesDifferencesOfLogits(WeightProcessing processing)
    {
        using var raw = SmallModels.Random(seed: 3);
        using var processed = raw.Process(processing);
        int[] tokens = [3, 1, 4, 1, 5, 9, 2];
        var before = PlainForward.Logits(raw, tokens);
        var after = PlainForward.Logits(processed, tokens);
        var centres = processing.HasFlag(WeightProcessing.CentreUnembedding);
        for (var p = 0; p < tokens.Length; p++)
        {
            var shift = centres ? before[p].Average() - after[p].Average() : 0;
            for (var token = 0; token < before[p].Length; token++)
                Assert.AreEqual(before[p][token], after[p][token] + shift, 1e-10, $"{processing} {p} {token}");
            if (centres) Assert.AreEqual(0, after[p].Average(), 1e-10, "The mean logit is 0.");
        }
        Assert.AreEqual(processing == WeightProcessing.None, raw.Sha256 == processed.Sha256);
        var isSame = Gpt2LoaderTests.Named(raw).Select(item => item.Tensor).SequenceEqual(
            Gpt2LoaderTests.Named(processed).Select(item => item.Tensor));
        Assert.AreEqual(processing == WeightProcessing.None, isSame);
    }

    [TestMethod]
    public void Process_CentreWritingWeightsOnly_KeepsTheTiedUnembeddingUncentred()
    {
        using var raw = SmallModels.Random();
        using var processed = raw.Process(WeightProcessing.CentreWritingWeights);
        Assert.AreSame(raw.WE, processed.WU);
        Assert.AreEqual(0, processed.WE.Doubles().Take(15).Sum(), 1e-12);
    }

    [TestMethod]
    public void Process_UnknownFlag_Throws()
    {
        using var raw = SmallModels.Random();
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => raw.Process((WeightProcessing)16));
    }

    private static void CheckLayer(string block, LayerWeights layer, ModelConfig config, Action<string, double[]> check)
    {
        check(block + "ln1.w", layer.Ln1Gain.Doubles());
        check(block + "ln1.b", layer.Ln1Bias.Doubles());
        check(block + "ln2.w", layer.Ln2Gain.Doubles());
        check(block + "ln2.b", layer.Ln2Bias.Doubles());
        for (var third = 0; third < 3; third++)
        {
            check(block + "attn.W_" + "QKV"[third], Heads(layer.WQkv.Doubles(), third, config));
            check(block + "attn.b_" + "QKV"[third], layer.BQkv.Doubles().AsSpan(third * config.DModel, config.DModel).ToArray());
        }
        check(block + "attn.W_O", layer.WO.Doubles());
        check(block + "attn.b_O", layer.BO.Doubles());
        check(block + "mlp.W_in", layer.WIn.Doubles());
        check(block + "mlp.b_in", layer.BIn.Doubles());
        check(block + "mlp.W_out", layer.WOut.Doubles());
        check(block + "mlp.b_out", layer.BOut.Doubles());
    }

    // One third of [dModel, 3 * dModel] as [head, dModel, dHead].
    private static double[] Heads(double[] wQkv, int third, ModelConfig config)
    {
        var heads = new double[config.DModel * config.DModel];
        for (var head = 0; head < config.NHeads; head++)
            for (var i = 0; i < config.DModel; i++)
                for (var j = 0; j < config.DHead; j++)
                    heads[(head * config.DModel + i) * config.DHead + j] =
                        wQkv[i * 3 * config.DModel + third * config.DModel + head * config.DHead + j];
        return heads;
    }

    private static double[] Transposed(Tensor tensor)
    {
        var values = tensor.Doubles();
        var (rows, columns) = (tensor.Shape[0], tensor.Shape[1]);
        return [.. Enumerable.Range(0, values.Length).Select(i => values[i % rows * columns + i / rows])];
    }
}
