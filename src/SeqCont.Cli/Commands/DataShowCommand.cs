using System.CommandLine;
using System.Text;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data show: the first prompts of a file, or of what a run would use.</summary>
internal sealed class DataShowCommand(OptionTable options)
{
    private const int DefaultFirst = 6;

    private readonly string? _file = options.Argument<string?>(
        "FILE", "A prompt file, .jsonl or .pkl (default: the prompts that the options choose)", ArgumentArity.ZeroOrOne);

    private readonly int _first = options.Count("--first", $"How many to show (default: {DefaultFirst})") ?? DefaultFirst;
    private readonly PromptChoice _prompts = PromptOptions.Read(options);
    private readonly string _model = ModelOptions.ReadName(options);
    private readonly string? _tokenizer = ModelOptions.ReadTokenizer(options);
    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        if (_file is not null)
        {
            if (_prompts.Clean is not null || _prompts.Data is not null)
                throw new UsageException("data show: expected FILE, --data or --clean and --corrupt, got two of them.");
            return Show(PromptFile.Read(_file), null, _file);
        }

        var console = new ConsoleOutput(_output);
        using var source = ModelSource.Open(_model, _tokenizer, console.Notice, forPrompts: true,
            cancellationToken: _output.Context.CancellationToken);
        var rows = PromptSource.Rows(_prompts, source);
        console.Release();
        return Show(rows.Clean, rows.Corrupt, rows.CleanSource);
    }

    private int Show(IReadOnlyList<PromptRow> clean, IReadOnlyList<PromptRow>? corrupt, string source) => ConsoleOutput.Print(
        _output,
        () =>
        [
            ("schema", JsonFile.Schema), ("source", source), ("count", clean.Count), ("prompts", Rows(clean)),
            ("corrupted?", corrupt is null ? null : Rows(corrupt)),
        ],
        () => Lines(clean, corrupt ?? [], source));

    private Json Rows(IReadOnlyList<PromptRow> rows) => Json.List(rows.Take(_first), row =>
    {
        using var stream = new MemoryStream();
        PromptFile.WriteRows(stream, [row]);
        return Json.Raw(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length - 1));
    });

    private IEnumerable<string> Lines(IReadOnlyList<PromptRow> clean, IReadOnlyList<PromptRow> corrupt, string source)
    {
        var shown = Math.Min(_first, clean.Count);
        for (var i = 0; i < shown; i++)
        {
            yield return $"{i + 1,5}  {Content(clean[i])}  ->{Answer(clean[i].Corr)}, not{Answer(clean[i].Incorr)}";
            if (i < corrupt.Count) yield return $"       {Content(corrupt[i])}  (corrupted)";
        }

        yield return $"{shown} of {clean.Count} prompts of {source}";
    }

    private static string Content(PromptRow row) =>
        row.Text is { } text ? Rendering.Lines.Printable(text) : $"[{string.Join(", ", row.Tokens!)}]";

    private static string Answer(PromptAnswer answer) => answer.Text is not { } text ? $" #{answer}"
        : text.StartsWith(' ') ? Rendering.Lines.Printable(text) : $" '{Rendering.Lines.Printable(text)}'";
}
