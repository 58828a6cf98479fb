using System.Diagnostics;
using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>A model on a device with its prompts: what every search and ablation starts from.</summary>
internal sealed class Experiment : IDisposable
{
    private readonly ModelChoice _choice;
    private readonly PromptChoice _promptChoice;
    private readonly ModelSource _source;
    private readonly IOps _ops;
    private readonly WorkMeter? _meter;

    private Experiment(ModelChoice choice, PromptChoice promptChoice, ModelSource source, Gpt2Tokenizer? tokenizer, PromptSource prompts, IOps ops, WorkMeter? meter, Gpt2Model model)
    {
        (_choice, _promptChoice, _source, _ops, _meter) = (choice, promptChoice, source, ops, meter);
        (Tokenizer, Prompts, Model) = (tokenizer, prompts, model);
    }

    public Gpt2Tokenizer? Tokenizer { get; }

    public PromptSource Prompts { get; }

    public Gpt2Model Model { get; }

    public ModelConfig Config => _source.Weights.Config;

    public string ModelName => _source.Name;

    public IOps Ops => _ops;

    public Gpt2Weights Weights => _source.Weights;

    public long? Memory => _choice.Memory;

    public static Experiment Open(ModelChoice choice, PromptChoice promptChoice, Phases phases, CancellationToken cancellationToken, bool profile = false) =>
        Open(choice, promptChoice, (source, tokenizer) => PromptSource.Open(promptChoice, source, tokenizer), phases, cancellationToken, profile);

    /// <summary>Opens a model with prompts of the command's own making.</summary>
    public static Experiment Open(ModelChoice choice, PromptChoice promptChoice, Func<ModelSource, Gpt2Tokenizer?, PromptSource> openPrompts, Phases phases, CancellationToken cancellationToken, bool profile = false)
    {
        var meter = profile ? new WorkMeter() : null;
        var source = phases.Measure("open", () => ModelSource.Open(choice.Model));
        IOps? ops = null;
        try
        {
            var (tokenizer, prompts) = phases.Measure("prompts", () =>
            {
                var opened = source.OpenTokenizer();
                return (opened, openPrompts(source, opened));
            });
            cancellationToken.ThrowIfCancellationRequested();
            ops = Backend.Open(choice);
            var model = phases.Measure("weights", () => new Gpt2Model(meter is null ? ops : new MeteredOps(ops, meter, isTimed: true), source.Weights));
            cancellationToken.ThrowIfCancellationRequested();
            return new Experiment(choice, promptChoice, source, tokenizer, prompts, ops, meter, model);
        }
        catch
        {
            ops?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>Says what is about to run, and what memory it will need.</summary>
    /// <exception cref="ArgumentException">It does not fit into the memory that is allowed.</exception>
    public void Announce(ConsoleOutput console, AblationConfig ablation) => Announce(console, Plan(ablation)?.PredictedBytes);

    /// <summary>Says what is about to run, and what memory it will need where that is known.</summary>
    public void Announce(ConsoleOutput console, long? predictedBytes)
    {
        console.Notice($"model {ModelName}: {Config.NLayers} layers of {Config.NHeads} heads; {Prompts.Description}");
        var memory = predictedBytes is { } bytes ? $"; predicted peak memory {ByteSize.Format(bytes)}" : "";
        console.Notice($"{Backend.DescribeChoice(_ops, _choice)}{memory}");
    }

    /// <summary>All that a node search's decisions depend on, to the bit.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings(NodePruningConfig config) => Settings(
        new("ablation", RunFile.Name(config.Ablation.Kind)),
        new("mlpMeans", config.Ablation.MlpMeans.ToString().ToLowerInvariant()),
        new("minFaithfulness", Number(config.MinFaithfulness)),
        new("oneIter", config.OneIteration.ToString().ToLowerInvariant()),
        new("start", config.Start?.ToString() ?? "everything"),
        new("earlyStop", config.EarlyStop is { } alpha ? $"{Number(alpha)}, seed {config.Seed}" : "off"));

    /// <summary>All that an edge search's decisions depend on, to the bit.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings(EdgePruningConfig config) => Settings(
        new("circuit", config.Circuit.ToString()),
        new("inputSends", config.InputSends.ToString().ToLowerInvariant()),
        new("ablation", RunFile.Name(config.Ablation.Kind)),
        new("mlpMeans", config.Ablation.MlpMeans.ToString().ToLowerInvariant()),
        new("patch", RunFile.Name(config.Patch)),
        new("paths", RunFile.Name(config.Paths)),
        new("rule", config.MinDrop is { } drop ? $"minDrop {Number(drop)}" : $"threshold {Number(config.Threshold)}"));

    /// <summary>What the run's files begin with.</summary>
    public RunOrigin Origin(CommandContext context, Phases phases) => Running.Origin.Of(context, phases, _source);

    /// <summary>Begins run.json with everything that does not depend on the method.</summary>
    public RunRecord Describe(CommandContext context, Phases phases, AblationConfig ablation, CircuitAnswers full, CircuitAnswers final, Circuit circuit, double score, int candidates, long predictedBytes)
    {
        using var process = Process.GetCurrentProcess();
        return new RunRecord
        {
            Origin = Origin(context, phases),
            Task = Prompts.Task,
            Clean = Prompts.CleanFacts,
            Corrupted = Prompts.CorruptedFacts,
            Bos = Prompts.Bos,
            Ablation = ablation,
            Device = Backend.DeviceOf(_ops),
            Backend = _ops.Name,
            Precision = _choice.Precision,
            Seed = _promptChoice.Seed,
            Full = full,
            Final = final,
            Circuit = circuit,
            Score = score,
            Candidates = candidates,
            Seconds = phases.Seconds(),
            Profile = _meter is null ? null : Profile(_meter),
            PredictedPeakBytes = predictedBytes,
            PeakBytes = process.PeakWorkingSet64,
        };
    }

    /// <summary>run.json of an analysis that ablates nothing.</summary>
    public AnalysisRecord Describe(CommandContext context, Phases phases, string analysis, bool asPublished, int topK, long predictedBytes)
    {
        using var process = Process.GetCurrentProcess();
        return new AnalysisRecord
        {
            Origin = Origin(context, phases),
            Task = Prompts.Task,
            Prompts = Prompts.CleanFacts,
            Bos = Prompts.Bos,
            Analysis = analysis,
            AsPublished = asPublished,
            TopK = topK,
            Device = Backend.DeviceOf(_ops),
            Backend = _ops.Name,
            Precision = _choice.Precision,
            Seed = _promptChoice.Seed,
            Seconds = phases.Seconds(),
            PredictedPeakBytes = predictedBytes,
            PeakBytes = process.PeakWorkingSet64,
        };
    }

    /// <summary>A token's text; null where the model has no tokenizer.</summary>
    public Func<int, string>? TokenText =>
        Tokenizer is { } tokenizer ? id => id < tokenizer.VocabularySize ? tokenizer.TokenText(id) : $"#{id}" : null;

    public void Dispose()
    {
        Model.Dispose();
        _ops.Dispose();
        _source.Dispose();
    }

    private KeyValuePair<string, string>[] Settings(params KeyValuePair<string, string>[] method) =>
    [
        new("version", ProgramVersion.Version),
        new("modelSha256", _source.Weights.Sha256),
        new("cleanTokensSha256", Prompts.Clean.Sha256),
        new("corruptedTokensSha256", Prompts.Corrupted.Sha256),
        .. method,
        new("precision", _choice.Precision),
        new("arithmetic", Backend.Arithmetic(_ops)),
    ];

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private WorkProfile Profile(WorkMeter meter) =>
        new((_ops as CpuOps)?.MeasurePeak(), [.. meter.ByStage.Select(work => new StageCost(
            work.Layer < 0 ? null : work.Layer, char.ToLowerInvariant(work.Stage.ToString()[0]) + work.Stage.ToString()[1..], work.Flops, work.Seconds))]);

    private MemoryPlan? Plan(AblationConfig ablation)
    {
        var isPaired = ablation.Kind == AblationKind.Resample;
        // Unpaired sets are the scorer's to refuse, by name.
        if (isPaired && Prompts.Clean.Count != Prompts.Corrupted.Count) return null;
        var clean = RowForest.Build(Prompts.Clean.Tokens, isPaired ? Prompts.Corrupted.Tokens : null);
        var corrupted = ablation.Kind == AblationKind.Zero ? null : RowForest.Build(Prompts.Corrupted.Tokens);
        return MemoryPlan.For(Config, _ops, [clean], corrupted, ablation, Memory);
    }
}
