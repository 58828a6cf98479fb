using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont cache: activations for prompts, as a Python user's run_with_cache would give them.</summary>
internal static class CacheCommand
{
    private const string Extension = ".safetensors";

    public static Command Build(CommandContext context)
    {
        var command =
            new Command("cache", "Saves activations for prompts to a safetensors file, under TransformerLens's names and in its shapes");
        var hooks = OptionFactory.Text(
            "--hooks", "NAMES",
            "Hooks, separated by commas, * for any characters: blocks.9.attn.hook_z, blocks.*.hook_resid_post, logits; * alone: what "
                + "run_with_cache keeps, all but attn.hook_result and logits (required)");
        var position = OptionFactory.Text(
            "--pos", "all|last|N",
            "Positions to save: all, each prompt's last, or one counted from 0 (negative: from the end); the position axis stays "
                + "(default: all)");
        var which = OptionFactory.Choice("--which", "Which prompts of the task", "clean", "corrupted");
        var dtype = OptionFactory.Choice("--dtype", "Number format of the file", "f32", "f16", "bf16", "f64");
        var processed = OptionFactory.Flag(
            "--processed",
            "Weights as HookedTransformer.from_pretrained makes them: LayerNorm folded, writing weights and unembedding centred, value "
                + "biases folded (default: as they are, from_pretrained_no_processing)");
        foreach (var option in (Option[])[hooks, position, which, dtype, processed]) command.Add(option);
        var prompts = new PromptOptions(cleanOnly: true).AddTo(command);
        var run = new RunOptions(
            context, $"FILE{Extension}",
            "The file: the activations, tokens, lengths, correct_ids and incorrect_ids; prompts of different lengths are padded on the "
                + "right with 0 (required)").AddTo(command);
        command.SetAction(parsed => new Request(
            parsed.GetValue(hooks) ?? throw new UsageException(
                "cache: expected --hooks NAMES, such as blocks.*.attn.hook_z or *."), Position(parsed.GetValue(position)),
            parsed.GetRequiredValue(which) == "corrupted", parsed.GetRequiredValue(dtype).ToUpperInvariant(), parsed.GetValue(processed),
            prompts.Read(parsed) with { Corrupt = null }, run.Read(parsed)).Run());
        return command;
    }

    private static int? Position(string? text)
    {
        if (text is null or "all") return null;
        if (text == "last") return -1;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var position)
            ? position
            : throw new UsageException($"--pos: expected all, last or a whole number, got '{text}'.");
    }

    private sealed record Request(
        string Hooks, int? Position, bool Corrupted, string DType, bool Processed,
        PromptChoice Prompts, RunChoice Choice)
    {
        public int Run()
        {
            var path = RequirePath();
            if (Corrupted && Prompts.Clean is not null)
                throw new UsageException("--which corrupted: is for a task's prompts; give the corrupted file itself with --clean.");
            return RunSession.RunWithoutFolder(Choice, session => Run(session, path), "no file was written");
        }

        private string RequirePath()
        {
            var path = Choice.Out ?? throw new UsageException($"cache: expected --out FILE{Extension}.");
            if (!path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
                throw new UsageException($"--out {path}: expected a file that ends in {Extension}.");
            if (Directory.Exists(path)) throw new IOException($"{path}: expected a file, got a folder.");
            if (!Choice.Force && File.Exists(path)) throw new IOException($"{path}: is there already; give --force to replace it.");
            return path;
        }

        private int Run(RunSession session, string path)
        {
            using var source = session.OpenSource();
            var sizes = source.Weights.Config;
            var config = new ActivationConfig
            {
                Hooks = HookNames.Parse(Hooks, sizes),
                Position = Position,
                Memory = Choice.Model.Memory,
                // Processed weights are in double precision beside the backend's, the unembedding by itself.
                HeldBytes = Processed ? sizeof(double) * (sizes.Parameters + (long)sizes.DVocab * sizes.DModel) : 0,
            };
            var prompts = session.Phases.Measure("prompts", () => ReadPrompts(source));
            using var ops = Backend.Open(Choice.Model);
            var plan = ActivationPlan.For(sizes, ops, prompts, config);
            using var weights = Processed ? source.Weights.Process(WeightProcessing.All) : null;
            session.Console.Notice($"model {source.Name}: {prompts.Count} prompts of {prompts.Source}");
            session.AnnounceBackend(ops, plan.PredictedBytes);
            var content = new ActivationsContent
            {
                Model = sizes,
                Prompts = prompts,
                Config = config,
                DType = DType,
                Facts = Facts(source)
            };
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent) Directory.CreateDirectory(parent);
            using var file = new ActivationsFile(path, content);
            session.Console.Notice($"{config.Hooks.Count} activations, {ByteSize.Format(file.Bytes)}");
            using var model = session.Phases.Measure("weights", () => new Gpt2Model(ops, weights ?? source.Weights));
            session.Phases.Measure("run", () => RunPrompts(session, model, prompts, config, plan, file));
            file.Complete();
            return session.Print(json => WriteJson(json, content, file.Bytes, session.Phases),
                () => Lines(path, content, file.Bytes, session.Phases));
        }

        private bool RunPrompts(
            RunSession session, Gpt2Model model, PromptSet prompts, ActivationConfig config, ActivationPlan plan, ActivationsFile file) =>
            session.Show("running prompts", show =>
            {
                var progress = new SynchronousProgress<int>(done => show(new Step(
                    "cache", $"{done} prompts done", $"{done} of {prompts.Count} prompts",
                    (prompts.Count - done + plan.PromptsAtOnce - 1) / plan.PromptsAtOnce)));
                ActivationRun.Run(model, prompts, config, file.Take, progress, session.CancellationToken);
                return true;
            }, "batches");

        private PromptSet ReadPrompts(ModelSource source)
        {
            var (tokenizer, config) = (source.OpenTokenizer(), source.Weights.Config);
            var prompts = PromptSource.Rows(Prompts, source, tokenizer);
            int? bos = Prompts.Bos ? PromptSource.BosOf(source, tokenizer) : null;
            var (rows, from) = Corrupted ? (prompts.Corrupt, prompts.CorruptSource) : (prompts.Clean, prompts.CleanSource);
            return PromptSet.Create(rows, tokenizer, config, bos, from);
        }

        // What the values depend on, to the bit.
        private Dictionary<string, string> Facts(ModelSource source) => new()
        {
            ["model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(source.Name)),
            ["model_sha256"] = source.Weights.Sha256,
            ["weights"] = Processed ? "processed as by HookedTransformer.from_pretrained" : "unprocessed",
            ["precision"] = Choice.Model.Precision,
            ["seqcont"] = ProgramVersion.Version,
        };

        private void WriteJson(Utf8JsonWriter json, ActivationsContent content, long bytes, Phases phases)
        {
            json.WriteNumber("schema", JsonFile.Schema);
            json.WriteNumber("bytes", bytes);
            json.WriteNumber("prompts", content.Prompts.Count);
            json.WriteString("weights", Processed ? "processed" : "unprocessed");
            json.WriteStartArray("tensors");
            foreach (var (name, dtype, shape) in content.Tensors())
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("dtype", dtype);
                json.WriteStartArray("shape");
                foreach (var size in shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            JsonOutput.WriteObject(json, "seconds", times =>
            {
                foreach (var (phase, seconds) in phases.Seconds()) times.WriteFinite(phase, seconds);
            });
        }

        private IEnumerable<Markup> Lines(string path, ActivationsContent content, long bytes, Phases phases)
        {
            var tensors = content.Tensors();
            var (first, last) = (tensors[0], tensors[content.Config.Hooks.Count - 1]);
            string[] lines =
            [
                $"{path}: {ByteSize.Format(bytes)}, {content.Config.Hooks.Count} activations from {first.Name} ["
                    + $"{string.Join(", ", first.Shape)}] "
                    + $"to {last.Name} [{string.Join(", ", last.Shape)}]",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{content.Prompts.Count} prompts in {phases.Elapsed:0.0} s; weights "
                        + $"{(Processed ? "processed as by from_pretrained" : "as they are (from_pretrained_no_processing)")}"),
            ];
            return lines.Select(line => new Markup(Markup.Escape(line)));
        }
    }
}
