using Microsoft.Playwright;
using SeqCont.Circuits;

namespace SeqCont.Reports.Tests;

/// <summary>The page as a reader has it: drawn by a browser, pointed at, typed at.</summary>
[TestClass]
public sealed class BrowserTests
{
    private static IBrowser? _browser;

    private RunSample _sample = null!;

    [ClassInitialize]
    public static async Task Start(TestContext _) => _browser = await Browser.StartAsync();

    [ClassCleanup]
    public static async Task Stop()
    {
        if (_browser is not null) await _browser.CloseAsync();
    }

    [TestInitialize]
    public void Make()
    {
        if (_browser is null) Assert.Inconclusive("No Chromium here: install Debian's chromium, or name one in SEQCONT_CHROMIUM.");
        _sample = new RunSample();
    }

    [TestCleanup]
    public void Remove() => _sample?.Dispose();

    [TestMethod]
    [DataRow(false, 1400)]
    [DataRow(true, 1400)]
    [DataRow(false, 800)]
    public async Task Page_AllParts_DrawsWithoutComplaint(bool dark, int width)
    {
        await using var open = await OpenAsync(dark, width, Circuit("numerals"), Circuit("months"), _sample.Each("each", "numerals"),
            _sample.Analyses("analyses", "numerals"));
        Assert.IsGreaterThan(10, await open.DrawnAsync());
        Assert.IsGreaterThan(500, await open.InkAsync());
        Assert.AreEqual(new NodeSpace(3, 4).Count, await open.Stage.Locator(".node").CountAsync());
        Assert.AreEqual(width, await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"),
            "The page itself scrolls sideways.");
        foreach (var part in new[] { "each", "search", "prompts", "attention", "lens", "ov" })
            Assert.IsTrue(await open.Page.Locator($"#{part} svg").First.IsVisibleAsync(), part);
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task Slider_Moved_DrawsFewerAndMoreEdges()
    {
        await using var open = await OpenAsync(Circuit("numerals"));
        var all = await open.DrawnAsync();
        var ink = await open.InkAsync();
        var slider = open.Page.Locator(".threshold");
        await slider.FillAsync("0");
        Assert.AreEqual(1, await open.DrawnAsync());
        Assert.IsLessThan(ink, await open.InkAsync());
        Assert.StartsWith("1 of ", await open.Page.Locator("output").InnerTextAsync());
        await slider.FocusAsync();
        await open.Page.Keyboard.PressAsync("End");
        Assert.AreEqual(all, await open.DrawnAsync());
        await open.Page.Locator(".kept-only").UncheckAsync();
        Assert.IsGreaterThan(all, await open.DrawnAsync());
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task Pointer_OnNodeEdgeAndMark_TellsScores()
    {
        await using var open = await OpenAsync(Circuit("numerals"));
        await open.Node(Number("a0.h1")).HoverAsync();
        await Assertions.Expect(open.Tip).ToContainTextAsync("a0.h1");
        await Assertions.Expect(open.Tip).ToContainTextAsync("score without it");
        // Half way along the strongest edge, which is in no node's way.
        await open.Page.Locator(".threshold").FillAsync("0");
        var strongest = GraphPicture.Strongest(CircuitGraph.Of([ReportRun.Read(Path.Combine(_sample.Root, "numerals"))])[0])
            .Last().Edge.Edge;
        var layout = new GraphLayout(Nodes, split: false);
        var p = layout.Curve(strongest, 0);
        var box = (await open.Stage.Locator("svg").BoundingBoxAsync())!;
        var scale = box.Width / layout.Width;
        await open.Page.Mouse.MoveAsync(
            (float)(box.X + scale * (p[0].X + 3 * p[1].X + 3 * p[2].X + p[3].X) / 8),
            (float)(box.Y + scale * (p[0].Y + 3 * p[1].Y + 3 * p[2].Y + p[3].Y) / 8));
        await Assertions.Expect(open.Tip).ToContainTextAsync($"{strongest.Sender} \u2192 {strongest.Receiver.Node}");
        await Assertions.Expect(open.Tip).ToContainTextAsync("points lost");
        await open.Page.Locator("#search .mark").Nth(2).HoverAsync();
        await Assertions.Expect(open.Tip).ToContainTextAsync("candidate 3");
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task Click_OnNode_LightsThePathsThroughIt()
    {
        await using var open = await OpenAsync(Circuit("numerals"));
        var node = Number("a1.h3");
        await open.Node(node).ClickAsync();
        var lit = int.Parse((await open.Stage.GetAttributeAsync("data-lit"))!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.IsTrue(lit > 0 && lit < await open.DrawnAsync(), $"{lit} edges of {await open.DrawnAsync()} are lit.");
        // A head of the same layer shares no path with it.
        Assert.Contains("dim", (await open.Node(Number("a1.h0")).GetAttributeAsync("class"))!);
        await Assertions.Expect(open.Page.Locator(".paths")).ToContainTextAsync("Strongest edges in");
        await open.Page.Locator(".clear").ClickAsync();
        Assert.AreEqual("", await open.Stage.GetAttributeAsync("data-lit"));
        await Assertions.Expect(open.Page.Locator(".paths")).ToBeHiddenAsync();
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task Keyboard_Alone_ReachesNodesMarksAndColours()
    {
        await using var open = await OpenAsync(Circuit("numerals"));
        var keyboard = open.Page.Keyboard;
        await open.Page.Locator(".split-qkv").FocusAsync();
        await keyboard.PressAsync("Tab");
        Assert.IsNotNull(await Focused(open, "data-node"));
        await keyboard.PressAsync("ArrowRight");
        await keyboard.PressAsync("ArrowDown");
        var node = int.Parse((await Focused(open, "data-node"))!, System.Globalization.CultureInfo.InvariantCulture);
        await Assertions.Expect(open.Tip).ToContainTextAsync(Nodes.At(node).ToString());
        await keyboard.PressAsync("Enter");
        Assert.AreNotEqual("", await open.Stage.GetAttributeAsync("data-lit"));
        await keyboard.PressAsync("Escape");
        Assert.AreEqual("", await open.Stage.GetAttributeAsync("data-lit"));
        var chart = open.Page.Locator("#search svg");
        for (var i = 0; i < 8 && !await chart.EvaluateAsync<bool>("chart => chart === document.activeElement"); i++)
            await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Home");
        await keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(open.Tip).ToContainTextAsync("candidate 2,");
        await open.Page.Locator("#theme").FocusAsync();
        await keyboard.PressAsync("Enter");
        Assert.AreEqual("dark", await open.Page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task Theme_Switched_RedrawsEdgesInItsColours()
    {
        await using var open = await OpenAsync(Circuit("numerals"));
        const string ground = "getComputedStyle(document.body).backgroundColor";
        var (light, edges) = (await open.Page.EvaluateAsync<string>(ground), await CanvasHash(open));
        await open.Page.Locator("#theme").ClickAsync();
        Assert.AreNotEqual(light, await open.Page.EvaluateAsync<string>(ground));
        Assert.AreNotEqual(edges, await CanvasHash(open));
        await open.Page.Locator("#theme").ClickAsync();
        Assert.AreEqual(light, await open.Page.EvaluateAsync<string>(ground));
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task Split_Chosen_ShowsPortsAndEveryEdge()
    {
        await using var open = await OpenAsync(Circuit("numerals"));
        var merged = await open.DrawnAsync();
        await open.Page.Locator(".split-qkv").CheckAsync();
        Assert.IsGreaterThan(merged, await open.DrawnAsync());
        Assert.IsGreaterThan(500, await open.InkAsync());
        CollectionAssert.AreEquivalent(new[] { "1.3", "q", "k", "v" },
            (await open.Node(Number("a1.h3")).Locator("text").AllTextContentsAsync()).ToArray());
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task Circuits_SwitchedOff_TakeTheirEdgesAlong()
    {
        await using var open = await OpenAsync(Circuit("numerals"), Circuit("months"));
        var both = await open.DrawnAsync();
        await Assertions.Expect(open.Page.Locator(".effects")).ToBeHiddenAsync();
        await open.Page.Locator(".chip input").Nth(1).UncheckAsync(new LocatorUncheckOptions { Force = true });
        Assert.AreEqual(both / 2, await open.DrawnAsync());
        await Assertions.Expect(open.Page.Locator(".effects")).ToBeVisibleAsync();
        await open.Page.Locator(".chip input").Nth(0).UncheckAsync(new LocatorUncheckOptions { Force = true });
        Assert.AreEqual(0, await open.DrawnAsync());
        Assert.AreEqual(0, await open.InkAsync());
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task HostileTexts_EverywhereInRuns_NeverRun()
    {
        await using var open = await OpenAsync(
            _sample.Search("numerals", RunSample.Hostile, text: RunSample.Hostile),
            _sample.Search("months", RunSample.Hostile, text: RunSample.Hostile),
            _sample.Analyses("analyses", RunSample.Hostile, RunSample.Hostile),
            _sample.Compare("compare", RunSample.Hostile));
        await open.Node(Number("a0.h1")).HoverAsync();
        await open.Page.Locator("#prompts .mark").First.HoverAsync();
        await Assertions.Expect(open.Tip).ToContainTextAsync("</script><script>");
        await open.Node(Number("a0.h1")).ClickAsync();
        await open.Page.Locator("#lens .mark").First.HoverAsync();
        await open.Page.Locator("#attention .mark").First.HoverAsync();
        await open.Page.Locator("#compare .mark").First.HoverAsync();
        await open.Page.EvaluateAsync("document.querySelectorAll('a').forEach(link => link.click())");
        await open.Page.Locator("#theme").ClickAsync();
        Assert.IsTrue(await open.Page.EvaluateAsync<bool>("window.hacked === undefined && document.images.length === 0"));
        open.AssertQuiet();
        // What got in all the same would not run.
        Assert.IsTrue(await open.Page.EvaluateAsync<bool>("""
            () => {
              const script = document.createElement('script');
              script.textContent = 'window.hacked = 1';
              document.body.append(script);
              const link = '<a id="x" onclick="window.hacked = 1" href="javascript:window.hacked = 1">x</a>';
              document.body.insertAdjacentHTML('beforeend', link);
              document.getElementById('x').click();
              return window.hacked === undefined;
            }
            """));
    }

    [TestMethod]
    public async Task HostileTexts_InPicturesOfTheirOwn_NeverRun()
    {
        var folder = Path.Combine(_sample.Root, "svg");
        var runs = new[] { _sample.Search("numerals", RunSample.Hostile, text: RunSample.Hostile),
            _sample.Analyses("analyses", RunSample.Hostile, RunSample.Hostile), _sample.Compare("compare", RunSample.Hostile) };
        // One picture of each kind; those of a run's heads are many and alike.
        foreach (var name in ReportPage.WritePictures(folder, [.. runs.Select(ReportRun.Read)]).DistinctBy(name => name.Split('-')[0]))
        {
            await using var open = await OpenPage.OpenAsync(_browser!, Path.Combine(folder, name));
            Assert.IsTrue(await open.Page.EvaluateAsync<bool>("""
                () => window.hacked === undefined && document.querySelectorAll('script, a, image, foreignObject, [onload]').length === 0
                """), name);
            open.AssertQuiet();
        }
    }

    [TestMethod]
    public async Task EveryEdgeOfGpt2Small_Shown_DrawsTheStrongestOnly()
    {
        await using var open = await OpenAsync(_sample.Edges("all", "numerals", 12, 12, (_, _) => true));
        await open.Page.Locator(".kept-only").UncheckAsync();
        await open.Page.Locator(".split-qkv").CheckAsync();
        await open.Page.Locator(".threshold").FillAsync("1000");
        Assert.AreEqual(3000, await open.DrawnAsync());
        Assert.StartsWith("3,000 of 32,491", await open.Page.Locator("output").InnerTextAsync());
        Assert.IsGreaterThan(10_000, await open.InkAsync());
        await open.Page.Locator(".threshold").FillAsync("500");
        // Half of the logarithmic scale: the root of all.
        Assert.AreEqual(180, await open.DrawnAsync());
        open.AssertQuiet();
    }

    [TestMethod]
    public async Task Curves_OfThePage_AreThoseOfPictures()
    {
        await using var open = await OpenAsync(Circuit("numerals"));
        foreach (var split in new[] { false, true })
        {
            var layout = new GraphLayout(Nodes, split);
            foreach (var name in new[] { "a0.h1->a1.h3<k>", "a0.h1->a2.h1<q>", "m0->m2", "m0->m1", "input->logits" })
            {
                Assert.IsTrue(Edge.TryParse(name, out var edge));
                var expected = layout.Curve(edge, 2.4).SelectMany(point => new[] { point.X, point.Y }).ToArray();
                var actual = await open.Page.EvaluateAsync<double[]>(
                    "([split, from, to, port]) => { const data = JSON.parse(document.querySelector('.graph-data').textContent); return "
                        + "edgeCurve(split ? data.split : data.merged, data, { from, to, port }, 2.4); }",
                    new object[] { split, Nodes.Number(edge.Sender), Nodes.Number(edge.Receiver), (int)edge.Receiver.Site });
                for (var i = 0; i < 8; i++) Assert.AreEqual(expected[i], actual[i], 0.06, $"{name}, coordinate {i}");
            }
        }
    }

    private static NodeSpace Nodes { get; } = new(3, 4);

    private static int Number(string name) => NodeId.TryParse(name, out var node) ? Nodes.Number(node) : throw new FormatException(name);

    // A circuit of the nodes that RunSample's search keeps, and two more, with all their edges.
    private string Circuit(string task)
    {
        string[] kept = ["a0.h1", "a1.h0", "a1.h3", "a2.h0", "m0", "m2"];
        var folder = _sample.Edges(task, task, 3, 4, (from, to) => kept.Contains(from) && (to == "logits" || kept.Contains(to)));
        RunSample.Write(folder, "circuit.json", new
        {
            heads = new[] { new[] { 0, 1 }, [1, 0], [1, 3], [2, 0] },
            mlps = new[] { 0, 2 },
            nLayers = 3,
            nHeads = 4
        });
        return folder;
    }

    private Task<OpenPage> OpenAsync(params string[] folders) => OpenAsync(false, 1400, folders);

    private async Task<OpenPage> OpenAsync(bool dark, int width, params string[] folders)
    {
        var path = Path.Combine(_sample.Root, "page.html");
        ReportPage.Write(path, [.. folders.Select(ReportRun.Read)]);
        return await OpenPage.OpenAsync(_browser!, path, dark, width);
    }

    private static Task<string?> Focused(OpenPage open, string attribute) =>
        open.Page.EvaluateAsync<string?>($"document.activeElement.getAttribute('{attribute}')");

    private static Task<string> CanvasHash(OpenPage open) =>
        open.Stage.Locator("canvas").EvaluateAsync<string>("canvas => canvas.toDataURL()");
}
