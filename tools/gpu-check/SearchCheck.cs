using SeqCont.Circuits;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Gpu;
using SeqCont.Model;

namespace SeqCont.GpuCheck;

/// <summary>Whole searches on the GPU and on the CPU: the same decisions, nearly the same scores.</summary>
internal static class SearchCheck
{
    // In percent points of the full model's metric: two float32 codes over a search.
    private const double OnDemo = 0.01, OnRandomWeights = 0.05;

    public static bool Run(GpuOps gpu, Report report, CheckOptions options)
    {
        report.Table("Searches against the CPU", "search", "candidates", "largest difference of scores, points", "allowed", "");
        using var demo = DemoModel.LoadWeights();
        var words = TaskWords.Read(DemoModel.Open("words.json"), "words.json");
        using var vocab = DemoModel.Open("vocab.json");
        using var merges = DemoModel.Open("merges.txt");
        var tokenizer = Gpt2Tokenizer.Create(vocab, merges, "demo");
        var isGood = true;
        foreach (var task in options.IsQuick ? ["numerals"] : new[] { "numerals", "numwords", "months" })
        {
            var prompts = new TaskGenerator(words, tokenizer).Generate(task, 64, 0);
            PromptSet Set(IReadOnlyList<PromptRow> rows) =>
                PromptSet.Create(rows, tokenizer, demo.Config, null, task);
            isGood &= Compare(gpu, report, $"demo, {task}", demo, Set(prompts.Clean), Set(prompts.Corrupt), new NodePruningConfig(),
                OnDemo);
        }

        if (options.IsQuick) return isGood;
        using var random = RandomWeights.Create(ModelConfig.Small, seed: 1);
        var (clean, corrupted) = options.Prompts(24) ?? BenchPrompts.Create(ModelConfig.Small, 24);
        using (var model = new Gpt2Model(gpu, random)) clean = ThroughputBench.WithPreferredAnswers(model, clean);
        return isGood & Compare(gpu, report, "GPT-2 small's shape, random weights, published verdicts", random, clean, corrupted,
            new NodePruningConfig { Replay = PublishedDecisions.Numerals(random.Config) }, OnRandomWeights);
    }

    private static bool Compare(
        GpuOps gpu, Report report, string name, Gpt2Weights weights, PromptSet clean, PromptSet corrupted, NodePruningConfig config,
        double allowed)
    {
        NodePruningResult Search(IOps ops)
        {
            using var model = new Gpt2Model(ops, weights);
            return NodePruning.Run(model, clean, corrupted, config);
        }

        using var cpu = new CpuOps();
        var (expected, actual) = (Search(cpu).Trace, Search(gpu).Trace);
        var isSame = expected.Select(decision => (decision.Node, decision.Removed))
            .SequenceEqual(actual.Select(decision => (decision.Node, decision.Removed)));
        var largest = isSame ? expected.Zip(actual, (x, y) => Math.Abs(x.Score - y.Score)).Max() : double.PositiveInfinity;
        report.Row(name, $"{expected.Count}", Report.Number(largest, "0.0e+0"),
            Report.Number(allowed, "0.00"), isSame && largest <= allowed ? "ok" : isSame ? "**FAILED**" : "**OTHER DECISIONS**");
        return isSame && largest <= allowed;
    }
}
