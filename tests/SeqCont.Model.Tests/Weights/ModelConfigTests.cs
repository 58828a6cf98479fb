using System.Text;
using SeqCont.Engine;
using static SeqCont.Model.Tests.Weights.SafetensorsBytes;

namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class Gpt2ConfigTests
{
    private const string Sizes = "\"n_layer\":2,\"n_head\":3,\"n_embd\":12,\"vocab_size\":61";

    [TestMethod]
    public void Parse_Defaults_AreGpt2s()
    {
        var config = Parse($"{{{Sizes},\"n_positions\":16,\"resid_pdrop\":0.1,\"architectures\":[\"GPT2LMHeadModel\"]}}");
        Assert.AreEqual(new ModelConfig
        {
            NLayers = 2,
            NHeads = 3,
            DModel = 12,
            DMlp = 48,
            NCtx = 16,
            DVocab = 61,
            LayerNormEpsilon = 1e-5
        }, config);
        Assert.AreEqual(4, config.DHead);
        Assert.IsNull(config.BosTokenId);
    }

    [TestMethod]
    public void Parse_EverythingGiven_IsTaken()
    {
        var config = Parse(
            $"\ufeff{{{Sizes},\"n_ctx\":16,\"n_inner\":50,\"layer_norm_epsilon\":1e-6,\"bos_token_id\":60,"
                + $"\"activation_function\":\"gelu_new\",\"model_type\":\"gpt2\",\"scale_attn_weights\":true,"
                + $"\"reorder_and_upcast_attn\":false}}");
        Assert.AreEqual(50, config.DMlp);
        Assert.AreEqual(16, config.NCtx);
        Assert.AreEqual(1e-6, config.LayerNormEpsilon);
        Assert.AreEqual(60, config.BosTokenId);
    }

    [TestMethod]
    [DataRow(",\"n_positions\":16,\"n_ctx\":17")]
    [DataRow(",\"n_positions\":16,\"n_ctx\":Infinity")]
    [DataRow(",\"n_positions\":16,\"n_ctx\":null,\"n_special\":0")]
    [DataRow(",\"max_position_embeddings\":16,\"hidden_size\":12")]
    [DataRow(",\"n_positions\":16,\"a\":NaN,\"b\":[-Infinity, Infinity,1e400],\"c\":{\"d\":NaN}")]
    [DataRow(",\"n_positions\":16,\"a\":\"NaN\",\"b\":\"\\\"NaN, \\\\\",\"c\":NaN,\"NaN\":\"\\u0022NaN\"")]
    [DataRow(",\"n_positions\":16,\"eos_token_id\":61,\"pad_token_id\":-1,\"sep_token_id\":NaN")]
    public void Parse_WhatNothingReads_DoesNotMatter(string more) =>
        Assert.AreEqual(Parse($"{{{Sizes},\"n_positions\":16}}"), Parse($"{{{Sizes}{more}}}"));

    [TestMethod]
    [DataRow(61)]
    [DataRow(50256)]
    [DataRow(-1)]
    public void Parse_BosOutsideTheVocabulary_IsTaken(int bos)
    {
        var config = Parse($"{{{Sizes},\"n_positions\":16,\"bos_token_id\":{bos}}}");
        Assert.AreEqual(bos, config.BosTokenId);
        Assert.IsNull(config.Problem());
    }

    [TestMethod]
    [DataRow("[50256]", "a list")]
    [DataRow("2147483648", "2147483648")]
    [DataRow("Infinity", "Infinity")]
    [DataRow("\"Infinity\"", "\"Infinity\"")]
    public void Parse_BosThatIsNoId_IsTakenWithItsFault(string bos, string got)
    {
        var config = Parse($"{{{Sizes},\"n_positions\":16,\"bos_token_id\":{bos}}}");
        Assert.IsNull(config.BosTokenId);
        Assert.EndsWith($": bos_token_id: expected a whole number below 2^31, got {got}.", config.BosFault!);
    }

    [TestMethod]
    public void Layout_OtherThanGpt2s_IsRefusedWhereverWeightsComeFrom()
    {
        var config = Parse($"{{{Sizes},\"n_ctx\":16}}");
        var same = config with { Layout = new BlockLayout { NKvHeads = 3, DHead = 4 } };
        Assert.IsNull(same.Problem());
        BlockLayout[] others =
        [
            new() { NKvHeads = 1 }, new() { DHead = 5 }, new() { Norm = NormKind.RmsNorm }, new() { Positions = PositionKind.Rotary },
            new() { Activation = Activation.Silu, IsGated = true }, new() { IsParallel = true }, new() { HasBiases = false },
        ];
        foreach (var layout in others)
        {
            var message = Assert.ThrowsExactly<ArgumentException>(() => RandomWeights.Create(config with { Layout = layout }, 1)).Message;
            StringAssert.StartsWith(message, "only blocks of BlockLayout { NKvHeads = 3, DHead = 4, Norm = LayerNorm, Positions = Learned, "
                + $"Activation = {layout.Activation}, IsGated = False, ScalesScores = True, ScalesScoresByLayer = False, "
                + "IsParallel = False, HasBiases = True } are implemented, got BlockLayout {");
        }
    }

    [TestMethod]
    public void Workspace_HeadsWiderThanTheResidual_HasRoomForThem()
    {
        var config = Parse($"{{{Sizes},\"n_ctx\":16}}") with { Layout = new BlockLayout { NKvHeads = 1, DHead = 5 } };
        using var ops = new DryOps();
        using var work = new Workspace(ops, config, 7, 4);
        DeviceBuffer[] buffers = [work.Kv, work.Z, work.Normalized, work.Q, work.Hidden];
        long[] lengths = [7 * 2 * 5, 4 * 15, 4 * 12, 4 * 15, 4 * 48];
        CollectionAssert.AreEqual(lengths, buffers.Select(buffer => buffer.Length).ToArray());
        Assert.AreEqual(buffers.Sum(buffer => buffer.Length), Workspace.Elements(config, 7, 4));
    }

    [TestMethod]
    public void Parse_NullInner_IsFourTimesTheWidth() => Assert.AreEqual(48, Parse($"{{{Sizes},\"n_ctx\":16,\"n_inner\":null}}").DMlp);

    [TestMethod]
    [DataRow("", "not valid JSON")]
    [DataRow("[]", "expected a JSON object, got an empty list")]
    [DataRow("{", "not valid JSON")]
    [DataRow("{\"n_layer\":1,\"n_layer\":2}", ":1: n_layer: is there twice.")]
    [DataRow("{\"n_head\":3}", "n_embd: missing")]
    [DataRow("{SIZES}", "n_positions: missing")]
    [DataRow("{SIZES,\"n_ctx\":0}", "n_positions: expected a positive number, got 0")]
    [DataRow("{SIZES,\"n_ctx\":16.5}", "n_ctx: expected a whole number", "16.5")]
    [DataRow("{SIZES,\"n_ctx\":\"16\"}", "n_ctx: expected a whole number")]
    [DataRow("{SIZES,\"n_ctx\":2147483648}", "n_ctx: expected a whole number")]
    [DataRow("{SIZES,\"n_ctx\":200000000}", "n_positions x n_embd", "not supported")]
    [DataRow("{SIZES,\"n_ctx\":16,\"n_inner\":2147483647}", "n_embd x n_inner", "not supported")]
    [DataRow("{SIZES,\"n_ctx\":16,\"n_inner\":-1}", "n_inner: expected a positive number")]
    [DataRow("{SIZES,\"n_ctx\":16,\"model_type\":\"llama\"}", "model_type: 'llama' is not supported", "'gpt2'")]
    [DataRow("{SIZES,\"n_ctx\":16,\"model_type\":7}", "model_type: expected text, got 7")]
    [DataRow("{SIZES,\"n_ctx\":16,\"model_type\":\"\\ud800\"}", "model_type: not valid text")]
    [DataRow("{SIZES,\"n_ctx\":16,\"activation_function\":\"quick_gelu\"}",
        "activation_function: 'quick_gelu' is not supported: expected one of gelu_new, gelu_fast, gelu_accurate, gelu_pytorch_tanh, "
        + "gelu_python_tanh, gelu, gelu_python, relu, silu, swish.")]
    [DataRow("{SIZES,\"n_ctx\":16,\"add_cross_attention\":true}", "add_cross_attention: true is not supported: expected false")]
    [DataRow("{SIZES,\"n_ctx\":16,\"scale_attn_weights\":0}", "scale_attn_weights: expected true or false, got 0")]
    [DataRow("{SIZES,\"n_ctx\":16,\"reorder_and_upcast_attn\":1}", "reorder_and_upcast_attn: expected true or false, got 1")]
    [DataRow("{SIZES,\"n_ctx\":16,\"layer_norm_epsilon\":0}", "layer_norm_epsilon: expected a positive number")]
    [DataRow("{SIZES,\"n_ctx\":16,\"layer_norm_epsilon\":1e999}", "layer_norm_epsilon: expected a positive number")]
    [DataRow("{SIZES,\"n_ctx\":16,\"layer_norm_epsilon\":\"x\"}", "layer_norm_epsilon: expected a positive number, got \"x\"")]
    [DataRow("{SIZES,\"n_positions\":NaN}", "n_positions: expected a whole number", "got NaN.")]
    [DataRow("{SIZES,\"n_positions\":1e400}", "n_positions: expected a whole number", "got 1e400")]
    [DataRow("{SIZES,\"n_ctx\":16,\"layer_norm_epsilon\":-Infinity}", "layer_norm_epsilon: expected a positive number, got -Infinity.")]
    [DataRow("{SIZES,\"n_ctx\":16,\"activation_function\":NaN}", "activation_function: 'NaN' is not supported")]
    [DataRow("{SIZES,\"n_ctx\":16,\"scale_attn_weights\":NaN}", "scale_attn_weights: expected true or false")]
    [DataRow("{SIZES,\"n_ctx\":16,\"unused\":-NaN}", "not valid JSON")]
    [DataRow("{SIZES,\"n_ctx\":16,\"unused\":NaN1}", "not valid JSON")]
    [DataRow("{SIZES,\"n_ctx\":16,\"unused\":\"NaN", "not valid JSON")]
    [DataRow("{SIZES,\"n_ctx\":16,\"unused\":\"NaN\\", "not valid JSON")]
    [DataRow("{SIZES,\"n_ctx\":16,\"hidden_size\":13}", "hidden_size: expected n_embd 12, got 13")]
    [DataRow("{\"n_layer\":2,\"n_head\":5,\"n_embd\":12,\"vocab_size\":61,\"n_ctx\":16}",
        "n_embd: expected a multiple of n_head 5, got 12")]
    [DataRow("{\"n_layer\":2,\"n_head\":0,\"n_embd\":12,\"vocab_size\":61,\"n_ctx\":16}", "n_head: expected a positive number, got 0")]
    [DataRow("{\"n_layer\":2000000000,\"n_head\":3,\"n_embd\":12,\"vocab_size\":61,\"n_ctx\":16}", "n_layer: expected at most")]
    [DataRow("{\"n_layer\":2,\"n_head\":1,\"n_embd\":2000000000,\"vocab_size\":61,\"n_ctx\":16}", "not supported")]
    [DataRow("{\"n_layer\":2,\"n_head\":1,\"n_embd\":30000,\"vocab_size\":61,\"n_ctx\":16}", "3 x n_embd x n_embd", "not supported")]
    [DataRow("{\"n_layer\":2,\"n_head\":3,\"n_embd\":12,\"vocab_size\":2000000000,\"n_ctx\":16}", "vocab_size x n_embd", "not supported")]
    public void Parse_BadConfig_SaysWhatAndWhere(string json, params string[] parts)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Parse(json.Replace("SIZES", Sizes, StringComparison.Ordinal)));
        AssertMessage(error, ["config.json:", .. parts]);
    }

    [TestMethod]
    public void Parse_NotUtf8_IsAnError() =>
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => ModelConfig.Parse(new byte[] { (byte)'{', 0xff }, "config.json")),
            "config.json: not UTF-8");

    [TestMethod]
    public void PublishedSizes_HaveThePublishedNumberOfParameters()
    {
        Assert.AreEqual(124_439_808L, ModelConfig.Small.Parameters);
        Assert.AreEqual(354_823_168L, ModelConfig.Medium.Parameters);
        Assert.AreEqual(774_030_080L, ModelConfig.Large.Parameters);
        Assert.AreEqual(1_557_611_200L, ModelConfig.Xl.Parameters);
        Assert.AreEqual(64, ModelConfig.Xl.DHead);
    }

    private static ModelConfig Parse(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");
}
