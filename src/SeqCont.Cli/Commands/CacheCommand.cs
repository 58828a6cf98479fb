using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont cache: activations for prompts, as a Python user's run_with_cache would give them.</summary>
internal sealed class CacheCommand(OptionTable options)
{
    private const string Extension = ".safetensors";

    private readonly string? _hooks = options.Text("--hooks", "NAMES",
        "Hooks, separated by commas, * for any characters: blocks.9.attn.hook_z, blocks.*.hook_resid_post, logits; * alone: what "
            + "run_with_cache keeps, all but attn.hook_result and logits (required)");

    private readonly string? _position = options.Text("--pos", "all|last|N",
        "Positions to save: all, each prompt's last, or one counted from 0 (negative: from the end); the position axis stays (default: "
            + "all)");

    private readonly bool _corrupted = options.Choice("--which", "Which prompts of the task", "clean", "corrupted") == "corrupted";
    private readonly string _dtype =
        options.Choice("--dtype", "Number format of the file", "f32", "f16", "bf16", "f64").ToUpperInvariant();

    private readonly bool _processed = options.Flag("--processed",
        "Weights as HookedTransformer.from_pretrained makes them: LayerNorm folded, writing weights and unembedding centred, value biases "
            + "folded (default: as they are, from_pretrained_no_processing)");

    private readonly PromptChoice _prompts = PromptOptions.Read(options, cleanOnly: true) with { Corrupt = null };
    private readonly RunChoice _run = RunChoice.Read(options, $"FILE{Extension}",
        "The file: the activations, tokens, lengths, correct_ids and incorrect_ids; prompts of different lengths are padded on the right "
            + "with 0 (required)");

    public int Run()
    {
        if (_hooks is null) throw new UsageException("cache: expected --hooks NAMES, such as blocks.*.attn.hook_z or *.");
        var position = Position();
        var path = _run.Out ?? throw new UsageException($"cache: expected --out FILE{Extension}.");
        if (!path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--out {path}: expected a file that ends in {Extension}.");
        if (Directory.Exists(path)) throw new IOException($"{path}: expected a file, got a folder.");
        if (!_run.Folder.Force && File.Exists(path)) throw new IOException($"{path}: is there already; give --force to replace it.");
        if (_corrupted && _prompts.Clean is not null)
            throw new UsageException("--which corrupted: is for a task's prompts; give the corrupted file itself with --clean.");
        return RunSession.RunWithoutFolder(_run, session => Run(session, path, position), "no file was written");
    }

    private int? Position() => _position switch
    {
        null or "all" => null,
        "last" => -1,
        _ when int.TryParse(_position, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var position) => position,
        _ => throw new UsageException($"--pos: expected all, last or a whole number, got '{_position}'."),
    };

    private int Run(RunSession session, string path, int? position)
    {
        using var source = session.OpenSource();
        var sizes = source.Config;
        var config = new ActivationConfig
        {
            Hooks = HookNames.Parse(_hooks!, sizes),
            Position = position,
            Memory = _run.Memory,
            // Processed weights are in double precision beside the backend's, the unembedding by itself.
            HeldBytes = _processed ? sizeof(double) * (sizes.Parameters + (long)sizes.DVocab * sizes.DModel) : 0,
        };
        var prompts = session.Phases.Measure("prompts", () => ReadPrompts(source));
        using var ops = Backend.Open(_run.Model);
        var plan = ActivationPlan.For(sizes, ops, prompts, config);
        using var weights = _processed ? source.Weights.Process(WeightProcessing.All) : null;
        session.Console.Notice($"model {source.Name}: {prompts.Count} prompts of {prompts.Source}");
        session.AnnounceBackend(ops, plan.PredictedBytes);
        var content = new ActivationsContent(
            Model: sizes,
            Prompts: prompts,
            Config: config,
            DType: _dtype,
            Facts: Facts(source));
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent) Directory.CreateDirectory(parent);
        using var file = new ActivationsFile(path, content);
        session.Console.Notice($"{config.Hooks.Count} activations, {ByteSize.Format(file.Bytes)}");
        using var model = session.Phases.Measure("weights", () => new Gpt2Model(ops, weights ?? source.Weights));
        session.Measure(
            "run", "running prompts", "batches",
            (int done) => new Step("cache", $"{done} prompts done", $"{done} of {prompts.Count} prompts",
                (prompts.Count - done + plan.PromptsAtOnce - 1) / plan.PromptsAtOnce),
            progress =>
            {
                ActivationRun.Run(model, prompts, config, file.Take, progress, session.CancellationToken);
                return true;
            });
        file.Complete();
        return Print(session, path, content, file);
    }

    private PromptSet ReadPrompts(ModelSource source)
    {
        var prompts = PromptSource.Rows(_prompts, source);
        int? bos = _prompts.Bos ? source.Bos() : null;
        return _corrupted ? source.Set(prompts.Corrupt, prompts.CorruptSource, bos) : source.Set(prompts.Clean, prompts.CleanSource, bos);
    }

    // What the values depend on, to the bit.
    private Dictionary<string, string> Facts(ModelSource source)
    {
        var facts = new Dictionary<string, string>
        {
            ["model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(source.Name)),
            ["model_sha256"] = source.Weights.Sha256,
            ["weights"] = _processed ? "processed as by HookedTransformer.from_pretrained" : "unprocessed",
            ["precision"] = _run.Model.Precision,
            ["seqcont"] = ProgramVersion.Version,
        };
        foreach (var (what, how) in source.Config.Variant()) facts[what] = how;
        if (source.Weights.Checkpoint.Unembedding is { } unembedding) facts["unembedding"] = unembedding;
        return facts;
    }

    private int Print(RunSession session, string path, ActivationsContent content, ActivationsFile file)
    {
        var (tensors, count, prompts) = (content.Tensors(), content.Config.Hooks.Count, content.Prompts.Count);
        var (first, last) = (tensors[0], tensors[count - 1]);
        return session.Console.Print(
            () =>
            [
                ("schema", JsonFile.Schema), ("bytes", file.Bytes), ("prompts", prompts), ("overflowed", file.Overflowed),
                ("weights", _processed ? "processed" : "unprocessed"),
                ("tensors", Json.List(tensors, tensor =>
                    [("name", tensor.Name), ("dtype", tensor.DType), ("shape", Json.List(tensor.Shape, size => size))])),
                ("seconds", [.. session.Phases.Seconds().Select(phase => (phase.Key, (Json?)phase.Value))]), ("out", path),
            ],
            () =>
            [
                $"{path}: {ByteSize.Format(file.Bytes)}, {count} activations from {first.Name} [{string.Join(", ", first.Shape)}] to "
                    + $"{last.Name} [{string.Join(", ", last.Shape)}]",
                $"{prompts} prompts in {session.Phases.Elapsed:0.0} s; weights "
                    + (_processed ? "processed as by from_pretrained" : "as they are (from_pretrained_no_processing)"),
                .. file.Overflowed == 0 ? (string[])[] :
                [
                    $"{file.Overflowed} of {file.Values} values are beyond what --dtype {_dtype.ToLowerInvariant()} holds and infinite in "
                        + $"the file; {(_dtype == "F16" ? "bf16 and f32 hold" : "f64 holds")} them",
                ],
            ]);
    }
}
