using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont report: one self-contained HTML page from runs' folders.</summary>
internal sealed class ReportCommand(OptionTable options)
{
    private readonly string[] _folders = options.Argument<string[]>(
        "DIR", "Folders that --out of other commands named; circuits of one model share a graph", ArgumentArity.OneOrMore);

    private readonly string? _svg =
        options.Text("--svg", "DIR", "Also write every picture as an SVG file into this folder (default: no files)");

    private readonly FolderChoice _file = FolderChoice.Read(options, "FILE", "The page (default: report.html in the first DIR)");
    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        if (_svg is { Length: 0 }) throw new UsageException("--svg: expected a folder, got an empty name.");
        if (Lines.Twice(_folders.Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))) is { } twice)
            throw new UsageException($"report: {twice} is given twice.");
        var runs = _folders.Select(ReportRun.Read).ToArray();
        var path = _file.Out ?? Path.Combine(_folders[0], "report.html");
        // A page is made from its run's files: one in its default place is replaced as they are.
        if (_file is { Out: not null, Force: false } && File.Exists(path))
            throw new IOException($"{path}: exists already; give --force to replace it, or another file.");
        if (Directory.Exists(path)) throw new IOException($"{path}: expected a file, got a folder.");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent && !Directory.Exists(parent))
            throw new DirectoryNotFoundException($"{path}: the folder {parent} does not exist.");
        _output.Context.CancellationToken.ThrowIfCancellationRequested();
        ReportPage.Write(path, runs);
        var pictures = _svg is null ? [] : ReportPage.WritePictures(_svg, runs);
        var bytes = new FileInfo(path).Length;
        return new ConsoleOutput(_output).Print(
            () =>
            [
                ("schema", JsonFile.Schema), ("out", path), ("bytes", bytes),
                ("pictures", Json.List(pictures, picture => Path.Combine(_svg!, picture))),
            ],
            () =>
            [
                .. runs.Select(run => $"{run.Folder}: {string.Join(", ", run.Files)}"),
                $"page {path}, {(bytes + 1023) / 1024:#,0} KB",
                .. _svg is null ? (string[])[] : [$"{pictures.Count} pictures in {_svg}"],
            ]);
    }
}
