using SeqCont.Fuzz.Mutation;
using SeqCont.Model;

namespace SeqCont.Fuzz.Formats;

/// <summary>A hub's answers as they come over the wire, head and body, and a cache's own files.</summary>
internal static class HubFormats
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    // The hash that git has of {}.
    private const string EmptyObject = "9e26dfeeb6e641a33dae4961196235bdb965b21b";

    private static readonly string[] Words =
    [
        "HTTP/1.1 200 OK\r\n", "HTTP/1.1 302 Found\r\n", "HTTP/1.1 404 Not Found\r\n", "HTTP/1.1 429 Slow\r\n", "HTTP/1.0 999 x\r\n",
        "Content-Length: ", "Transfer-Encoding: chunked\r\n", "Content-Type: application/json\r\n", "Location: /x\r\n",
        "Location: https://a/\r\n",
        "Location: file:///etc/passwd\r\n", "Location: http://[\r\n", "X-Linked-Etag: \"", "X-Linked-Size: ", "ETag: W/\"",
        "X-Repo-Commit: ",
        "X-Error-Code: GatedRepo\r\n", "X-Error-Message: \u001b[31m\r\n", "Retry-After: 1\r\n", "RateLimit: \"api\";r=0;t=9999999999\r\n",
        "\r\n\r\n", "\r\n", "5\r\nhello\r\n", "ffffffffffffffff\r\n", "sha", "siblings", "rfilename", Commit,
    ];

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        Answer("hub-listing", async client =>
            $"{Math.Min((await client.ResolveAsync(Name("openai-community/gpt2"), default)).Files.Count, 5)} files"),
        Answer("hub-file", async client => (await client.DescribeAsync(
            new HubRevision(Name("openai-community/gpt2"), Commit, new HashSet<string>()), "config.json", default)).ETag),
        new("hub-reference", Make.Bytes, scratch =>
        {
            var cache = new HubCache(scratch.Folder);
            scratch.Put("{}"u8.ToArray(), "models--a--b", "snapshots", Commit, "config.json");
            scratch.Put([], "models--a--b", "snapshots", Commit, "model.safetensors");
            return bytes =>
            {
                scratch.Put(bytes, "models--a--b", "refs", "main");
                return cache.Find(Name("a/b")) is null ? "not there" : "there";
            };
        }) { Words = [Commit, "../../x", "\n"], Refuses = IsRefusal },
        new("hub-record", Make.Bytes, scratch =>
        {
            const string file = "config.json";
            scratch.Put("{}"u8.ToArray(), "models--a--b", "snapshots", Commit, file);
            var check = new HubCache(scratch.Folder).Repository("a/b").Check(Commit);
            return bytes =>
            {
                scratch.Put(bytes, "models--a--b", ".seqcont", "verified", Commit, file);
                var isRecorded = check.IsRecorded(file);
                return $"{(isRecorded ? "recorded" : "not recorded")}, {(check.Verify(file, default).IsDamaged ? "damaged" : "right")}";
            };
        }) { Words = [Commit, EmptyObject, "\n", "damaged"], Refuses = IsRefusal },
    ];

    private static bool IsRefusal(Exception exception) => exception is HubException or InvalidDataException;

    private static HubName Name(string text) => HubName.TryParse(text, out var name) ? name : throw new ArgumentException(text);

    private static FuzzFormat Answer(string name, Func<HubClient, Task<string>> ask) => new(name, Make.Lines, scratch =>
    {
        var answer = Array.Empty<byte>();
        var http = new HubHttp(new HubSettings
        {
            Endpoint = new Uri("http://hub.test"),
            CacheFolder = scratch.Folder,
            Token = "secret",
            Attempts = 1,
            StallTimeout = TimeSpan.FromSeconds(1),
            Delay = (_, _) => Task.CompletedTask,
            Connect = (_, _) => ValueTask.FromResult<Stream>(new CannedStream(answer)),
        });
        var client = new HubClient(http, null);
        return bytes =>
        {
            answer = bytes;
            return ask(client).GetAwaiter().GetResult();
        };
    })
    { Words = Words, Refuses = IsRefusal, IsOnManyThreads = true, AllowedBytes = 8 << 20, AllowedPerByte = 2000 };

    /// <summary>A connection that gives one answer to whatever is asked, and ends.</summary>
    private sealed class CannedStream(byte[] answer) : MemoryStream(answer, writable: false)
    {
        public override bool CanWrite => true;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
