using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Model.Tests.Forward;
using SeqCont.Testing;
using static SeqCont.Model.Tests.Weights.SafetensorsBytes;

namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class ShardedModelTests
{
    private const string IndexName = "model.safetensors.index.json";

    [TestMethod]
    public void Load_ThreeShards_EqualsTheWhole()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        WriteShards(folder, random);
        using var loaded = Gpt2Weights.Load(folder.Path);
        Gpt2LoaderTests.AssertSame(random, loaded);
        byte[] all = [.. Enumerable.Range(0, 3).SelectMany(shard => File.ReadAllBytes(folder.File(ShardName(shard))))];
        Assert.AreEqual(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(all)), loaded.Sha256);
    }

    /// <summary>Widening while packing: logits of what was saved are those of the rounded values in double precision.</summary>
    [TestMethod]
    [DataRow("F32", 1)]
    [DataRow("F32", 4)]
    [DataRow("F16", 1)]
    [DataRow("F16", 3)]
    [DataRow("BF16", 1)]
    [DataRow("BF16", 5)]
    public void Save_AnyTypeAndShards_LoadsAndComputesTheRoundedWeights(string dtype, int shards)
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random(nLayers: 3, nHeads: 2, dHead: 31, dMlp: 293, nCtx: 17, dVocab: 2311, deviation: 0.2);
        // What an earlier save left must not be read in place of the shards.
        if (shards > 1) SmallModels.Random().Save(folder.Path);
        random.Save(folder.Path, dtype, shards);
        Assert.HasCount(shards, Directory.GetFiles(folder.Path, "*.safetensors"));
        using var loaded = Gpt2Weights.Load(folder.Path);
        Assert.AreEqual(dtype, loaded.DType);
        var expected = random.Config.Family.Build(
            random.Config, (name, shape) => new ArrayTensor(
                name, [.. Rounded(Gpt2LoaderTests.Named(random).Single(item => item.Name == name).Tensor.Doubles(), dtype)], shape));
        using var rounded = new Gpt2Weights("rounded", random.Config, expected, () => "");
        Gpt2LoaderTests.AssertSame(rounded, loaded);
        AssertSameLogits(rounded, loaded);
    }

    [TestMethod]
    public void Save_Sharded_SpreadsTensorsEvenly()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random(nLayers: 6);
        var tensors = Gpt2LoaderTests.Named(random).Count;
        for (var shards = 2; shards <= tensors; shards += 3)
        {
            random.Save(folder.File($"{shards}"), "F16", shards);
            var sizes = Directory.GetFiles(folder.File($"{shards}"), "*.safetensors")
                .Select(path => SafetensorsFile.FromFile(path)).Select(file =>
            {
                using (file) return file.Names.Sum(name => file.Entry(name).Length);
            }).ToArray();
            Assert.HasCount(shards, sizes);
            Assert.AreEqual(random.Config.Parameters, sizes.Sum());
            var largest = Gpt2LoaderTests.Named(random).Max(item => item.Tensor.Length);
            Assert.IsLessThanOrEqualTo(random.Config.Parameters / shards + largest, sizes.Max());
        }

        random.Save(folder.File("all"), shards: tensors);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => random.Save(folder.File("all"), shards: tensors + 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => random.Save(folder.File("all"), shards: 0));
    }

    [TestMethod]
    public void Load_ShardMissing_NamesTheShardAndATensor()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        WriteShards(folder, random);
        File.Delete(folder.File(ShardName(1)));
        AssertBad(folder, "wpe.weight", $"'{ShardName(1)}' is missing");
    }

    [TestMethod]
    public void Load_IndexAndShardDisagree_NamesFileAndTensor()
    {
        using var folder = new TempFolder();
        using var random = SmallModels.Random();
        WriteShards(folder, random);
        var index = File.ReadAllText(folder.File(IndexName));
        File.WriteAllText(folder.File(IndexName), index.Replace("\"ln_f.bias\"", "\"other\"", StringComparison.Ordinal));
        AssertBad(folder, "tensor 'other'", "says it is here, but it is not");
        var entry = index[index.IndexOf("\"ln_f.bias\"", StringComparison.Ordinal)..];
        entry = entry[..(entry.IndexOf(".safetensors\"", StringComparison.Ordinal) + 13)];
        File.WriteAllText(folder.File(IndexName), index.Replace("," + entry, "", StringComparison.Ordinal));
        AssertBad(folder, "tensor 'ln_f.bias'", "does not list it");
    }

    [TestMethod]
    [DataRow("../model.safetensors")]
    [DataRow("..\\model.safetensors")]
    [DataRow("/tmp/model.safetensors")]
    [DataRow("C:model.safetensors")]
    [DataRow("sub/model.safetensors")]
    [DataRow("..safetensors")]
    [DataRow("")]
    [DataRow("model.bin")]
    [DataRow("a\\u0000.safetensors")]
    [DataRow("a\\n.safetensors")]
    public void Load_ShardOutsideTheFolder_IsRefused(string shard)
    {
        using var folder = new TempFolder();
        Gpt2LoaderTests.WriteConfig(folder.Path, SmallModels.Config());
        var escaped = shard.Contains("\\u", StringComparison.Ordinal)
            || shard.Contains("\\n", StringComparison.Ordinal) ? shard : shard.Replace("\\", "\\\\", StringComparison.Ordinal);
        File.WriteAllText(folder.File(IndexName), "{\"weight_map\":{\"wte.weight\":\"" + escaped + "\"}}");
        AssertBad(folder, IndexName, "'wte.weight'", "same folder");
    }

    [TestMethod]
    [DataRow("[]", "expected a JSON object")]
    [DataRow("{}", "weight_map")]
    [DataRow("""{"weight_map":[]}""", "weight_map")]
    [DataRow("""{"weight_map":{}}""", "lists no tensor")]
    [DataRow("""{"weight_map":{"a":5}}""", "a: expected a file's name, got 5")]
    [DataRow("""{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}""", "json:1: weight_map.a: is there twice.")]
    [DataRow("""{"weight_map":{"\ud800":"x.safetensors"}}""", "not valid")]
    public void Load_BadIndex_SaysWhat(string json, string part)
    {
        using var folder = new TempFolder();
        Gpt2LoaderTests.WriteConfig(folder.Path, SmallModels.Config());
        File.WriteAllText(folder.File(IndexName), json);
        AssertBad(folder, IndexName, part);
    }

    private static void AssertBad(TempFolder folder, params ReadOnlySpan<string> parts) =>
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder.Path)), [folder.Path, .. parts]);

    private static void AssertSameLogits(Gpt2Weights expected, Gpt2Weights actual)
    {
        int[][] prompts = [[5, 2310, 7, 1], [5, 2310, 99]];
        using var cpu = new CpuOps(threads: 2);
        using var reference = new ReferenceOps();
        using var tested = new PlainRun(cpu, actual, prompts);
        using var plain = new PlainRun(reference, expected, prompts);
        // Logits of up to about 30 in float32, through three layers.
        var pairs = tested.Logits().SelectMany(prompt => prompt)
            .SelectMany(row => row).Zip(plain.Logits().SelectMany(prompt => prompt).SelectMany(row => row)).ToArray();
        Assert.HasCount(7 * 2311, pairs);
        Assert.IsLessThan(2e-4, pairs.Max(pair => Math.Abs(pair.First - pair.Second)));
    }

    private static IEnumerable<double> Rounded(double[] values, string dtype) => values.Select(value => dtype switch
    {
        "F16" => (double)(Half)value,
        // The nearer of the two neighbours with 16 bits, the even one of two equally near.
        "BF16" => new[] { BitConverter.SingleToUInt32Bits((float)value) >> 16, (BitConverter.SingleToUInt32Bits((float)value) >> 16) + 1 }
            .Select(bits => (Odd: bits & 1, Value: (double)BitConverter.UInt32BitsToSingle(bits << 16)))
            .MinBy(near => (Math.Abs(near.Value - value), near.Odd)).Value,
        _ => value,
    });

    private static string ShardName(int shard) => $"model-{shard + 1:00000}-of-00003.safetensors";

    // The i-th tensor lies in shard i mod 3.
    private static void WriteShards(TempFolder folder, Gpt2Weights weights)
    {
        Gpt2LoaderTests.WriteConfig(folder.Path, weights.Config);
        var named = Gpt2LoaderTests.Named(weights);
        var map = new List<string>();
        for (var shard = 0; shard < 3; shard++)
        {
            var mine = named.Where((_, i) => i % 3 == shard).ToArray();
            SafetensorsWriter.Write(folder.File(ShardName(shard)), mine);
            map.AddRange(mine.Select(item => $"\"{item.Name}\":\"{ShardName(shard)}\""));
        }
        File.WriteAllText(folder.File(IndexName), "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + string.Join(",", map) + "}}");
    }
}
