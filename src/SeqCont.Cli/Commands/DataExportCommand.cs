using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data export: prompts as the study's files, as token ids, or as tensors.</summary>
internal sealed class DataExportCommand(OptionTable options)
{
    private readonly bool _tokens = options.Flag("--tokens", "In .jsonl and .pkl, the model's token ids instead of text (default: off)");
    private readonly string _format = options.Choice("--format",
        "Kind of the files in a folder: one JSON object a line, or a pickled list of dicts as the study has them", "jsonl", "pkl");

    private readonly PromptChoice _prompts = PromptOptions.Read(options, cleanOnly: true) with { Corrupt = null };
    private readonly string _model = ModelOptions.ReadName(options);
    private readonly string? _tokenizer = ModelOptions.ReadTokenizer(options);
    private readonly FolderChoice _folder = FolderChoice.Read(options, "DIR|FILE.safetensors|FILE.jsonl|FILE.pkl",
        "A folder for the study's files (<task>_prompts_<template> and randDS_<task>; or clean and corrupted), one file of tensors, or the "
            + "clean prompts as one .jsonl or .pkl (required)");

    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        var target = new PromptTarget(_folder.Out ?? throw new UsageException(
            "data export: expected --out DIR, --out FILE.safetensors, --out FILE.jsonl or --out FILE.pkl."), mayBeTensors: true);
        if (_prompts.Bos && !target.NamesTensors && !_tokens)
            throw new UsageException("--bos: text has no begin-of-text token; expected --tokens or a .safetensors file.");
        var console = new ConsoleOutput(_output);
        using var model = ModelSource.Open(_model, _tokenizer, console.Notice, forPrompts: true,
            cancellationToken: _output.Context.CancellationToken);
        var rows = PromptSource.Rows(_prompts, model);
        int? bos = _prompts.Bos ? model.Bos() : null;
        PromptSet? Tokenised(IReadOnlyList<PromptRow> some, string source) => some.Count == 0 ? null : model.Set(some, source, bos);
        if (target.IsFile && target.NamesTensors)
        {
            PromptFolder.Require(target.Folder, [target.Name], _folder.Force);
            var clean = model.Set(rows.Clean, rows.CleanSource, bos);
            var corrupted = Tokenised(rows.Corrupt, rows.CorruptSource);
            Directory.CreateDirectory(target.Folder);
            PromptTensors.Write(target.Path, clean, corrupted);
            return PromptFolder.Report(console, target.Folder, [target.Name], clean.Count + (corrupted?.Count ?? 0));
        }

        IReadOnlyList<PromptRow> AsTokens(IReadOnlyList<PromptRow> some, string source) => Tokenised(some, source) is not { } set ? some
            : [.. some.Select((row, i) => row with
            {
                Text = null,
                Tokens = set.Tokens[i],
                Corr = new PromptAnswer(set.Correct[i]),
                Incorr = new PromptAnswer(set.Incorrect[i]),
            })];
        if (_tokens)
            rows = rows with { Clean = AsTokens(rows.Clean, rows.CleanSource), Corrupt = AsTokens(rows.Corrupt, rows.CorruptSource) };
        return PromptFolder.WriteAndReport(
            console, target.Folder, target.IsFile ? [(target.Name, rows.Clean)] : Files(rows), _folder.Force);
    }

    /// <summary>The study's file names for a task, two plain ones for prompts that came as files.</summary>
    private List<(string Name, IEnumerable<PromptRow> Rows)> Files(TaskPrompts rows)
    {
        var extension = $".{_format}";
        return _prompts.Clean is null ? PromptFolder.Files(TaskSource.Open(_prompts.Task!), rows, extension)
            : rows.Corrupt.Count == 0 ? [($"clean{extension}", rows.Clean)]
            : [($"clean{extension}", rows.Clean), ($"corrupted{extension}", rows.Corrupt)];
    }
}
