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
        var html = new Html().Raw("<!DOCTYPE html>\n").Open("html", ("lang", "en"));
        html.Open("head").Empty("meta", ("charset", "utf-8")).Empty("meta", ("name", "viewport"),
            ("content", "width=device-width, initial-scale=1"));
        html.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content",
            $"default-src 'none'; style-src '{Hash(style)}'; script-src '{Hash(script)}'; base-uri 'none'; form-action 'none'"));
        html.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
        html.Element("title", title).Raw("<style>").Raw(style).Raw("</style>").Close();
        html.Open("body");
        Header(html, title, runs, sections);
        html.Open("main", ("id", "main"));
        foreach (var section in sections) SectionWriter.Write(html, section);
        html.Close();
        html.Element("div", "", ("id", "tip"), ("hidden", ""))
            .Element("div", "", ("id", "say"), ("class", "unseen"), ("aria-live", "polite"));
        html.Raw("<script>").Raw(script).Raw("</script>").Close().Close().Raw("\n");
        return html.ToString();
    }

    private static void Header(Html html, string title, IReadOnlyList<ReportRun> runs, IReadOnlyList<Section> sections)
    {
        html.Element("a", "Skip to the content", ("class", "skip"), ("href", "#main"));
        html.Open("header").Open("div", ("class", "masthead")).Element("h1", title);
        var models = runs.Select(run => run.Facts.Model).Where(model => model.Length > 0).Distinct().ToArray();
        html.Open("p", ("class", "subtitle")).Text(runs.Count == 1 ? "One run" : $"{runs.Count} runs");
        if (models.Length > 0) html.Text(models.Length == 1 ? " of model " : " of models ").Element("bdi", string.Join(", ", models));
        html.Close().Close();
        html.Open("nav", ("aria-label", "Parts of this page"));
        foreach (var section in sections) html.Element("a", section.Title, ("href", $"#{section.Id}"));
        html.Element("button", "Dark", ("type", "button"), ("id", "theme"), ("aria-label", "Colours: switch to dark"));
        html.Close().Close();
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
