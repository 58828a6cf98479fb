using System.Diagnostics;
using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Model;

namespace SeqCont.Bench;

/// <summary>
/// <c>edges [PROMPTS]</c>: scores every edge of a four-layer cut of GPT-2 small (random weights), tells early on how long
/// it will take and then how long it took, and from its speed estimates the whole model, whose work a dry run counts.
/// </summary>
internal static class EdgesCommand
{
    private const int Layers = 4;
    private const double EarlyShare = 0.1;

    public static int Run(string[] options)
    {
        var prompts = options.Length > 0 ? int.Parse(options[0], CultureInfo.InvariantCulture) : 24;
        var small = ModelConfig.Small;
        var (clean, corrupted) = (Prompts(small, prompts, 1), Prompts(small, prompts, 2));
        var (cutEdges, cutFlops) = Count(small with { NLayers = Layers }, clean, corrupted);
        var (edges, flops) = Count(small, clean, corrupted);
        using var ops = new CpuOps();
        using var weights = RandomWeights.Create(small with { NLayers = Layers }, seed: 1);
        using var model = new Gpt2Model(ops, weights);
        var scored = Preferred(model, clean);
        var (start, early, earlyAt) = (Stopwatch.GetTimestamp(), double.NaN, double.NaN);
        EdgePruning.Run(model, scored, corrupted, Search(model.Config), progress: new SynchronousProgress<EdgeProgress>(step =>
        {
            if (step.WorkDone < EarlyShare || !double.IsNaN(early)) return;
            earlyAt = Stopwatch.GetElapsedTime(start).TotalSeconds;
            early = earlyAt / step.WorkDone;
        }));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ops.Name}, {prompts} prompts of 23 tokens"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"cut: {cutEdges} edges, {cutFlops / 1e12:0.00} TFLOP counted; foretold after {earlyAt:0.0} s: {early:0.0} s; took "
                + $"{seconds:0.0} s, {cutFlops / seconds / 1e9:0.0} GFLOP/s"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"GPT-2 small: {edges} edges, {flops / 1e12:0.0} TFLOP counted, {flops / cutFlops * seconds / 60:0.0} min at that speed"));
        return 0;
    }

    private static EdgePruningConfig Search(ModelConfig config) =>
        new() { Circuit = Circuit.Full(config), InputSends = true, Patch = AblationKind.Mean, Memory = 1L << 40 };

    private static (int Edges, double Flops) Count(ModelConfig config, PromptSet clean, PromptSet corrupted)
    {
        var meter = new WorkMeter();
        using var ops = new MeteredOps(new DryOps(), meter);
        using var weights = RandomWeights.Create(config, seed: 1);
        using var model = new Gpt2Model(ops, weights);
        return (EdgePruning.Run(model, clean, corrupted, Search(config)).Trace.Count, meter.Flops);
    }

    /// <summary>Answers swapped where the random model prefers the wrong one.</summary>
    private static PromptSet Preferred(Gpt2Model model, PromptSet clean)
    {
        var top = CircuitAblation.Score(model, Positive(model, clean), clean, Circuit.Full(model.Config),
            new AblationConfig { Kind = AblationKind.Zero }).Full.TopPredictions;
        return clean.WithAnswers([.. top.Select(token => new AnswerSets([token], [(token + 1) % model.Config.DVocab]))]);
    }

    /// <summary>A first guess that passes the check for a positive mean: one order of the two answers does.</summary>
    private static PromptSet Positive(Gpt2Model model, PromptSet clean)
    {
        try
        {
            CircuitAblation.Score(model, clean, clean, Circuit.Full(model.Config), new AblationConfig { Kind = AblationKind.Zero });
            return clean;
        }
        catch (InvalidDataException)
        {
            return clean.WithAnswers([.. clean.Answers.Select(sets => new AnswerSets(sets.Incorrect, sets.Correct))]);
        }
    }

    /// <summary>"name done in number." four times, and "name done in", as token ids.</summary>
    private static PromptSet Prompts(ModelConfig config, int count, int seed)
    {
        var (random, names) = (new Random(seed), new Random(0));
        PromptRow Row()
        {
            var tokens = new List<int>();
            for (var member = 0; member < 4; member++) tokens.AddRange([100 + names.Next(56), 40, 41, 20 + random.Next(12), 42]);
            tokens.AddRange([100 + names.Next(56), 40, 41]);
            return new PromptRow { Tokens = tokens, Corr = new PromptAnswer(21), Incorr = new PromptAnswer(20) };
        }

        return PromptSet.Create([.. Enumerable.Range(0, count).Select(_ => Row())], null, config, null, "made up");
    }
}
