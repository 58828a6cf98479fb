using System.Text.Json.Nodes;
using SeqCont.Engine;
using SeqCont.Testing;
using static SeqCont.Model.Tests.Weights.Gpt2LoaderTests;
using static SeqCont.Model.Tests.Weights.SafetensorsBytes;

namespace SeqCont.Model.Tests.Weights;

/// <summary>Checkpoints as training frameworks leave them: under other names, with heads, from other programs.</summary>
[TestClass]
public sealed class CheckpointTests
{
    [TestMethod]
    [DataRow("", "")]
    [DataRow("transformer.", "")]
    [DataRow("transformer.", "transformer.")]
    [DataRow("module.", "module.")]
    [DataRow("model.transformer.", "model.")]
    [DataRow("_orig_mod.transformer.", "_orig_mod.")]
    [DataRow("_orig_mod.transformer.", "")]
    [DataRow("module.transformer.", "module.")]
    [DataRow("_orig_mod.module.transformer.", "_orig_mod.module.")]
    [DataRow("module._orig_mod.model.transformer.", "module._orig_mod.model.")]
    [DataRow("transformer._orig_mod.", "")]
    [DataRow("actor.base_model.transformer.", "actor.")]
    public void Load_AnyPrefix_EqualsThePlainModel(string prefix, string before)
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        var config = random.Config;
        var wU = new RandomTensor("u", [config.DVocab, config.DModel], 9, 0, 1);
        Write(folder.Path, config, [.. Prefixed(random, prefix), (before + "lm_head.weight", wU),
            (prefix + "h.0.attn.bias", Vector(1)), (before + "score.weight", Vector(2))], json => json["tie_word_embeddings"] = false);
        using var loaded = Gpt2Weights.Load(folder.Path);
        AssertSame(new Gpt2Weights("x", config, random.Tensors with { WU = wU }, () => ""), loaded);
        Assert.AreEqual(prefix, loaded.Checkpoint.Prefix);
        CollectionAssert.AreEqual(new[] { before + "score.weight" }, loaded.Checkpoint.LeftAside.ToArray());
        Assert.Contains($"model.safetensors: left aside {before}score.weight, of a head", loaded.Checkpoint.Notices.Single());
    }

    [TestMethod]
    public void Load_TwoUnembeddingsUnderPrefixes_NoticeHasTheFilesNames()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        var wU = new RandomTensor("u", [random.Config.DVocab, random.Config.DModel], 9, 0, 1);
        Write(folder.Path, random.Config, [.. Prefixed(random, "model.transformer."), ("model.lm_head.weight", wU)]);
        using var loaded = Gpt2Weights.Load(folder.Path);
        Assert.Contains("model.lm_head.weight and model.transformer.wte.weight differ; wte gives", loaded.Checkpoint.Notices.Single());
    }

    [TestMethod]
    public void Load_SomeBlocksCompiledAndNamesInShards_EqualsThePlainModel()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        var tensors = Prefixed(random, "module.transformer.").ConvertAll(item => (item.Name.Replace("h.1.", "h.1._orig_mod.",
            StringComparison.Ordinal), item.Tensor));
        WriteConfig(folder.Path, random.Config);
        var map = new JsonObject();
        foreach (var (i, part) in tensors.Chunk(11).Index())
        {
            SafetensorsWriter.Write(folder.File($"part{i}.safetensors"), part);
            foreach (var (name, _) in part) map[name] = $"part{i}.safetensors";
        }
        File.WriteAllText(folder.File("model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        using var loaded = Gpt2Weights.Load(folder.Path);
        AssertSame(random, loaded);
        Assert.AreEqual("module.transformer.", loaded.Checkpoint.Prefix);
    }

    [TestMethod]
    [DataRow("transformer.", "ema.wte.weight", "'transformer.wte.weight'", "means the same as 'ema.wte.weight'")]
    [DataRow("transformer.", "wte.weight", "'wte.weight'", "means the same as 'transformer.wte.weight'")]
    [DataRow("transformer.", "module.transformer.wte.weight", "means the same as 'module.transformer.wte.weight'")]
    [DataRow("transformer.", "_orig_mod.transformer.h.1.ln_1.bias", "means the same as '_orig_mod.transformer.h.1.ln_1.bias'")]
    [DataRow("transformer.", "h.1.ln_1.bias", "'h.1.ln_1.bias'", "not a tensor of GPT-2")]
    [DataRow("transformer.", "model.score.weight", "'model.score.weight'", "not a tensor of GPT-2")]
    [DataRow("transformer.", "scores.weight", "'scores.weight'", "not a tensor of GPT-2")]
    [DataRow("transformer.", "transformer.h.0.score.weight", "'transformer.h.0.score.weight'", "not a tensor of GPT-2")]
    [DataRow("transformer.", "transformer.h.2.score.weight", "n_layer is 2", "further layer")]
    [DataRow("", "h.0.crossattention.c_attn.weight", "not a tensor of GPT-2")]
    [DataRow("", "base_model.lora_A.weight", "not a tensor of GPT-2")]
    public void Load_AnotherTensor_IsRefusedByName(string prefix, string other, params string[] parts)
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        Write(folder.Path, random.Config, [.. Prefixed(random, prefix), ("score.weight", Vector(2)), (other, Vector(2))]);
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)), ["model.safetensors", .. parts]);
    }

    [TestMethod]
    public void Load_TwoUnembeddings_AreRefusedByName()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        Write(folder.Path, random.Config,
            [.. Prefixed(random, "model.transformer."), ("lm_head.weight", random.WE), ("model.lm_head.weight", random.WE)]);
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)),
            "'model.lm_head.weight'", "means the same as 'lm_head.weight'");
    }

    // safetensors.torch.save_model keeps the first name of what is shared, here the unembedding's, and notes the other.
    [TestMethod]
    [DataRow(null)]
    [DataRow(true)]
    [DataRow(false)]
    public void Load_EmbeddingSharedUnderTheHeadsName_EqualsTheModel(bool? ties)
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        WriteConfig(folder.Path, random.Config, json => json["tie_word_embeddings"] = ties);
        SafetensorsWriter.Write(folder.File("model.safetensors"), Prefixed(random, "module.transformer.").ConvertAll(item =>
            (item.Name == "module.transformer.wte.weight" ? "module.lm_head.weight" : item.Name, item.Tensor)), "F32",
            new Dictionary<string, string> { ["module.transformer.wte.weight"] = "module.lm_head.weight", ["format"] = "pt", ["a"] = "b" });
        using var loaded = Gpt2Weights.Load(folder.Path);
        AssertSame(ties == false ? new Gpt2Weights("x", random.Config, random.Tensors with { WU = random.WE }, () => "") : random, loaded);
        Assert.AreEqual("module.transformer.", loaded.Checkpoint.Prefix);
        Assert.IsEmpty(loaded.Checkpoint.Notices);
    }

    // What transformers' classes and trl save beside the transformer, after their code.
    [TestMethod]
    [DataRow("score.weight")]
    [DataRow("classifier.weight", "classifier.bias")]
    [DataRow("qa_outputs.weight", "qa_outputs.bias")]
    [DataRow("lm_head.weight", "multiple_choice_head.summary.weight", "multiple_choice_head.summary.bias")]
    [DataRow("lm_head.weight", "v_head.summary.weight", "v_head.summary.bias")]
    [DataRow("v_head.0.weight", "v_head.0.bias", "v_head.2.weight", "v_head.2.bias", "summary.weight", "summary.bias", "score.0",
        "score.2")]
    public void Load_Heads_AreLeftAsideWithOneLine(params string[] names)
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        Write(folder.Path, random.Config, [.. Prefixed(random, "transformer."), .. names.Select(name =>
            (name, name == "lm_head.weight" ? random.WE : Vector(3)))]);
        using var loaded = Gpt2Weights.Load(folder.Path);
        AssertSame(random, loaded);
        string[] heads = [.. names.Where(name => name != "lm_head.weight").Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(heads, loaded.Checkpoint.LeftAside.ToArray());
        Assert.Contains("left aside " + string.Join(", ", heads.Take(6)) + (heads.Length > 6 ? " and 2 more" : ""),
            loaded.Checkpoint.Notices.Single());
    }

    // llm.c's export_hf.py: GPT2LMHeadModel saved in bfloat16, the padding of the vocabulary cut off, n_ctx in config.json.
    [TestMethod]
    public void Load_WrittenAsByLlmc_EqualsTheModel()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        WriteConfig(folder.Path, random.Config, json => (json["n_ctx"], json["bos_token_id"]) = (random.Config.NCtx, 50256));
        SafetensorsWriter.Write(folder.File("model.safetensors"), Prefixed(random, "transformer."), "BF16",
            new Dictionary<string, string> { ["format"] = "pt" });
        using var loaded = Gpt2Weights.Load(folder.Path);
        Assert.AreEqual("BF16", loaded.DType);
        Assert.IsNull(loaded.WU);
        foreach (var ((name, tensor), (_, other)) in Named(random).Zip(Named(loaded)))
            foreach (var (value, rounded) in tensor.Doubles().Zip(other.Doubles()))
                Assert.AreEqual(value, rounded, Math.Abs(value) / 256, name);
    }

    // nanoGPT's state dict: nn.Linear's matrices, compiled, the unembedding saved with the embedding's values, perhaps no biases.
    [TestMethod]
    [DataRow(true, "'_orig_mod.transformer.h.0.attn.c_attn.weight'", "expected shape [15, 45]", "got [45, 15], which is transposed",
        "nn.Linear keeps [out, in], GPT-2 [in, out]")]
    [DataRow(false, "'_orig_mod.transformer.h.0.ln_1.bias'", "missing; expected [15]", "no bias at all", "one with zeros")]
    public void Load_WrittenAsByNanoGpt_SaysWhatIsOtherThanInGpt2(bool hasBiases, params string[] parts)
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        var tensors = Prefixed(random, "_orig_mod.transformer.")
            .Where(item => hasBiases || !item.Name.EndsWith(".bias", StringComparison.Ordinal))
            .Select(item => (item.Name, IsLinear(item.Name) ? Transposed(item.Tensor) : item.Tensor));
        Write(folder.Path, random.Config,
            [.. tensors, ("_orig_mod.lm_head.weight", random.WE), ("_orig_mod.transformer.h.0.attn.bias", Vector(1))]);
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)), ["model.safetensors", .. parts]);
    }

    [TestMethod]
    [DataRow("F16", 65519.0, 65520.0)]
    [DataRow("BF16", 3.38e38, 3.3999e38)]
    [DataRow("F32", 3.4028235e38, 3.41e38)]
    public void Write_BeyondTheType_IsRefusedAndCounted(string dtype, double fits, double beyond)
    {
        using var folder = new TempFolder();
        double[] values = [beyond, -beyond, fits, double.NegativeInfinity, double.NaN, 0, 1e-300];
        using (var writer = new SafetensorsWriter(folder.File("x"), [("x", dtype, [7]), ("y", "F64", [1])]))
        {
            writer.Append("x", values.AsSpan(2));
            Assert.AreEqual(0, writer.Overflowed);
            writer.Write("x", 0, values.AsSpan(0, 2));
            writer.Append("y", [double.MaxValue]);
            Assert.AreEqual(2, writer.Overflowed);
        }
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            SafetensorsWriter.Write(folder.File("x"), [("x", new ArrayTensor("x", values, 7))], dtype));
        AssertMessage(error, folder.File("x"), "tensor 'x'", $"2 of its numbers are beyond what {dtype} holds");
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    private static List<(string Name, Tensor Tensor)> Prefixed(Gpt2Weights weights, string prefix) =>
        Named(weights).ConvertAll(item => (prefix + item.Name, item.Tensor));

    private static ArrayTensor Vector(int length) => new("v", new double[length], length);

    private static bool IsLinear(string name) =>
        name.Contains(".c_", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal);

    private static ArrayTensor Transposed(Tensor tensor)
    {
        var (values, rows, columns) = (tensor.Doubles(), tensor.Shape[0], tensor.Shape[1]);
        var turned = new double[values.Length];
        for (var i = 0; i < values.Length; i++) turned[i % columns * rows + i / columns] = values[i];
        return new ArrayTensor(tensor.Name, turned, columns, rows);
    }
}
