using SeqCont.Circuits;
using SeqCont.Cli.Options;
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

    private Experiment(
        ModelChoice choice, PromptChoice promptChoice, ModelSource source, Gpt2Tokenizer? tokenizer, PromptSource prompts, IOps ops,
        WorkMeter? meter, Gpt2Model model)
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

    public static Experiment Open(RunSession session, ModelChoice choice, PromptChoice promptChoice, bool profile = false) =>
        Open(session, choice, promptChoice, (source, tokenizer) => PromptSource.Open(promptChoice, source, tokenizer), profile);

    /// <summary>Opens a model with prompts of the command's own making.</summary>
    public static Experiment Open(
        RunSession session, ModelChoice choice, PromptChoice promptChoice, Func<ModelSource, Gpt2Tokenizer?, PromptSource> openPrompts,
        bool profile = false)
    {
        var meter = profile ? new WorkMeter() : null;
        var source = session.OpenSource();
        IOps? ops = null;
        try
        {
            var (tokenizer, prompts) = session.Phases.Measure("prompts", () =>
            {
                var opened = source.OpenTokenizer();
                return (opened, openPrompts(source, opened));
            });
            session.CancellationToken.ThrowIfCancellationRequested();
            ops = Backend.Open(choice);
            var model = session.Phases.Measure("weights", () =>
                new Gpt2Model(meter is null ? ops : new MeteredOps(ops, meter, isTimed: true), source.Weights));
            session.CancellationToken.ThrowIfCancellationRequested();
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
    public void Announce(RunSession session, AblationConfig ablation) => Announce(
        session, MemoryPlan.For(Config, _ops, Prompts.Clean, Prompts.Corrupted, ablation, Memory).PredictedBytes);

    /// <summary>Says what is about to run, and what memory it will need where that is known.</summary>
    public void Announce(RunSession session, long? predictedBytes)
    {
        session.Console.Notice($"model {ModelName}: {Config.NLayers} layers of {Config.NHeads} heads; {Prompts.Description}");
        session.AnnounceBackend(_ops, predictedBytes);
    }

    /// <summary>All that a search's decisions depend on, to the bit.</summary>
    /// <param name="method">The search's own.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Settings(IReadOnlyList<KeyValuePair<string, string>> method) =>
    [
        new("version", ProgramVersion.Version),
        new("modelSha256", _source.Weights.Sha256),
        new("cleanTokensSha256", Prompts.Clean.Sha256),
        new("corruptedTokensSha256", Prompts.Corrupted.Sha256),
        .. method,
        new("precision", _choice.Precision),
        new("arithmetic", Backend.Arithmetic(_ops)),
    ];

    /// <summary>What the run's files say whatever the run was.</summary>
    public RunHeader Header(RunSession session, long predictedBytes) =>
        session.Header(_source, _ops, _promptChoice.Seed, predictedBytes) with
        {
            Task = Prompts.Task,
            Clean = Prompts.CleanFacts,
            Corrupted = Prompts.CorruptedFacts,
            Bos = Prompts.Bos,
            Profile = _meter is null ? null : Profile(_meter),
        };

    /// <summary>A token's text; null where the model has no tokenizer.</summary>
    public Func<int, string>? TokenText => Tokenizer is { } tokenizer ? tokenizer.TextOrNumber : null;

    public void Dispose()
    {
        Model.Dispose();
        _ops.Dispose();
        _source.Dispose();
    }

    private WorkProfile Profile(WorkMeter meter) =>
        new((_ops as CpuOps)?.MeasurePeak(), [.. meter.ByStage.Select(work => new StageCost(
            work.Layer < 0 ? null : work.Layer, char.ToLowerInvariant(
                work.Stage.ToString()[0]) + work.Stage.ToString()[1..], work.Flops, work.Seconds))]);
}
