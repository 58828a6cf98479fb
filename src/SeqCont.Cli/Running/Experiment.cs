using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Model;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Running;

/// <summary>A model on a device with its prompts: what every search, ablation and analysis starts from.</summary>
internal sealed class Experiment : IDisposable
{
    private readonly RunSession _session;
    private readonly long _seed;
    private readonly WorkMeter? _meter;

    /// <summary>Opens a model with prompts of the command's own making.</summary>
    public Experiment(RunSession session, long seed, Func<ModelSource, PromptSource> openPrompts, bool profile = false)
    {
        (_session, _seed, _meter, Source) = (session, seed, profile ? new WorkMeter() : null, session.OpenSource());
        try
        {
            Prompts = session.Phases.Measure("prompts", () => openPrompts(Source));
            session.CancellationToken.ThrowIfCancellationRequested();
            var ops = Ops = Backend.Open(session.Choice.Model);
            Model = session.Phases.Measure("weights", () =>
                new Gpt2Model(_meter is null ? ops : new MeteredOps(ops, _meter, isTimed: true), Source.Weights));
            session.CancellationToken.ThrowIfCancellationRequested();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Experiment(RunSession session, PromptChoice prompts, bool profile = false)
        : this(session, prompts.Seed, source => PromptSource.Open(prompts, source), profile)
    {
    }

    public ModelSource Source { get; }

    public PromptSource Prompts { get; }

    public PromptSet Clean => Prompts.Clean;

    public PromptSet Corrupted => Prompts.Corrupted;

    public Gpt2Model Model { get; }

    public ModelConfig Config => Source.Config;

    public string ModelName => Source.Name;

    public IOps Ops { get; }

    public long? Memory => _session.Choice.Memory;

    /// <summary>Says what is about to run, and what memory it will need.</summary>
    /// <exception cref="ArgumentException">It does not fit into the memory that is allowed.</exception>
    public void Announce(AblationConfig ablation) =>
        Announce(MemoryPlan.For(Config, Ops, Clean, Corrupted, ablation, Memory).PredictedBytes);

    /// <summary>Says what is about to run, and what memory it will need.</summary>
    public void Announce(long predictedBytes, string prompts = "")
    {
        _session.Console.Notice($"model {ModelName}: {Config.NLayers} layers of {Config.NHeads} heads; {Prompts.Description}{prompts}");
        _session.AnnounceBackend(Ops, predictedBytes);
    }

    /// <exception cref="UsageException">The model has not as many tokens.</exception>
    public void RequireTopK(int topK)
    {
        if (topK > Config.DVocab)
            throw new UsageException($"--top-k: expected at most {Config.DVocab}, the model's vocabulary, got {topK}.");
    }

    /// <summary>All that a search's decisions depend on, to the bit.</summary>
    /// <param name="method">The search's own.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Settings(IReadOnlyList<KeyValuePair<string, string>> method) =>
    [
        new("version", ProgramVersion.Version),
        new("modelSha256", Source.Weights.Sha256),
        // The same weights under another config.json are another model.
        new("nLayers", $"{Config.NLayers}"),
        new("nHeads", $"{Config.NHeads}"),
        .. Config.Variant().Select(part => KeyValuePair.Create(part.What, part.How)),
        .. Source.Weights.Checkpoint.Unembedding is { } matrix ? (KeyValuePair<string, string>[])[new("unembedding", matrix)] : [],
        new("cleanTokensSha256", Clean.Sha256),
        new("corruptedTokensSha256", Corrupted.Sha256),
        .. method,
        new("precision", _session.Choice.Model.Precision),
        new("arithmetic", Backend.Arithmetic(Ops)),
    ];

    /// <summary>What the run's files say whatever the run was.</summary>
    public RunHeader Header(long predictedBytes) => _session.Header(Source, Ops, _seed, predictedBytes) with
    {
        Task = Prompts.Task,
        Clean = Prompts.CleanFacts,
        Corrupted = Prompts.CorruptedFacts,
        Bos = Prompts.Bos,
        Profile = _meter is null ? null : new((Ops as CpuOps)?.MeasurePeak(), [.. _meter.ByStage.Select(work => new StageCost(
            work.Layer < 0 ? null : work.Layer, JsonNamingPolicy.CamelCase.ConvertName(work.Stage.ToString()), work.Flops,
            work.Seconds))]),
    };

    /// <summary>
    /// Ends a run that scores a circuit: circuit.json, per-prompt.jsonl, what else it writes, and run.json last: where that stands, the
    /// run is whole.
    /// </summary>
    public int Finish(
        RunRecord run, Func<IEnumerable<string>> lines, Func<Json> more, Action<RunFolder>? write = null,
        Func<IEnumerable<Markup>>? grid = null) => _session.Finish(
        folder =>
        {
            JsonFile.Write(folder.Place(RunFolder.CircuitName), CircuitFile.Of(run.Circuit, run.Score, ModelName));
            JsonFile.WriteRows(folder.Place(RunFolder.PerPromptName), AnswerFiles.PerPrompt(run.Full, run.Final, Source.TokenText));
            write?.Invoke(folder);
            JsonFile.Write(folder.Place(RunFolder.RunName), RunFile.Of(run));
        },
        () => [.. RunFile.Of(run), .. more()], lines, grid);

    public void Dispose()
    {
        Model?.Dispose();
        Ops?.Dispose();
        Source.Dispose();
    }
}
