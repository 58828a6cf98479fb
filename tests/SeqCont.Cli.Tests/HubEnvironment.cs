using System.Net;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>Nobody's cache, hub, token or proxy takes part in a test: every run sees an empty cache and no network.</summary>
[TestClass]
public static class NoHub
{
    private static readonly string[] Unset =
        ["HF_TOKEN", "HF_TOKEN_PATH", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "http_proxy", "https_proxy",
            "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

    private static TemporaryFolder _folder = null!;

    [AssemblyInitialize]
    public static void Begin(TestContext _)
    {
        _folder = new TemporaryFolder();
        foreach (var name in Unset) Environment.SetEnvironmentVariable(name, null);
        Environment.SetEnvironmentVariable("HF_HOME", _folder.Path);
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", _folder.File("hub"));
        // The port that nothing listens on.
        Environment.SetEnvironmentVariable("HF_ENDPOINT", "http://127.0.0.1:9");
        HttpClient.DefaultProxy = new WebProxy();
    }

    [AssemblyCleanup]
    public static void End() => _folder.Dispose();
}

/// <summary>A hub on loopback and an empty cache, which the environment names for as long as this lives.</summary>
internal sealed class HubEnvironment : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string?> _before = [];

    public HubEnvironment(string repository = "some/demo")
    {
        Files = new[] { "config.json", "model.safetensors", "vocab.json", "merges.txt" }.ToDictionary(name => name, Read,
            StringComparer.Ordinal);
        Hub.Add(repository, Commit, Files, "main");
        Set("HF_ENDPOINT", Hub.Endpoint.AbsoluteUri);
        Set("HF_HUB_CACHE", Cache);
    }

    public LoopbackHub Hub { get; } = new();

    /// <summary>The demo's files, which the hub has under another name.</summary>
    public Dictionary<string, byte[]> Files { get; }

    public string Cache => _folder.File("hub");

    public string File(string name) => _folder.File(name);

    public void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before) Environment.SetEnvironmentVariable(name, value);
        Hub.Dispose();
        _folder.Dispose();
    }

    private static byte[] Read(string name)
    {
        using var stream = DemoModel.Open(name);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
