using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont attention: mean attention patterns, as pictures and data.</summary>
internal sealed class AttentionCommand(OptionTable options)
{
    // The study's figures are over the first 128 prompts of each template.
    private const int DefaultSamples = 128;

    private readonly string? _heads = options.Text("--heads", "HEADS",
        "Heads, such as 9.1,4.4, or all (default: the study's four on GPT-2 small, else up to four that play its roles best)");

    private readonly string? _circuit = options.Text("--circuit", "FILE", "circuit.json: all its heads");
    private readonly bool _perPrompt = options.Flag("--per-prompt",
        "Write every prompt's patterns too, attention-per-prompt.safetensors; takes memory for all of them (default: off)");

    private readonly PromptChoice _prompts = PromptOptions.Read(options, cleanOnly: true, bos: false, samples: $"{DefaultSamples}");
    private readonly bool? _bos = BosOptions.Read(options);
    private readonly RunChoice _run = RunChoice.Read(options, "DIR",
        "Folder for attention.json, attention.safetensors and a picture of each head, attention-9.1.svg; may be a run's folder (default: "
            + "no files)");

    public int Run()
    {
        if (_heads is not null && _circuit is not null) throw new UsageException("--circuit: expected --heads or --circuit, got both.");
        if (_perPrompt && _run.Out is null) throw new UsageException("--per-prompt: expected --out DIR to write to.");
        NodeId[]? named = _heads is null or "all" ? null
            : [.. NodeList.Parse("--heads", _heads, "heads such as 9.1 or a9.h1", ", or all", head => !head.IsMlp)
                .Distinct().OrderBy(head => head.Layer).ThenBy(head => head.Index)];
        return RunSession.Run(_run, session => Run(session, named), AttentionFile.Patterns);
    }

    private int Run(RunSession session, NodeId[]? named)
    {
        IReadOnlyList<NodeId>? asked = null;
        IReadOnlyList<PromptRow> rows = [];
        using var experiment = new Experiment(session, _prompts.Seed, source =>
        {
            asked = HeadsOf(named, source.Config);
            var read = PromptSource.Rows(_prompts with { NumSamps = _prompts.NumSamps ?? DefaultSamples }, source);
            rows = read.Clean;
            return PromptSource.Alone(source.Set(rows, read.CleanSource, BosOptions.TokenOf(_bos, source)), rows, read.CleanFiles,
                TaskSource.NameOf(_prompts.Task));
        });
        var (config, prompts) = (experiment.Config, experiment.Clean);
        int[] layers = [.. asked?.Select(head => head.Layer).Distinct().Order() ?? Enumerable.Range(0, config.NLayers)];
        var bytes = AttentionMeans.PredictBytes(config, experiment.Ops, prompts, layers.Length, _perPrompt);
        experiment.Announce(bytes, prompts.Bos is null ? ", without BOS" : ", with BOS");
        var means = session.Phases.Measure("patterns", () =>
            AttentionMeans.Measure(experiment.Model, prompts, layers, _perPrompt, _run.Memory, session.CancellationToken));
        var members = MemberPositions.Find(rows, prompts, experiment.Source.Tokenizer);
        if (asked is null && members.Count < 2)
            throw new InvalidDataException(
                $"{prompts.Source}: heads cannot be chosen, as the prompts do not show members (fields S1, S2, ...) at the same "
                    + "places; give --heads or --circuit.");
        var shown = asked ?? AttentionRoles.Choose(means, config.NHeads, members);
        var record = new AttentionRecord(
            Header: experiment.Header(bytes) with { Corrupted = null },
            Tokens: [.. prompts.Tokens.MaxBy(tokens => tokens.Length)!.Select(experiment.Source.TokenText ?? (id => $"#{id}"))],
            Result: new AttentionResult(
                [.. shown.Select(head => AttentionRoles.Describe(means, head, config, members))], means.PromptsAt, members));
        return session.Finish(
            folder => Write(folder, record, means, config.NHeads), () => AttentionFile.Of(record),
            () => AttentionSummary.Of(record, _heads is null && _circuit is null));
    }

    /// <summary>The heads asked for; null where they are to be chosen.</summary>
    private IReadOnlyList<NodeId>? HeadsOf(NodeId[]? named, ModelConfig config)
    {
        foreach (var head in named ?? []) NodeList.Require("--heads", head, "head", config, _run.Model.Model);
        if (named is not null) return named;
        if (_heads == "all") return [.. Circuit.Full(config).Heads];
        if (_circuit is null) return AttentionRoles.StudysHeads(config);
        NodeId[] kept = [.. CircuitFile.Read(_circuit, config).Heads];
        return kept.Length > 0 ? kept : throw new InvalidDataException($"{_circuit}: the circuit has no head to show.");
    }

    private void Write(RunFolder folder, AttentionRecord record, AttentionMeans means, int nHeads)
    {
        // A folder's place on this machine is nobody else's business: its own name is enough.
        var model = Path.GetFileName(Path.TrimEndingDirectorySeparator(record.Header.Origin.Model.Name));
        var caption = $"mean over {record.Header.Clean!.Count}{(record.Header.Task is { } task ? $" {task}" : "")} prompts, {model}";
        foreach (var head in record.Result.Heads)
            PictureFile.Write(folder.Place(AttentionFile.PictureName(head.Head)), AttentionPictures.Head(head, record.Tokens, caption));
        AttentionTensors.WriteMeans(folder.Place(AttentionFile.TensorsName), means, nHeads);
        if (_perPrompt) AttentionTensors.WritePerPrompt(folder.Place(AttentionFile.PerPromptName), means, nHeads);
        JsonFile.Write(folder.Place(AttentionFile.Name), AttentionFile.Of(record));
    }
}
