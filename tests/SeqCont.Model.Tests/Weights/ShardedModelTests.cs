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
        var escaped = shard.Contains("\\u", StringComparison.Ordinal) || shard.Contains("\\n", StringComparison.Ordinal) ? shard : shard.Replace("\\", "\\\\", StringComparison.Ordinal);
        File.WriteAllText(folder.File(IndexName), "{\"weight_map\":{\"wte.weight\":\"" + escaped + "\"}}");
        AssertBad(folder, IndexName, "'wte.weight'", "same folder");
    }

    [TestMethod]
    [DataRow("[]", "expected a JSON object")]
    [DataRow("{}", "weight_map")]
    [DataRow("""{"weight_map":[]}""", "weight_map")]
    [DataRow("""{"weight_map":{}}""", "lists no tensor")]
    [DataRow("""{"weight_map":{"a":5}}""", "a: expected a string, got Number")]
    [DataRow("""{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}""", "not valid JSON")]
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
