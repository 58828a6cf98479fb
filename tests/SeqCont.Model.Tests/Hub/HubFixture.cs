using System.Collections.Concurrent;
using System.Text;
using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>A hub on loopback with small models, an empty cache, and waits that are noted down, not waited.</summary>
internal sealed class HubFixture : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    public const string OtherCommit = "89abcdef0123456789abcdef0123456789abcdef";
    public const string Weights = "model.safetensors";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("seqcont-test-");

    public HubFixture()
    {
        Settings = new HubSettings
        {
            Endpoint = Hub.Endpoint,
            CacheFolder = Path.Combine(_folder.FullName, "hub"),
            UserAgent = "seqcont/test",
            Delay = (time, token) =>
            {
                Waits.Enqueue(time);
                return token.IsCancellationRequested ? Task.FromCanceled(token) : Task.CompletedTask;
            },
        };
    }

    public LoopbackHub Hub { get; } = new();

    public HubSettings Settings { get; set; }

    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public ConcurrentQueue<HubProgress> Reports { get; } = new();

    public HubCache Cache => new(Settings.CacheFolder);

    /// <summary>A tiny GPT-2's files; its weights are large enough to be stored away.</summary>
    public static Dictionary<string, byte[]> Model() => new(StringComparer.Ordinal)
    {
        ["config.json"] = File.ReadAllBytes(TestFiles.Data("tiny", "models", "tiny-2x3", "config.json")),
        [Weights] = File.ReadAllBytes(TestFiles.Data("tiny", "models", "tiny-2x3", Weights)),
        ["vocab.json"] = """{"a": 0}"""u8.ToArray(),
        ["merges.txt"] = "#version: 0.2\n"u8.ToArray(),
    };

    /// <summary>Puts the tiny GPT-2 on the hub.</summary>
    public Dictionary<string, byte[]> Add(string repository = "some/model", string commit = Commit, string revision = "main")
    {
        var files = Model();
        Hub.Add(repository, commit, files, revision);
        return files;
    }

    /// <summary>Answers requests for the weights' content, the n-th of them counted from 0.</summary>
    public void OnWeights(Func<HubRequest, int, HubReply?> answer)
    {
        var count = -1;
        Hub.Intercept = request => request.Method == "GET"
            && request.Path.StartsWith("/stored/", StringComparison.Ordinal) ? answer(request, Interlocked.Increment(ref count)) : null;
    }

    public HubSnapshot Pull(string name = "some/model", CancellationToken cancellationToken = default) =>
        PullAsync(name, cancellationToken).GetAwaiter().GetResult();

    public Task<HubSnapshot> PullAsync(string name = "some/model", CancellationToken cancellationToken = default) =>
        HubPull.PullAsync(Name(name), Settings, new SynchronousProgress(Reports.Enqueue), cancellationToken);

    /// <summary>Expects a pull to fail for a reason, with words in one line, and nothing to look whole afterwards.</summary>
    public HubException Fails(HubProblem problem, params string[] says)
    {
        var failure = Assert.ThrowsExactly<HubException>(() => Pull());
        Assert.AreEqual(problem, failure.Problem, failure.Message);
        foreach (var text in says) Assert.Contains(text, failure.Message);
        Assert.IsFalse(failure.Message.Any(char.IsControl), failure.Message);
        Assert.IsNull(Cache.Find(Name("some/model")));
        return failure;
    }

    public string Blob(byte[] content, string folder = "models--some--model") =>
        Path.Combine(Settings.CacheFolder, folder, "blobs", LoopbackHub.ETag(content));

    public string Write(string path, string content)
    {
        var place = Path.Combine(Settings.CacheFolder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.WriteAllText(place, content);
        return place;
    }

    public static HubName Name(string text) => HubName.TryParse(text, out var name) ? name : throw new AssertFailedException(text);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose()
    {
        Hub.Dispose();
        _folder.Delete(recursive: true);
    }

    private sealed class SynchronousProgress(Action<HubProgress> tell) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => tell(value);
    }
}
