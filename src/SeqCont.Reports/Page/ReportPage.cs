using System.Security.Cryptography;
using System.Text;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>
/// One self-contained HTML page from runs' folders: no network, no file beside it. Its policy lets it run its own
/// script and nothing else, whatever the runs' texts hold.
/// </summary>
public static class ReportPage
{
    private static readonly string[] Scripts = ["theme.js", "tips.js", "edges.js", "graph.js"];

    /// <summary>Writes the page.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="runs">One or more, in the order in which they are shown.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ReportRun> runs)
    {
        var page = Build(runs);
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(page)));
    }

    /// <summary>Writes every picture of the page as an SVG file of its own.</summary>
    /// <param name="folder">Where to; made when it is not there. Files of the same names are replaced.</param>
    /// <param name="runs">One or more.</param>
    /// <returns>The files' names.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> WritePictures(string folder, IReadOnlyList<ReportRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Directory.CreateDirectory(folder);
        var names = new List<string>();
        foreach (var figure in ReportSections.Of(runs).SelectMany(section => section.Blocks).SelectMany(Figures))
        {
            // Runs of one name and task have pictures of one name.
            var name = $"{figure.Name}.svg";
            for (var i = 2; names.Contains(name); i++) name = $"{figure.Name}-{i}.svg";
            names.Add(name);
            PictureFile.Write(Path.Combine(folder, names[^1]), figure.Draw(false) + "\n");
        }

        return names;
    }

    /// <summary>The page's text.</summary>
    internal static string Build(IReadOnlyList<ReportRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0) throw new ArgumentException("runs: expected one or more, got none.");
        var sections = ReportSections.Of(runs);
        var (style, script) = (Asset("report.css"), string.Concat(Scripts.Select(Asset)));
        var title = Title(runs);
        Html html = $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + $"content=\"width=device-width, initial-scale=1\">"
            + $"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy(style, script)}\">"
            + $"<meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title><style>{Html.Raw(style)}</style></head><body>"
            + $"{Header(title, runs, sections)}<main id=\"main\">{sections.Select(SectionWriter.Write)}</main><div id=\"tip\" hidden></div>"
            + $"<div id=\"say\" class=\"unseen\" aria-live=\"polite\"></div><script>{Html.Raw(script)}</script></body></html>\n";
        return html.ToString();
    }

    private static string Policy(string style, string script) =>
        $"default-src 'none'; style-src '{Hash(style)}'; script-src '{Hash(script)}'; base-uri 'none'; form-action 'none'";

    private static Html Header(string title, IReadOnlyList<ReportRun> runs, IReadOnlyList<Section> sections)
    {
        var models = runs.Select(run => run.Facts.Model).Where(model => model.Length > 0).Distinct().ToArray();
        return $"<a class=\"skip\" href=\"#main\">Skip to the content</a><header><div class=\"masthead\"><h1>{title}</h1>"
            + $"<p class=\"subtitle\">{(runs.Count == 1 ? "One run" : $"{runs.Count} runs")}{Html.If(models.Length > 0,
                $" of model{(models.Length == 1 ? "" : "s")} <bdi>{string.Join(", ", models)}</bdi>")}</p></div>"
            + $"<nav aria-label=\"Parts of this page\">{sections.Select<Section, Html>(part => $"<a href=\"#{part.Id}\">{part.Title}</a>")}"
            + $"<button type=\"button\" id=\"theme\" aria-label=\"Colours: switch to dark\">Dark</button></nav></header>";
    }

    private static string Title(IReadOnlyList<ReportRun> runs)
    {
        var tasks = runs.Select(run => run.Facts.Task).OfType<string>().Distinct().ToArray();
        var isCircuits = runs.Any(run => run.Circuit is not null || run.Edges is not null);
        return (isCircuits ? "Circuits" : "Results") + (tasks.Length == 0 ? "" : $" for {string.Join(", ", tasks)}");
    }

    private static IEnumerable<Figure> Figures(Block block) => block switch
    {
        Figure figure => [figure],
        GraphBlock graph => graph.Figures,
        _ => [],
    };

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Asset(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"report/{name}")
            ?? throw new InvalidOperationException($"report/{name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A parser of HTML reads CR LF as LF, and the hash is of what it reads.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
