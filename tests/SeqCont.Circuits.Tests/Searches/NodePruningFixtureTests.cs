using System.Text.Json;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Searches;

/// <summary>Whole searches against the study's own code and an independent double-precision one.</summary>
[TestClass]
public sealed class NodePruningFixtureTests
{
    /// <summary>In percent points: float32 against double precision, over the whole search.</summary>
    private const double Float32Tolerance = 0.01;

    /// <summary>In percent points: two double-precision codes.</summary>
    private const double DoubleTolerance = 1e-9;

    [TestMethod]
    [DataRow("thres20_converged", TestOps.Cpu)]
    [DataRow("thres20_one_iter", TestOps.Cpu)]
    [DataRow("thres20_mlp_means_full", TestOps.Cpu)]
    [DataRow("thres20_converged", TestOps.Fp64)]
    [DataRow("thres20_mlp_means_full", TestOps.Fp64)]
    [DataRow("thres20_converged", TestOps.Gpu)]
    [DataRow("thres20_one_iter", TestOps.Gpu)]
    [DataRow("thres20_mlp_means_full", TestOps.Gpu)]
    public void Run_TinyModel_SameDecisionsAsTheStudysCode(string file, string backend)
    {
        if (TestOps.OrNull(backend) is not { } opened)
        {
            Assert.Inconclusive(TestOps.NoGpu);
            return;
        }

        using var closing = opened;
        using var weights = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-12x12"));
        using var model = new Gpt2Model(opened.Ops, weights);
        using var prompts = SafetensorsFile.FromFile(TestFiles.Data("tiny", "c_node_pruning", "prompts.safetensors"));
        using var json = JsonDocument.Parse(File.ReadAllText(TestFiles.Data("tiny", "c_node_pruning", file + ".json")));
        var passes = json.RootElement.TryGetProperty("passes", out _);
        var config = new NodePruningConfig
        {
            OneIteration = file == "thres20_one_iter",
            Ablation = new AblationConfig { MlpMeans = passes ? MlpMeans.Circuit : MlpMeans.Full },
        };
        var result = NodePruning.Run(model, Set(prompts, "clean_tokens", weights.Config), Set(prompts, "corrupted_tokens", weights.Config),
            config);
        var expected = passes ? SearchFixture.Passes(json.RootElement) : SearchFixture.Trace(json.RootElement);
        SearchFixture.AssertSame(expected, result.Trace, backend == TestOps.Fp64 ? DoubleTolerance : Float32Tolerance);
    }

    [TestMethod]
    [DataRow("numerals", TestOps.Cpu)]
    [DataRow("numwords", TestOps.Cpu)]
    [DataRow("months", TestOps.Cpu)]
    [DataRow("numerals", TestOps.Gpu)]
    [DataRow("numwords", TestOps.Gpu)]
    [DataRow("months", TestOps.Gpu)]
    public void Run_DemoModel_SameDecisionsAsDoublePrecision(string task, string backend)
    {
        if (TestOps.OrNull(backend) is not { } opened)
        {
            Assert.Inconclusive(TestOps.NoGpu);
            return;
        }

        using var closing = opened;
        using var weights = DemoModel.LoadWeights();
        using var model = new Gpt2Model(opened.Ops, weights);
        var tokenizer = DemoTokenizer();
        using var json = JsonDocument.Parse(File.ReadAllText(TestFiles.Data("demo", $"{task}-expected.json")));
        PromptSet Read(
            string kind) => PromptSet.Create(PromptFile.Read(TestFiles.Data("demo", $"{task}-{kind}.jsonl")), tokenizer,
            weights.Config, null, kind);
        var (clean, corrupted) = (Read("clean"), Read("corrupt"));
        CollectionAssert.AreEqual(json.RootElement.GetProperty("tokens_first").EnumerateArray().Select(id => id.GetInt32()).ToArray(),
            clean.Tokens[0]);
        var searches = json.RootElement.GetProperty("searches").EnumerateArray().ToArray();
        Assert.HasCount(4, searches);
        foreach (var search in searches)
        {
            var config = new NodePruningConfig
            {
                MinFaithfulness = 1 - search.GetProperty("threshold").GetDouble() / 100,
                OneIteration = search.GetProperty("one_iter").GetBoolean(),
                Ablation = new AblationConfig
                {
                    MlpMeans = search.GetProperty("mlp_means").GetString() == "full"
                    ? MlpMeans.Full : MlpMeans.Circuit
                },
            };
            var result = NodePruning.Run(model, clean, corrupted, config);
            SearchFixture.AssertSame(SearchFixture.Trace(search), result.Trace, Float32Tolerance);
            Assert.AreEqual(search.GetProperty("full_logit_diff").GetDouble(), result.Full.Mean.Mean, 1e-4);
            Assert.AreEqual(search.GetProperty("score").GetDouble(), 100 * result.Faithfulness, Float32Tolerance);
            CollectionAssert.AreEqual(
                search.GetProperty("circuit")
                    .GetProperty("heads").EnumerateArray().Select(head => new NodeId(head[0].GetInt32(), head[1].GetInt32())).ToArray(),
                result.Circuit.Heads.ToArray());
        }
    }

    internal static Gpt2Tokenizer DemoTokenizer()
    {
        using var vocab = DemoModel.Open("vocab.json");
        using var merges = DemoModel.Open("merges.txt");
        return Gpt2Tokenizer.Create(vocab, merges, "demo");
    }

    private static PromptSet Set(SafetensorsFile file, string name, ModelConfig config)
    {
        var (tokens, correct, incorrect) = (file.ReadIntegers(name), file.ReadIntegers("correct_ids"), file.ReadIntegers("incorrect_ids"));
        var length = tokens.Length / correct.Length;
        var rows = correct.Select((id, i) => new PromptRow
        {
            Tokens = [.. tokens.Skip(i * length).Take(length).Select(token => (int)token)],
            Corr = new PromptAnswer((int)id),
            Incorr = new PromptAnswer((int)incorrect[i]),
        });
        return PromptSet.Create([.. rows], null, config, null, name);
    }
}
