using System.Text.Json;
using SeqCont.Engine.Reference;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Searches;

[TestClass]
public sealed class X
{
    [TestMethod]
    public void Go()
    {
        var weights = StubLoad.Load(TestFiles.Data("tiny", "models", "tiny-12x12"));
        var bytes = File.ReadAllBytes(TestFiles.Data("tiny", "c_node_pruning", "prompts.safetensors"));
        var n = (int)BitConverter.ToUInt64(bytes, 0);
        var h = JsonDocument.Parse(bytes.AsMemory(8, n)).RootElement;
        long[] L(string name) { var off = h.GetProperty(name).GetProperty("data_offsets"); var s = off[0].GetInt32(); var l = (off[1].GetInt32() - s) / 8; return [.. Enumerable.Range(0, l).Select(i => BitConverter.ToInt64(bytes, 8 + n + s + 8 * i))]; }
        var corr = L("correct_ids"); var inc = L("incorrect_ids");
        PromptSet Set(string name) { var t = L(name); return PromptSet.Create([.. Enumerable.Range(0, 24).Select(i => new PromptRow { Tokens = [.. t.AsSpan(i * 10, 10).ToArray().Select(x => (int)x)], Corr = new PromptAnswer((int)corr[i]), Incorr = new PromptAnswer((int)inc[i]) })], null, 32, 500, null, name); }
        using SeqCont.Engine.IOps ops = Environment.GetEnvironmentVariable("REF") is null ? new SeqCont.Engine.Cpu.CpuOps() : new ReferenceOps();
        using var model = new Gpt2Model(ops, weights);
        foreach (var file in new[] { "thres20_converged", "thres20_one_iter", "thres20_mlp_means_full" })
        {
            var root = JsonDocument.Parse(File.ReadAllText(TestFiles.Data("tiny", "c_node_pruning", file + ".json"))).RootElement;
            var expected = root.TryGetProperty("passes", out _) ? SearchFixture.Passes(root) : SearchFixture.Trace(root);
            var config = new NodePruningConfig { OneIteration = file.Contains("one"), Ablation = new AblationConfig { MlpMeans = file.Contains("full") ? MlpMeans.Full : MlpMeans.Circuit } };
            var sw = System.Diagnostics.Stopwatch.StartNew();
            var result = NodePruning.Run(model, Set("clean_tokens"), Set("corrupted_tokens"), config);
            Console.WriteLine($"{file}: {sw.Elapsed.TotalSeconds:0.0} s, full {result.Full.Mean.Mean}, final {result.Circuit}");
            SearchFixture.AssertSame(expected, result.Trace, 1e-2);
        }
    }
}
