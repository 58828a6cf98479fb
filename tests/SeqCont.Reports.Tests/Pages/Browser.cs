using Microsoft.Playwright;

namespace SeqCont.Reports.Tests;

/// <summary>Headless Chromium, one for all tests of a class; a test without one ends as inconclusive.</summary>
internal static class Browser
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    /// <summary>The program: SEQCONT_CHROMIUM, else where distributions put it; null where there is none.</summary>
    public static string? Program =>
        Places.Prepend(Environment.GetEnvironmentVariable("SEQCONT_CHROMIUM") ?? "").FirstOrDefault(File.Exists);

    public static async Task<IBrowser?> StartAsync()
    {
        if (Program is not { } program) return null;
        var playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = program, Headless = true, Timeout = 60_000 });
    }
}

/// <summary>A page opened from disk, with everything that it complained about or asked for.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly List<string> _complaints = [];
    private readonly List<string> _requests = [];

    private OpenPage(IPage page) => Page = page;

    public IPage Page { get; }

    public static async Task<OpenPage> OpenAsync(IBrowser browser, string file, bool dark = false, int width = 1400)
    {
        var page = await browser.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        });
        var open = new OpenPage(page);
        page.Console += (_, message) => open._complaints.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, message) => open._complaints.Add(message);
        page.Request += (_, request) => open._requests.Add(request.Url);
        page.SetDefaultTimeout(20_000);
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        return open;
    }

    /// <summary>The edges drawn in the form that is shown.</summary>
    public async Task<int> DrawnAsync() =>
        int.Parse(await Stage.GetAttributeAsync("data-drawn") ?? "-1", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Pixels of the shown form's canvas that hold something.</summary>
    public Task<int> InkAsync() => Stage.Locator("canvas").EvaluateAsync<int>("""
        canvas => {
          const copy = document.createElement('canvas');
          [copy.width, copy.height] = [canvas.width, canvas.height];
          const pen = copy.getContext('2d', { willReadFrequently: true });
          pen.drawImage(canvas, 0, 0);
          const pixels = pen.getImageData(0, 0, copy.width, copy.height).data;
          let count = 0;
          for (let i = 3; i < pixels.length; i += 4) if (pixels[i] > 0) count++;
          return count;
        }
        """);

    public ILocator Stage => Page.Locator(".graph .scroller:not([hidden]) .stage");

    public ILocator Tip => Page.Locator("#tip");

    public ILocator Node(int number) => Stage.Locator($".node[data-node='{number}']");

    /// <summary>Fails where the page complained, or asked for anything but itself.</summary>
    public void AssertQuiet()
    {
        Assert.IsEmpty(_complaints, string.Join(Environment.NewLine, _complaints));
        Assert.HasCount(1, _requests, string.Join(Environment.NewLine, _requests));
    }

    public async ValueTask DisposeAsync() => await Page.CloseAsync();
}
