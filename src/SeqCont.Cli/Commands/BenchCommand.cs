using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont bench: how many candidates this machine scores in a second, beside the way the study's scripts do it.</summary>
internal sealed class BenchCommand(OptionTable options)
{
    /// <summary>The model that needs no files: GPT-2 small's shape, random weights made in memory.</summary>
    private const string RandomModel = "random";

    private readonly bool _quick = options.Flag("--quick", "Estimate from a sample of the candidates, in less than half a minute");
    private readonly string? _replay = options.Text("--replay", "TRACE",
        "trace.jsonl whose verdicts are replayed (default: the published numerals search's, or the model's own)");

    private readonly double? _earlyStop = options.Real<double?>("--early-stop", "ALPHA", "a probability from 0.000001 to 0.25",
        "Decide clear candidates on part of the prompts, as in prune nodes (default: every candidate on all prompts)", 1e-6, 0.25);

    private readonly int? _count = options.Count("--prompts", "Prompts to make up for --model random (default: 96)");
    private readonly ModelChoice _model = ModelOptions.Read(options, ModelOptions.ReadName(options, RandomModel,
        "random (GPT-2 small's shape, random weights made in memory), or a model as --model of other commands takes it"));

    private readonly PromptChoice _prompts = PromptOptions.Read(options);
    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        if (_quick && _earlyStop is not null) throw new UsageException("--early-stop is timed over the whole search: leave --quick out.");
        if (_model.Precision != "fp32") throw new UsageException("bench measures the fp32 engine: leave --precision out.");
        var isRandom = _model.Model == RandomModel;
        if (isRandom && _model.Unembedding != UnembeddingChoice.Config)
            throw new UsageException("--unembedding chooses between two matrices of a model; --model random has one.");
        if (_count is not null && (!isRandom || _prompts.Clean is not null))
            throw new UsageException("--prompts makes prompts up for --model random; other prompts have their own number.");
        if (isRandom && _model.Tokenizer is not null)
            throw new UsageException("--tokenizer: --model random has no text; leave it out.");
        return RunSession.RunWithoutFolder(new RunChoice(_model, new FolderChoice(null, false), _output), session =>
        {
            var result = isRandom ? OnRandomModel(session) : OnModel(session);
            return session.Console.Print(() => BenchFile.Of(result), () => Table(result));
        });
    }

    private ThroughputBenchResult OnRandomModel(RunSession session)
    {
        using var ops = Backend.Open(_model);
        session.Console.Notice($"model: GPT-2 small's shape, random weights; {ops.Name}");
        static PromptSet? Read(string? path) => path is null
            ? null : PromptSet.Create(PromptFile.Read(path), null, ModelConfig.Small, null, path);
        return Measure(session, new ThroughputBenchConfig
        {
            Ops = ops,
            Clean = Read(_prompts.Clean),
            Corrupted = Read(_prompts.Corrupt),
            Prompts = _count ?? 96,
            Verdicts = Verdicts(),
        });
    }

    private ThroughputBenchResult OnModel(RunSession session)
    {
        using var experiment = new Experiment(session, _prompts);
        session.Console.Notice($"model {experiment.ModelName}; {experiment.Prompts.Description}");
        return Measure(session, new ThroughputBenchConfig
        {
            Ops = experiment.Ops,
            Weights = experiment.Source.Weights,
            Clean = experiment.Clean,
            Corrupted = experiment.Corrupted,
            // A model of another shape than the published one's replays what it decides itself.
            Verdicts = Verdicts() ?? ((NodeSpace)experiment.Config == ModelConfig.Small ? null : Replayed(NodePruning.Run(
                experiment.Model, experiment.Clean, experiment.Corrupted, new NodePruningConfig { Memory = _model.Memory }, null,
                session.CancellationToken).Trace)),
        });
    }

    private ThroughputBenchResult Measure(RunSession session, ThroughputBenchConfig config) => session.Measure(
        "bench", "counting the work", "candidates", (BenchProgress step) => new Step(
            step.Stage, $"{step.Done} of {step.Total}", $"{step.Done} of {step.Total}", step.Total - step.Done),
        progress => ThroughputBench.Run(
            config with { Quick = _quick, EarlyStop = _earlyStop, Memory = _model.Memory }, progress, session.CancellationToken));

    private ReplayedDecision[]? Verdicts() => _replay is null ? null : Replayed(Journal<NodeDecision>.Read(_replay, DecisionRows.Nodes));

    private static ReplayedDecision[] Replayed(IEnumerable<NodeDecision> decisions) =>
        [.. decisions.Select(decision => new ReplayedDecision(decision.Node, decision.Removed))];

    private static IEnumerable<string> Table(ThroughputBenchResult result)
    {
        static string Share(double? value) => value is { } share ? $" ({100 * share:0.0} % of peak)" : "";
        (string, string)[] rows =
        [
            ("prompts", $"{result.Prompts} ({result.PromptSource}), {result.Rows} rows; naive {result.NaiveRows} positions"),
            ("search", $"{result.Candidates} candidates in {result.Seconds:0.0} s"
                + (result.IsEstimate ? $", estimated from {result.CandidatesTimed} of them" : "")),
            ("candidates a second", $"{result.CandidatesPerSecond:0.00}; naive {result.NaiveCandidatesPerSecond:0.000} ("
                + $"{result.NaiveCandidatesTimed} timed on {result.NaivePromptsTimed} prompts)"),
            ("ratio to naive", $"{result.RatioToNaive:0.0}"),
            ("work", $"{result.ExecutedTflop:0.0} TFLOP; naive {result.NaiveTflop:0.0}"),
            ("speed", $"{result.GflopsPerSecond:0.0} GFLOP/s{Share(result.FractionOfPeak)}; naive {result.NaiveGflopsPerSecond:0.0}"
                + Share(result.NaiveFractionOfPeak)),
            ("peak", result.PeakGflopsPerSecond is { } peak
                ? $"{peak:0.0} GFLOP/s, measured before, between and after" : "not measured on this device"),
            ("processors", $"{result.Threads} threads, {100 * result.Utilisation:0.0} % busy"),
        ];
        return rows.Select(row => $"{row.Item1,-20} {row.Item2}");
    }
}
