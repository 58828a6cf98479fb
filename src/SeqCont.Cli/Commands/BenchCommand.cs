using System.CommandLine;
using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont bench: how many candidates this machine scores in a second, beside the way the study's scripts do it.</summary>
internal static class BenchCommand
{
    /// <summary>The model that needs no files: GPT-2 small's shape, random weights made in memory.</summary>
    private const string RandomModel = "random";

    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "bench", "Measures ablation throughput: a replayed node search, the naive engine and the machine's peak in one run");
        var quick = OptionFactory.Flag("--quick", "Estimate from a sample of the candidates, in less than half a minute");
        var replay = OptionFactory.Text(
            "--replay", "TRACE", "trace.jsonl whose verdicts are replayed (default: the published numerals search's, or the model's own)");
        var earlyStop = OptionFactory.Probability("--early-stop", "ALPHA",
            "Decide clear candidates on part of the prompts, as in prune nodes (default: every candidate on all prompts)");
        var count = OptionFactory.Count("--prompts", "Prompts to make up for --model random (default: 96)");
        command.Add(quick);
        command.Add(replay);
        command.Add(earlyStop);
        command.Add(count);
        var model = new ModelOptions(new Option<string>("--model")
        {
            Description = "random (GPT-2 small's shape, random weights made in memory), or a model as --model of other commands takes it",
            HelpName = "NAME|DIR",
            DefaultValueFactory = _ => RandomModel,
        }).AddTo(command);
        var prompts = new PromptOptions().AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => new Request(
            parsed.GetValue(quick), parsed.GetValue(replay), parsed.GetValue(earlyStop), parsed.GetValue(count), prompts.Read(parsed),
            new RunChoice(context, model.Read(parsed), null, false, output.Read(parsed))).Run());
        return command;
    }

    private sealed record Request(
        bool Quick, string? Replay, double? EarlyStop, int? Count, PromptChoice Prompts, RunChoice Choice)
    {
        public int Run()
        {
            if (Quick && EarlyStop is not null) throw new UsageException("--early-stop is timed over the whole search: leave --quick out.");
            if (Choice.Model.Precision != "fp32") throw new UsageException("bench measures the fp32 engine: leave --precision out.");
            var isRandom = Choice.Model.Model == RandomModel;
            if (Count is not null && (!isRandom || Prompts.Clean is not null))
                throw new UsageException("--prompts makes prompts up for --model random; other prompts have their own number.");
            return RunSession.RunWithoutFolder(Choice, session =>
            {
                var result = isRandom ? OnRandomModel(session) : OnModel(session);
                return session.Print(json => json.WriteFields(BenchFile.Of(result)), () => Table(result), saysWhere: false);
            });
        }

        private ThroughputBenchResult OnRandomModel(RunSession session)
        {
            using var ops = Backend.Open(Choice.Model);
            session.Console.Notice($"model: GPT-2 small's shape, random weights; {ops.Name}");
            PromptSet? Read(
                string? path) => path is null
                    ? null : PromptSet.Create(PromptFile.Read(path), null, ModelConfig.Small, null, path);
            return Measure(session, new ThroughputBenchConfig
            {
                Ops = ops,
                Clean = Read(Prompts.Clean),
                Corrupted = Read(Prompts.Corrupt),
                Prompts = Count ?? 96,
                Verdicts = Verdicts(),
                Quick = Quick,
                EarlyStop = EarlyStop,
                Memory = Choice.Model.Memory,
            });
        }

        private ThroughputBenchResult OnModel(RunSession session)
        {
            using var experiment = Experiment.Open(session, Choice.Model, Prompts);
            session.Console.Notice($"model {experiment.ModelName}; {experiment.Prompts.Description}");
            var isPublishedShape = (experiment.Config.NLayers, experiment.Config.NHeads) == (ModelConfig.Small.NLayers,
                ModelConfig.Small.NHeads);
            return Measure(session, new ThroughputBenchConfig
            {
                Ops = experiment.Ops,
                Weights = experiment.Weights,
                Clean = experiment.Prompts.Clean,
                Corrupted = experiment.Prompts.Corrupted,
                Verdicts = Verdicts() ?? (isPublishedShape ? null : Own(experiment)),
                Quick = Quick,
                EarlyStop = EarlyStop,
                Memory = Choice.Model.Memory,
            });
        }

        private ThroughputBenchResult Measure(RunSession session, ThroughputBenchConfig config) =>
            session.Show("counting the work", show =>
                ThroughputBench.Run(config, new SynchronousProgress<BenchProgress>(
                    step => show(new Step(step.Stage, $"{step.Done} of {step.Total}", $"{step.Done} of {step.Total}",
                        step.Total - step.Done))), session.CancellationToken));

        private ReplayedDecision[]? Verdicts() =>
            Replay is null ? null : [.. Journal<NodeDecision>.Read(Replay, DecisionRows.Nodes)
                .Select(decision => new ReplayedDecision(decision.Node, decision.Removed))];

        /// <summary>A model of another shape than the published one's replays what it decides itself.</summary>
        private ReplayedDecision[] Own(Experiment experiment)
        {
            var search = NodePruning.Run(experiment.Model, experiment.Prompts.Clean, experiment.Prompts.Corrupted,
                new NodePruningConfig { Memory = Choice.Model.Memory }, null, Choice.Context.CancellationToken);
            return [.. search.Trace.Select(decision => new ReplayedDecision(decision.Node, decision.Removed))];
        }

        private static IEnumerable<Markup> Table(ThroughputBenchResult result)
        {
            static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
            static string Share(double? value) => value is { } share ? $" ({Number(100 * share, "0.0")} % of peak)" : "";
            (string, string)[] rows =
            [
                ("prompts", $"{result.Prompts} ({result.PromptSource}), {result.Rows} rows; naive {result.NaiveRows} positions"),
                ("search",
                    $"{result.Candidates} candidates in {Number(result.Seconds, "0.0")} s"
                        + $"{(result.IsEstimate ? $", estimated from {result.CandidatesTimed} of them" : "")}"),
                ("candidates a second",
                    $"{Number(result.CandidatesPerSecond, "0.00")}; naive {Number(result.NaiveCandidatesPerSecond, "0.000")} ("
                        + $"{result.NaiveCandidatesTimed} timed on {result.NaivePromptsTimed} prompts)"),
                ("ratio to naive", Number(result.RatioToNaive, "0.0")),
                ("work", $"{Number(result.ExecutedTflop, "0.0")} TFLOP; naive {Number(result.NaiveTflop, "0.0")}"),
                ("speed",
                    $"{Number(result.GflopsPerSecond, "0.0")} GFLOP/s{Share(result.FractionOfPeak)}; naive "
                        + $"{Number(result.NaiveGflopsPerSecond, "0.0")}{Share(result.NaiveFractionOfPeak)}"),
                ("peak", result.PeakGflopsPerSecond is { } peak
                    ? $"{Number(peak, "0.0")} GFLOP/s, measured before, between and after" : "not measured on this device"),
                ("processors", $"{result.Threads} threads, {Number(100 * result.Utilisation, "0.0")} % busy"),
            ];
            return rows.Select(row => new Markup(Markup.Escape($"{row.Item1,-20} {row.Item2}")));
        }
    }
}
