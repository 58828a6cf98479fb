using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data import: prompts of any form that is read, as checked .jsonl files.</summary>
internal sealed class DataImportCommand(OptionTable options)
{
    private readonly string[] _inputs =
        options.Argument<string[]>("FILES", "Prompt files, .pkl, .jsonl or .safetensors", ArgumentArity.OneOrMore);

    private readonly FolderChoice _folder = FolderChoice.Read(options, "DIR|FILE.jsonl|FILE.pkl",
        "Folder for files of the same names (corrupted prompts of a .safetensors go into NAME_corrupted.jsonl), or, for one input, a "
            + ".jsonl or .pkl file (required)");

    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        var target = new PromptTarget(
            _folder.Out ?? throw new UsageException("data import: expected --out DIR, --out FILE.jsonl or --out FILE.pkl."));
        if (target.IsFile && _inputs.Length > 1)
            throw new UsageException($"--out {target.Path}: expected a folder for {_inputs.Length} files.");

        // All are read before the first is written.
        List<(string Name, IEnumerable<PromptRow> Rows)> files = [.. _inputs.SelectMany(Read)];
        if (target.IsFile && files.Count > 1)
            throw new UsageException($"--out {target.Path}: expected a folder, as {_inputs[0]} holds clean and corrupted prompts.");
        if (target.IsFile) files[0] = (target.Name, files[0].Rows);
        if (files.DistinctBy(file => file.Name).Count() < files.Count)
            throw new UsageException("data import: two files would get the same name.");
        return PromptFolder.WriteAndReport(new ConsoleOutput(_output), target.Folder, files, _folder.Force);
    }

    private static IEnumerable<(string Name, IEnumerable<PromptRow> Rows)> Read(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (!PromptTarget.Is(path, PromptTarget.Tensors)) return [($"{name}.jsonl", PromptFile.Read(path))];
        var (clean, corrupted) = PromptTensors.Read(path);
        return corrupted.Count == 0 ? [($"{name}.jsonl", clean)] : [($"{name}.jsonl", clean), ($"{name}_corrupted.jsonl", corrupted)];
    }
}
