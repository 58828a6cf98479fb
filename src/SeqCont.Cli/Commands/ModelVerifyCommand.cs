using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model verify: whether a model's files in the cache are what the hub has.</summary>
internal sealed class ModelVerifyCommand(OptionTable options)
{
    private readonly string _name = ModelNames.Read(options, "As model list shows it; with @REVISION a branch, a tag or a commit");
    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        var (name, cache) = (ModelNames.Parse("model verify", _name), Hub.Cache());
        var snapshot = cache.Find(name) ?? throw new DirectoryNotFoundException(
            $"{name}: not in the cache {cache.Folder}, or not all of it; 'seqcont model pull {name}' fetches what is missing.");
        var files = cache.Verify(snapshot, _output.Context.CancellationToken);
        var damaged = files.FirstOrDefault(file => file.IsDamaged);
        string[] unknown = [.. files.Where(file => file.Expected is null).Select(file => file.Name)];
        var width = files.Max(file => file.Name.Length);
        ConsoleOutput.Print(
            _output,
            () =>
            [
                ("schema", JsonFile.Schema), ("name", $"{name}"), .. ModelNames.Fields(snapshot),
                ("intact", damaged is not null ? false : unknown.Length > 0 ? (bool?)null : true),
                ("files", Json.List(files, Fields)),
            ],
            () =>
            [
                .. files.Select(file => $"{file.Name.PadRight(width)}  {Verdict(file)}"),
                .. unknown.Length == 0 ? (string[])[] :
                    [$"{unknown.Length} of {files.Count} files cannot be verified: {string.Join(", ", unknown)}"],
            ]);
        return damaged is null ? CommandLine.Done : throw Hub.Damaged(name, damaged);
    }

    private static Json Fields(HubFileCheck file) =>
    [
        ("name", file.Name), ("bytes", file.Bytes), ("hash", file.HashKind), ("expected", file.Expected), ("found", file.Found),
        ("intact", file.Expected is null ? (bool?)null : !file.IsDamaged),
    ];

    private static string Verdict(HubFileCheck file) =>
        file.Expected is null ? "not known: no link to a blob, and no hash recorded; model pull compares it with the hub's"
        : file.IsDamaged ? $"DAMAGED: {file.HashKind} {file.Expected} expected, {file.Found ?? "no file"} found"
        : $"intact: {file.HashKind} {file.Expected}, {file.Bytes:N0} bytes";
}
