using System.Text.Json.Nodes;
using SeqCont.Engine;
using SeqCont.Testing;
using static SeqCont.Model.Tests.Weights.SafetensorsBytes;

namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class Gpt2LoaderTests
{
    [TestMethod]
    [DataRow("tiny-2x3", 2, 3, 12, 16, 61)]
    [DataRow("tiny-12x12", 12, 12, 48, 32, 500)]
    public void Load_Fixture_HasItsSizesAndValues(string model, int nLayers, int nHeads, int dModel, int nCtx, int dVocab)
    {
        using var weights = Gpt2Weights.Load(TestFiles.Data("tiny", "models", model));
        var config = weights.Config;
        Assert.AreEqual((nLayers, nHeads, dModel, nCtx, dVocab), (config.NLayers, config.NHeads, config.DModel, config.NCtx,
            config.DVocab));
        Assert.AreEqual(model, weights.Name);
        Assert.IsNull(weights.WU);
        Assert.IsNull(weights.BU);
        Assert.HasCount(64, weights.Sha256);
        using var file = SafetensorsFile.FromFile(TestFiles.Data("tiny", "models", model, "model.safetensors"));
        Assert.AreEqual(new WeightFiles(file).ComputeSha256(), weights.Sha256);
        foreach (var (name, _, tensor) in weights.Tensors.Named(config))
            CollectionAssert.AreEqual(file.Open(name).Doubles(), tensor.Doubles(), name);
        CollectionAssert.AreEqual(file.Open($"h.{nLayers - 1}.mlp.c_proj.weight").Doubles(), weights.Layers[^1].WOut.Doubles());
        CollectionAssert.AreEqual(file.Open("h.1.attn.c_attn.weight").Doubles(), weights.Layers[1].WQkv.Doubles());
        CollectionAssert.AreEqual(file.Open("h.1.ln_2.bias").Doubles(), weights.Layers[1].Ln2Bias.Doubles());
    }

    [TestMethod]
    public void Load_PrefixedNamesBuffersAndRepeatedHead_EqualsThePlainModel()
    {
        using var plain = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3"));
        using var prefixed = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3-prefixed"));
        AssertSame(plain, prefixed);
        Assert.IsNull(prefixed.WU, "lm_head.weight repeats wte.weight.");
    }

    [TestMethod]
    public void Demo_FromResources_EqualsItsFiles()
    {
        using var demo = DemoModel.LoadWeights();
        using var folder = Gpt2Weights.Load(Path.Combine(TestFiles.Root, "src", "SeqCont.Model", "Demo"));
        Assert.AreEqual("demo", demo.Name);
        Assert.AreEqual(943_360L, demo.Config.Parameters);
        Assert.AreEqual(folder.Sha256, demo.Sha256);
        AssertSame(folder, demo);
        foreach (var name in new[] { "config.json", "model.safetensors", "vocab.json", "merges.txt", "words.json" })
        {
            using var stream = DemoModel.Open(name);
            Assert.AreEqual(new FileInfo(Path.Combine(TestFiles.Root, "src", "SeqCont.Model", "Demo", name)).Length, stream.Length, name);
        }
        Assert.Contains("'x.txt'", Assert.ThrowsExactly<FileNotFoundException>(() => DemoModel.Open("x.txt")).Message);
    }

    [TestMethod]
    public void Save_ThenLoad_GivesTheSameWeights()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        random.Save(folder.File("m"));
        using var loaded = Gpt2Weights.Load(folder.File("m"));
        Assert.AreEqual(random.Config, loaded.Config);
        AssertSame(random, loaded);
        using var processed = loaded.Process(WeightProcessing.All);
        processed.Save(folder.File("p"), "F64");
        using var untied = Gpt2Weights.Load(folder.File("p"));
        AssertSame(processed, untied);
        Assert.IsNotNull(untied.WU);
        Assert.IsNotNull(untied.BU);
    }

    [TestMethod]
    [DataRow(null, false, UnembeddingChoice.Config, false, "wte gives the logits, as tie_word_embeddings is absent, so true")]
    [DataRow(true, false, UnembeddingChoice.Config, false, "wte gives the logits, as tie_word_embeddings is true")]
    [DataRow(false, false, UnembeddingChoice.Config, true, null)]
    [DataRow(null, true, UnembeddingChoice.Config, false, null)]
    [DataRow(true, true, UnembeddingChoice.Config, false, null)]
    [DataRow(null, false, UnembeddingChoice.Head, true, "lm_head gives the logits, as was asked for")]
    [DataRow(true, false, UnembeddingChoice.Head, true, "lm_head gives the logits, as was asked for")]
    [DataRow(false, false, UnembeddingChoice.Head, true, null)]
    [DataRow(null, true, UnembeddingChoice.Head, false, null)]
    [DataRow(null, false, UnembeddingChoice.Embedding, false, "wte gives the logits, as was asked for")]
    [DataRow(false, false, UnembeddingChoice.Embedding, false, "wte gives the logits, as was asked for")]
    [DataRow(false, true, UnembeddingChoice.Embedding, false, null)]
    public void Load_HeadPresent_OneRuleSaysWhichMatrix(bool? ties, bool equal, UnembeddingChoice choice, bool isHead, string? notice)
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        var config = random.Config;
        var wU = equal ? random.WE : new RandomTensor("u", [config.DVocab, config.DModel], 9, 0, 1);
        Write(folder.Path, random.Config, [.. Named(random), ("lm_head.weight", wU)], json => json["tie_word_embeddings"] = ties);
        using var loaded = Gpt2Weights.Load(folder.Path, choice);
        if (isHead) CollectionAssert.AreEqual(wU.Doubles(), loaded.WU!.Doubles());
        else Assert.IsNull(loaded.WU);
        Assert.HasCount(notice is null ? 0 : 1, loaded.Checkpoint.Notices);
        foreach (var line in loaded.Checkpoint.Notices)
            Assert.Contains($"model.safetensors: lm_head.weight and wte.weight differ; {notice}", line);
        Assert.AreEqual(notice?.Split(' ')[0], loaded.Checkpoint.Unembedding);
        // Another matrix than the files call for is another model.
        using var asSaid = Gpt2Weights.Load(folder.Path);
        Assert.AreEqual(equal || isHead == asSaid.WU is not null, loaded.Sha256 == asSaid.Sha256);
        using var files = WeightFiles.Open(folder.Path);
        Assert.AreEqual(files.ComputeSha256(), asSaid.Sha256);
    }

    [TestMethod]
    public void Load_HeadAskedForAndNotThere_IsAnError()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        Write(folder.Path, random.Config, Named(random));
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path, UnembeddingChoice.Head)),
            "model.safetensors", "'lm_head.weight'", "missing, though it was asked for");
    }

    [TestMethod]
    public void Load_UntiedWithoutHead_IsAnError()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        Write(folder.Path, random.Config, Named(random), json => json["tie_word_embeddings"] = false);
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)), "model.safetensors",
            "'lm_head.weight'", "missing");
    }

    [TestMethod]
    [DataRow("h.1.mlp.c_fc.bias", null, "'h.1.mlp.c_fc.bias'", "missing; expected [37]")]
    [DataRow("wpe.weight", null, "'wpe.weight'", "missing")]
    [DataRow("wte.weight", "h.2.ln_1.bias", "'wte.weight'", "missing")]
    [DataRow(null, "h.2.ln_1.bias", "'h.2.ln_1.bias'", "n_layer is 2", "further layer")]
    [DataRow(null, "h.2.attn.bias", "'h.2.attn.bias'", "n_layer is 2", "further layer")]
    [DataRow(null, "h.0.attn.gate", "'h.0.attn.gate'", "not a tensor of GPT-2")]
    [DataRow(null, "transformer.h.0.ln_1.bias", "'transformer.h.0.ln_1.bias'", "not a tensor of GPT-2")]
    [DataRow(null, "h.99999999999.x", "not a tensor of GPT-2")]
    public void Load_TensorMissingOrTooMany_NamesFileAndTensor(string? without, string? with, params string[] parts)
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        var tensors = Named(random).Where(item => item.Name != without).ToList();
        if (with is not null) tensors.Add((with, new ArrayTensor(with, [1.0], 1)));
        Write(folder.Path, random.Config, tensors);
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)),
            [folder.File("model.safetensors"), .. parts]);
    }

    [TestMethod]
    public void Load_OtherShapeThanConfigSays_NamesFileAndTensor()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        Write(folder.Path, random.Config with { DMlp = 38 }, Named(random));
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)),
            folder.File("model.safetensors"), "'h.0.mlp.c_fc.weight'", "expected shape [15, 38]", "config.json", "got [15, 37]");
        Write(folder.Path, random.Config with { NLayers = 3 }, Named(random));
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)), "'h.2.ln_1.weight'", "missing");
    }

    [TestMethod]
    public void Load_IntegerTensor_NamesFileAndTensor()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        Write(folder.Path, random.Config, Named(random));
        // Same bytes, another type: F32 [29, 15] read as I32.
        var path = folder.File("model.safetensors");
        var text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path))
            .Replace("\"wte.weight\":{\"dtype\":\"F32\"", "\"wte.weight\":{\"dtype\":\"I32\"", StringComparison.Ordinal);
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(text));
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)), path, "'wte.weight'",
            "expected dtype", "got I32");
    }

    [TestMethod]
    public void Load_FilesMissing_SaysWhich()
    {
        using var folder = new TempFolder();
        AssertMessage(Assert.ThrowsExactly<DirectoryNotFoundException>(() => Gpt2Weights.Load(folder.File("nowhere"))), "nowhere");
        AssertMessage(Assert.ThrowsExactly<FileNotFoundException>(() => Gpt2Weights.Load(folder.Path)), folder.Path, "config.json");
        File.WriteAllText(folder.File("config.json"), "{}");
        AssertMessage(Assert.ThrowsExactly<FileNotFoundException>(() => Gpt2Weights.Load(folder.Path)), folder.Path, "model.safetensors",
            "found neither");
        File.WriteAllText(folder.File("pytorch_model.bin"), "");
        AssertMessage(Assert.ThrowsExactly<FileNotFoundException>(() => Gpt2Weights.Load(folder.Path)), folder.Path,
            "pytorch_model.bin, which is not read");
    }

    [TestMethod]
    public void Gpt2Weights_WrongShapeGiven_IsAnArgumentError()
    {
        using var random = SmallModels.Random();
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            new Gpt2Weights("x", random.Config, random.Tensors with { WPos = random.WE }, () => ""));
        AssertMessage(error, "wpe.weight", "expected [11, 15], got [29, 15]");
        Assert.ThrowsExactly<ArgumentException>(() => new Gpt2Weights("x", random.Config with { NLayers = 3 }, random.Tensors, () => ""));
        Assert.ThrowsExactly<ArgumentException>(() => new Gpt2Weights("x", random.Config with { NHeads = 4 }, random.Tensors, () => ""));
    }

    internal static List<(string Name, Tensor Tensor)> Named(Gpt2Weights weights) =>
        [.. weights.Tensors.Named(weights.Config).Select(item => (item.Name, item.Tensor))];

    internal static void Write(
        string folder, ModelConfig config, IReadOnlyList<(string, Tensor)> tensors, Action<JsonObject>? change = null)
    {
        WriteConfig(folder, config, change);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
    }

    internal static void WriteConfig(string folder, ModelConfig config, Action<JsonObject>? change = null)
    {
        var json = new JsonObject
        {
            ["n_layer"] = config.NLayers,
            ["n_head"] = config.NHeads,
            ["n_embd"] = config.DModel,
            ["n_inner"] = config.DMlp,
            ["n_positions"] = config.NCtx,
            ["vocab_size"] = config.DVocab,
            ["bos_token_id"] = config.BosTokenId,
        };
        change?.Invoke(json);
        File.WriteAllText(Path.Combine(folder, "config.json"), json.ToJsonString());
    }

    internal static void AssertSame(Gpt2Weights expected, Gpt2Weights actual)
    {
        var (one, other) = (Named(expected), Named(actual));
        CollectionAssert.AreEqual(one.ConvertAll(item => item.Name), other.ConvertAll(item => item.Name));
        foreach (var ((name, left), (_, right)) in one.Zip(other)) CollectionAssert.AreEqual(left.Doubles(), right.Doubles(), name);
    }
}
