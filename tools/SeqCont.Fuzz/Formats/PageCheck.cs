using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using SeqCont.Reports;

namespace SeqCont.Fuzz.Formats;

/// <summary>
/// Whether a page or a picture holds this program's own markup and nothing else: elements and attributes that are known, none that runs
/// anything, scripts that are the program's own, data that is JSON.
/// </summary>
internal sealed partial class PageCheck
{
    private static readonly HashSet<string> Elements =
    [
        "a", "bdi", "body", "button", "canvas", "caption", "circle", "defs", "desc", "details", "div", "figcaption", "figure", "g",
        "h1", "h2",
        "h3", "head", "header", "html", "input", "label", "line", "main", "meta", "nav", "output", "p", "path", "polyline", "rect",
        "script",
        "section", "span", "style", "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "tspan",
    ];

    private static readonly string[] NoNumbers = ["NaN", "Infinity"];

    private string? _script, _style;

    /// <summary>Every picture is XML of known elements, whose numbers are finite.</summary>
    public void Pictures(IReadOnlyList<Section> sections)
    {
        foreach (var figure in sections.SelectMany(section => section.Blocks).OfType<Figure>()) Picture(figure.Draw(false));
    }

    /// <summary>A page's markup.</summary>
    public void Page(string page)
    {
        var (at, element) = (0, "");
        for (int next; (next = page.IndexOf('<', at)) >= 0;)
        {
            var tag = Tag().Match(page, next);
            if (!tag.Success) throw Bad($"no tag of this program: {page[next..Math.Min(next + 60, page.Length)]}");
            element = tag.Groups["name"].Value;
            at = next + tag.Length;
            // The document's type has no name.
            if (element.Length == 0) continue;
            RequireElement(element);
            foreach (Capture attribute in tag.Groups["attribute"].Captures) RequireAttribute(element, attribute.Value);
            if (Address().Match(tag.Value) is { Success: true } address) RequireAddress(address.Groups[1].Value);
            if (element is "script" or "style" && page[next + 1] != '/') at = Content(page, at, element, tag.Value);
        }
    }

    private int Content(string page, int start, string element, string tag)
    {
        var end = page.IndexOf($"</{element}", start, StringComparison.OrdinalIgnoreCase);
        if (end < 0) throw Bad($"a {element} without an end");
        var text = page[start..end];
        if (tag.Contains("application/json", StringComparison.Ordinal)) Island(text);
        else if (element == "script") OwnText(ref _script, text, element);
        else OwnText(ref _style, text, element);
        return end;
    }

    // The program's own script and style are the same on every page.
    private static void OwnText(ref string? own, string text, string element)
    {
        own ??= text;
        if (own != text) throw Bad($"another {element} than the program's own");
    }

    private static void Island(string json)
    {
        try
        {
            JsonDocument.Parse(json).Dispose();
        }
        catch (JsonException exception)
        {
            throw Bad($"data that is no JSON: {exception.Message}");
        }
    }

    private static void Picture(string svg)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(svg), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            while (reader.Read())
            {
                if (reader.NodeType is XmlNodeType.ProcessingInstruction or XmlNodeType.CDATA) throw Bad($"{reader.NodeType} in a picture");
                if (reader.NodeType != XmlNodeType.Element) continue;
                var element = reader.LocalName;
                RequireElement(element);
                if (element == "script") throw Bad("a script in a picture");
                while (reader.MoveToNextAttribute())
                {
                    RequireAttribute("svg", reader.Name);
                    if (reader.LocalName == "href") RequireAddress(reader.Value);
                    if (NoNumbers.Any(text => reader.Value.Contains(text, StringComparison.Ordinal)))
                        throw Bad($"{reader.Name} of <{element}> is not finite: {reader.Value}");
                }
            }
        }
        catch (XmlException exception)
        {
            throw Bad($"a picture that is no XML: {exception.Message}");
        }
    }

    private static void RequireElement(string name)
    {
        if (!Elements.Contains(name)) throw Bad($"an element <{name}>");
    }

    private static void RequireAttribute(string element, string name)
    {
        if (name.StartsWith("on", StringComparison.OrdinalIgnoreCase) || name is "src" or "srcdoc" or "action" or "zq")
            throw Bad($"an attribute {name} of <{element}>");
    }

    // A page leads to its own parts and nowhere else.
    private static void RequireAddress(string address)
    {
        if (!address.StartsWith('#')) throw Bad($"an address {address}");
    }

    private static BrokenPromise Bad(string problem) => new(Judge.Printable(problem));

    [GeneratedRegex("""\G<!DOCTYPE html>|\G</?(?<name>[a-zA-Z][a-zA-Z0-9]*)(\s+(?<attribute>[a-zA-Z][-a-zA-Z0-9:]*)(="[^"]*")?)*\s*/?>""")]
    private static partial Regex Tag();

    [GeneratedRegex("\\shref=\"([^\"]*)\"")]
    private static partial Regex Address();
}
