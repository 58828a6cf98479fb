using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data show: the first prompts of a file, or of what a run would use.</summary>
internal static class DataShowCommand
{
    private const int DefaultFirst = 6;

    public static Command Build(CommandContext context)
    {
        var command = new Command("show", "Shows prompts of a file, or those that --task would use, each with its corrupted partner");
        var file = new Argument<string?>("FILE")
        {
            Description =
            "A prompt file, .jsonl or .pkl (default: the prompts that the options choose)",
            Arity = ArgumentArity.ZeroOrOne
        };
        var first = OptionFactory.Count("--first", $"How many to show (default: {DefaultFirst})");
        var model = ModelOptions.ModelOption();
        command.Add(file);
        command.Add(first);
        var prompts = new PromptOptions().AddTo(command);
        command.Add(model);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed =>
        {
            var choice = prompts.Read(parsed);
            if (parsed.GetValue(file) is { } path)
            {
                if (choice.Clean is not null || choice.Data is not null)
                    throw new UsageException("data show: expected FILE, --data or --clean and --corrupt, got two of them.");
                return Show(context, PromptFile.Read(path), null, path, parsed.GetValue(first) ?? DefaultFirst, output.Read(parsed));
            }

            using var source = ModelSource.Open(parsed.GetRequiredValue(model));
            var rows = PromptSource.Rows(choice, source, null);
            return Show(context, rows.Clean, rows.Corrupt, rows.CleanSource, parsed.GetValue(first) ?? DefaultFirst, output.Read(parsed));
        });
        return command;
    }

    private static int Show(
        CommandContext context, IReadOnlyList<PromptRow> clean, IReadOnlyList<PromptRow>? corrupt, string source, int first,
        OutputChoice output)
    {
        var writer = context.Terminal.Out;
        if (output.Json)
        {
            JsonOutput.Write(writer, json =>
            {
                json.WriteNumber("schema", JsonFile.Schema);
                json.WriteString("source", source);
                json.WriteNumber("count", clean.Count);
                json.WriteStartArray("prompts");
                foreach (var row in clean.Take(first)) JsonRow(json, row);
                json.WriteEndArray();
                if (corrupt is null) return;
                json.WriteStartArray("corrupted");
                foreach (var row in corrupt.Take(first)) JsonRow(json, row);
                json.WriteEndArray();
            });
            return CommandLine.Done;
        }

        for (var i = 0; i < Math.Min(first, clean.Count); i++)
        {
            writer.WriteLine($"{i + 1,5}  {Content(clean[i])}  ->{Answer(clean[i].Corr)}, not{Answer(clean[i].Incorr)}");
            if (corrupt is not null && i < corrupt.Count) writer.WriteLine($"       {Content(corrupt[i])}  (corrupted)");
        }

        writer.WriteLine($"{Math.Min(first, clean.Count)} of {clean.Count} prompts of {source}");
        writer.Flush();
        return CommandLine.Done;
    }

    private static void JsonRow(System.Text.Json.Utf8JsonWriter json, PromptRow row)
    {
        using var stream = new MemoryStream();
        PromptFile.WriteRows(stream, [row]);
        json.WriteRawValue(stream.GetBuffer().AsSpan(0, (int)stream.Length - 1));
    }

    private static string Content(PromptRow row) =>
        row.Text is { } text ? Printable(text) : $"[{string.Join(", ", row.Tokens!)}]";

    private static string Answer(PromptAnswer answer) =>
        answer.Text is { } text ? text.StartsWith(' ') ? Printable(text) : $" '{Printable(text)}'" : $" #{answer}";

    // A file's control characters would steer the terminal.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
