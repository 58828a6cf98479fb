using System.CommandLine;
using System.Globalization;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont report: one self-contained HTML page from runs' folders.</summary>
internal static class ReportCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("report", "Makes one self-contained HTML page from the folders of one or several runs");
        var folders = new Argument<string[]>("DIR")
        {
            Description =
            "Folders that --out of other commands named; circuits of one model share a graph",
            Arity = ArgumentArity.OneOrMore
        };
        var svg = OptionFactory.Text("--svg", "DIR", "Also write every picture as an SVG file into this folder (default: no files)");
        command.Add(folders);
        command.Add(svg);
        var file = new FolderOptions("FILE", "The page (default: report.html in the first DIR)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed =>
        {
            var (path, force) = file.Read(parsed);
            return new Request(context, parsed.GetRequiredValue(folders), path, force, parsed.GetValue(svg), output.Read(parsed)).Run();
        });
        return command;
    }

    private sealed record Request(CommandContext Context, string[] Folders, string? Out, bool Force, string? Svg, OutputChoice Output)
    {
        public int Run()
        {
            if (Svg is { Length: 0 }) throw new UsageException("--svg: expected a folder, got an empty name.");
            if (Folders.Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
                .GroupBy(path => path).FirstOrDefault(group => group.Count() > 1) is { } twice)
                throw new UsageException($"report: {twice.Key} is given twice.");
            var runs = Folders.Select(ReportRun.Read).ToArray();
            var path = Out ?? Path.Combine(Folders[0], "report.html");
            // A page is made from its run's files: one in its default place is replaced as they are.
            if (Out is not null && !Force && File.Exists(path))
                throw new IOException($"{path}: exists already; give --force to replace it, or another file.");
            if (Directory.Exists(path)) throw new IOException($"{path}: expected a file, got a folder.");
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent && !Directory.Exists(parent))
                throw new DirectoryNotFoundException($"{path}: the folder {parent} does not exist.");
            Context.CancellationToken.ThrowIfCancellationRequested();
            ReportPage.Write(path, runs);
            var pictures = Svg is null ? [] : ReportPage.WritePictures(Svg, runs);
            Print(path, runs, pictures);
            return CommandLine.Done;
        }

        private void Print(string path, ReportRun[] runs, IReadOnlyList<string> pictures)
        {
            if (Output.Json) JsonOutput.Write(Context.Terminal.Out, json =>
            {
                json.WriteNumber("schema", JsonFile.Schema);
                json.WriteString("out", path);
                json.WriteNumber("bytes", new FileInfo(path).Length);
                json.WriteStartArray("pictures");
                foreach (var picture in pictures) json.WriteStringValue(Path.Combine(Svg!, picture));
                json.WriteEndArray();
            });
            var console = new ConsoleOutput(Context.Terminal, Output.Json, Output.Quiet);
            if (Output.Json && Output.Quiet) return;
            List<string> lines = [.. runs.Select(run => $"{run.Folder}: {string.Join(", ", run.Files)}"),
                string.Create(CultureInfo.InvariantCulture, $"page {path}, {(new FileInfo(path).Length + 1023) / 1024:#,0} KB")];
            if (Svg is not null) lines.Add($"{pictures.Count} pictures in {Svg}");
            console.Result(lines.Select(line => new Markup(Markup.Escape(line))));
        }
    }
}
