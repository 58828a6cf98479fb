using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont attention: mean attention patterns, as pictures and data.</summary>
internal static class AttentionCommand
{
    private const int DefaultSamples = 128;

    public static Command Build(CommandContext context)
    {
        var command = new Command("attention", "Mean attention patterns of heads over prompts, as pictures and data");
        var heads = OptionFactory.Text(
            "--heads", "HEADS",
            "Heads, such as 9.1,4.4, or all (default: the study's four on GPT-2 small, else up to four that play its roles best)");
        var circuit = OptionFactory.Text("--circuit", "FILE", "circuit.json: all its heads");
        var perPrompt = OptionFactory.Flag(
            "--per-prompt",
            "Write every prompt's patterns too, attention-per-prompt.safetensors; takes memory for all of them (default: off)");
        command.Add(heads);
        command.Add(circuit);
        command.Add(perPrompt);
        var prompts = new PromptOptions(cleanOnly: true, bos: false, samples: $"{DefaultSamples}").AddTo(command);
        var bos = new BosOptions().AddTo(command);
        var run = new RunOptions(
            context, "DIR",
            "Folder for attention.json, attention.safetensors and a picture of each head, attention-9.1.svg; may be a run's folder "
                + "(default: no files)").AddTo(command);
        command.SetAction(parsed => new Request(
            parsed.GetValue(heads), parsed.GetValue(circuit), parsed.GetValue(perPrompt), WithDefault(prompts.Read(parsed)),
            bos.Read(parsed),
            run.Read(parsed)).Run());
        return command;
    }

    // The study's figures are over the first 128 prompts of each template.
    private static PromptChoice WithDefault(PromptChoice choice) => choice with { NumSamps = choice.NumSamps ?? DefaultSamples };

    private sealed record Request(
        string? Heads, string? Circuit, bool PerPrompt, PromptChoice Prompts, bool? Bos, RunChoice Choice)
    {
        public int Run()
        {
            if (Heads is not null && Circuit is not null) throw new UsageException("--circuit: expected --heads or --circuit, got both.");
            if (PerPrompt && Choice.Out is null) throw new UsageException("--per-prompt: expected --out DIR to write to.");
            NodeId[]? named = Heads is null or "all" ? null : ParseHeads(Heads);
            return RunSession.Run(Choice, session => Run(session, named), AttentionFile.Patterns);
        }

        private int Run(RunSession session, NodeId[]? named)
        {
            using var source = session.OpenSource();
            var config = source.Weights.Config;
            var tokenizer = source.OpenTokenizer();
            var heads = HeadsOf(named, config);
            var prompts = session.Phases.Measure("prompts", () => CleanPrompts.Open(Prompts, Bos, source, tokenizer));
            using var ops = Backend.Open(Choice.Model);
            int[] layers = [.. heads?.Select(head => head.Layer).Distinct().Order() ?? Enumerable.Range(0, config.NLayers)];
            session.Console.Notice(
                $"model {source.Name}: {config.NLayers} layers of {config.NHeads} heads; {prompts.Description}"
                    + $"{(prompts.Bos is null ? ", without BOS" : ", with BOS")}");
            var bytes = AttentionMeans.PredictBytes(config, ops, prompts.Set, layers.Length, PerPrompt);
            session.AnnounceBackend(ops, bytes);
            using var model = session.Phases.Measure("weights", () => new Gpt2Model(ops, source.Weights));
            var means = session.Phases.Measure("patterns", () =>
                AttentionMeans.Measure(model, prompts.Set, layers, PerPrompt, Choice.Model.Memory, session.CancellationToken));
            var record = new AttentionRecord
            {
                Header = session.Header(source, ops, Prompts.Seed, bytes) with
                {
                    Task = prompts.Task,
                    Clean = prompts.Facts,
                    Bos = prompts.Bos
                },
                Tokens = Labels(prompts.Set, tokenizer),
                Result = Describe(means, heads, config, prompts, tokenizer),
            };
            return session.Finish(
                folder => Write(folder, record, means, config), json => json.WriteFields(AttentionFile.Of(record)),
                () => AttentionSummary.Of(record, Heads is null && Circuit is null, Choice.Out));
        }

        private static NodeId[] ParseHeads(string text)
        {
            var heads = new List<NodeId>();
            foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
            {
                if (!NodeId.TryParse(name, out var head) || head.IsMlp)
                    throw new UsageException($"--heads: expected heads such as 9.1 or a9.h1, separated by commas, or all, got '{name}'.");
                heads.Add(head);
            }

            return [.. heads.Distinct().OrderBy(head => head.Layer).ThenBy(head => head.Index)];
        }

        /// <summary>The heads asked for; null where they are to be chosen.</summary>
        private IReadOnlyList<NodeId>? HeadsOf(NodeId[]? named, ModelConfig config)
        {
            foreach (var head in named ?? [])
                if (!((NodeSpace)config).Has(head))
                    throw new UsageException(
                        $"--heads: {head} is not a head of {Choice.Model.Model}, which has {(NodeSpace)config} (counted from 0).");
            if (named is not null) return named;
            if (Heads == "all") return [.. SeqCont.Circuits.Circuit.Full(config).Heads];
            if (Circuit is null) return AttentionRoles.StudysHeads(config);
            NodeId[] kept = [.. CircuitFile.Read(Circuit, config).Heads];
            return kept.Length > 0 ? kept : throw new InvalidDataException($"{Circuit}: the circuit has no head to show.");
        }

        private static AttentionResult Describe(
            AttentionMeans means, IReadOnlyList<NodeId>? heads, ModelConfig config, CleanPrompts prompts, Gpt2Tokenizer? tokenizer)
        {
            var members = MemberPositions.Find(prompts.Rows, prompts.Set, tokenizer);
            if (heads is null && members.Count < 2)
                throw new InvalidDataException(
                    $"{prompts.Set.Source}: heads cannot be chosen, as the prompts do not show members (fields S1, S2, ...) at the same "
                        + $"places; give --heads or --circuit.");
            var shown = heads ?? AttentionRoles.Choose(means, config.NHeads, members);
            return new AttentionResult([.. shown.Select(head => AttentionRoles.Describe(means, head, config, members))], means.PromptsAt,
                members);
        }

        private static string[] Labels(PromptSet prompts, Gpt2Tokenizer? tokenizer) =>
            [.. prompts.Tokens.MaxBy(tokens => tokens.Length)!.Select(id => tokenizer?.TextOrNumber(id) ?? $"#{id}")];

        private void Write(RunFolder folder, AttentionRecord record, AttentionMeans means, ModelConfig config)
        {
            // A folder's place on this machine is nobody else's business: its own name is enough.
            var model = Path.GetFileName(Path.TrimEndingDirectorySeparator(record.Header.Origin.Model.Name));
            var caption = $"mean over {record.Header.Clean!.Count}{(record.Header.Task is { } task ? $" {task}" : "")} prompts, {model}";
            foreach (var head in record.Result.Heads)
            {
                PictureFile.Write(folder.Place(AttentionFile.PictureName(head.Head)), AttentionPictures.Head(head, record.Tokens, caption));
            }

            AttentionTensors.WriteMeans(folder.Place(AttentionFile.TensorsName), means, config.NHeads);
            if (PerPrompt) AttentionTensors.WritePerPrompt(folder.Place(AttentionFile.PerPromptName), means, config.NHeads);
            JsonFile.Write(folder.Place(AttentionFile.Name), AttentionFile.Of(record));
        }
    }
}
