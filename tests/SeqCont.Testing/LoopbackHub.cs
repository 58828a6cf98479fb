using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SeqCont.Testing;

/// <summary>A request that a <see cref="LoopbackHub"/> got.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Target">As in the request line: a path, or a whole address where the hub is asked as a proxy.</param>
/// <param name="Headers">By name.</param>
public sealed record HubRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    public string Path { get; } = Uri.UnescapeDataString(Target.StartsWith('/') ? Target : new Uri(Target).PathAndQuery);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The first byte asked for; 0 without a range.</summary>
    public int From => Header("Range") is { } range ? int.Parse(range.AsSpan("bytes=".Length).TrimEnd('-'),
        CultureInfo.InvariantCulture) : 0;
}

/// <summary>An answer, and how it fails.</summary>
public sealed record HubReply(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    public HubReply(int status, params (string Name, string Value)[] headers)
        : this(status, [], headers)
    {
    }

    /// <summary>The connection ends after so many bytes of the body; null: after all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Whether the cut is a reset, which may take bytes on their way along; else an orderly end.</summary>
    public bool Resets { get; init; }

    /// <summary>Called before every piece of the body; may wait.</summary>
    public Func<int, CancellationToken, Task>? BeforePiece { get; init; }

    /// <summary>Called before every byte of the status line and the headers; may wait. Null: all of them go at once.</summary>
    public Func<int, CancellationToken, Task>? BeforeHeaderByte { get; init; }

    /// <summary>Bytes a piece.</summary>
    public int Piece { get; init; } = 1 << 16;

    /// <summary>What Content-Length says; null: the truth; a negative number: no such header, the body ends with the connection.</summary>
    public long? StatedLength { get; init; }
}

/// <summary>
/// A hub on loopback that answers as huggingface.co documents it: a model's commit and files, a file's hash and size in
/// headers, large files through a redirect to another place, ranges. <see cref="Intercept"/> makes it fail in any way.
/// </summary>
public sealed class LoopbackHub : IDisposable
{
    /// <summary>Files of this many bytes or more are stored away, under their SHA-256.</summary>
    public const int LargeBytes = 4096;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Repository> _repositories = new(StringComparer.Ordinal);

    public LoopbackHub()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>All requests so far.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    /// <summary>Answers in the hub's place; null leaves it to the hub. Called from several threads.</summary>
    public Func<HubRequest, HubReply?> Intercept { get; set; } = _ => null;

    /// <summary>Requests for a file's content, not for its headers.</summary>
    public IEnumerable<HubRequest> Downloads(string file) =>
        Requests.Where(request => request.Method == "GET" && request.Path.EndsWith("/" + file, StringComparison.Ordinal));

    /// <summary>Puts a model on the hub.</summary>
    /// <param name="repository">gpt2, OWNER/NAME.</param>
    /// <param name="commit">Its commit, 40 hexadecimal digits.</param>
    /// <param name="files">Content by name.</param>
    /// <param name="revisions">Branches and tags that mean this commit.</param>
    public void Add(string repository, string commit, IReadOnlyDictionary<string, byte[]> files, params string[] revisions)
    {
        var model = _repositories.GetOrAdd(repository, _ => new Repository());
        model.Commits[commit] = files;
        foreach (var revision in revisions.Append(commit)) model.Revisions[revision] = commit;
    }

    /// <summary>A file's hash as the hub states it: SHA-256 of a large one, git's SHA-1 of a small one.</summary>
    public static string ETag(byte[] content) => content.Length >= LargeBytes
        ? Convert.ToHexStringLower(SHA256.HashData(content))
        : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    /// <summary>The answer to a request that nothing intercepts.</summary>
    public HubReply Answer(HubRequest request)
    {
        var path = request.Path;
        if (path.StartsWith("/stored/", StringComparison.Ordinal)) return Stored(request);
        if (path.StartsWith("/api/models/", StringComparison.Ordinal) && path.Split("/revision/") is [var model, var revision])
        {
            if (!_repositories.TryGetValue(model["/api/models/".Length..], out var found))
                return new HubReply(404, ("X-Error-Code", "RepoNotFound"));
            return found.Revisions.TryGetValue(revision, out var commit)
                ? Describe(commit, found.Commits[commit]) : new HubReply(404, ("X-Error-Code", "RevisionNotFound"));
        }

        if (path.Split("/resolve/") is not [var name, var rest]) return new HubReply(404);
        var at = rest.IndexOf('/', StringComparison.Ordinal);
        if (!_repositories.TryGetValue(name[1..], out var repository)) return new HubReply(404, ("X-Error-Code", "RepoNotFound"));
        return repository.Commits.GetValueOrDefault(rest[..at])?.GetValueOrDefault(rest[(at + 1)..]) is { } content
            ? Resolve(request, rest[..at], content) : new HubReply(404, ("X-Error-Code", "EntryNotFound"));
    }

    /// <summary>Content, or the part of it that is asked for.</summary>
    public static HubReply Content(HubRequest request, byte[] content, params (string Name, string Value)[] headers) => request.From switch
    {
        0 => new HubReply(200, content, [("Accept-Ranges", "bytes"), .. headers]),
        var from when from >= content.Length => new HubReply(416, [("Content-Range", $"bytes */{content.Length}"), .. headers]),
        var from => new HubReply(
            206, content[from..], [("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}"), .. headers]),
    };

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private static HubReply Describe(string commit, IReadOnlyDictionary<string, byte[]> files) => new(
        200, JsonSerializer.SerializeToUtf8Bytes(new { sha = commit, siblings = files.Keys.Select(file => new { rfilename = file }) }),
        ("Content-Type", "application/json"));

    private static HubReply Resolve(HubRequest request, string commit, byte[] content)
    {
        var tag = ETag(content);
        return content.Length < LargeBytes
            ? Content(request, content, ("ETag", $"\"{tag}\""), ("X-Repo-Commit", commit))
            : new HubReply(302, ("Location", $"/stored/{tag}"), ("X-Linked-Etag", $"\"{tag}\""), ("X-Linked-Size", $"{content.Length}"),
                ("X-Repo-Commit", commit), ("ETag", "\"of-the-redirect\""));
    }

    private HubReply Stored(HubRequest request)
    {
        var content = _repositories.Values.SelectMany(model => model.Commits.Values).SelectMany(files => files.Values)
            .FirstOrDefault(content => request.Path.EndsWith(ETag(content), StringComparison.Ordinal));
        return content is null ? new HubReply(404) : Content(request, content, ("ETag", "\"a-store-has-its-own\""));
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                // On a thread of its own: a request that is here already would be served in this loop, and an answer that
                // waits for the next connection would keep it from being accepted.
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The hub is closed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request) return;
                Requests.Enqueue(request);
                var reply = Intercept(request) ?? Answer(request);
                await WriteAsync(stream, request, reply);
                if (reply.Resets) client.LingerState = new LingerOption(true, 0);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The client went away.
            }
        }
    }

    private async Task<HubRequest?> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var words = lines[0].Split(' ');
        var headers = lines[1..].Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        return new HubRequest(words[0], words[1], headers);
    }

    private async Task WriteAsync(NetworkStream stream, HubRequest request, HubReply reply)
    {
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} Status\r\nConnection: close\r\n");
        if (reply.StatedLength is not < 0)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.StatedLength ?? reply.Body.Length}\r\n");
        foreach (var (name, value) in reply.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        await WriteHeadAsync(stream, Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), reply.BeforeHeaderByte);
        if (request.Method == "HEAD") return;
        var end = Math.Min(reply.CutAfter ?? reply.Body.Length, reply.Body.Length);
        for (var at = 0; at < end; at += reply.Piece)
        {
            if (reply.BeforePiece is { } wait) await wait(at, _stop.Token);
            await stream.WriteAsync(reply.Body.AsMemory(at, Math.Min(reply.Piece, end - at)), _stop.Token);
        }
    }

    private async Task WriteHeadAsync(NetworkStream stream, byte[] head, Func<int, CancellationToken, Task>? beforeByte)
    {
        for (var (at, length) = (0, beforeByte is null ? head.Length : 1); at < head.Length; at += length)
        {
            if (beforeByte is not null) await beforeByte(at, _stop.Token);
            await stream.WriteAsync(head.AsMemory(at, length), _stop.Token);
        }
    }

    private sealed class Repository
    {
        public ConcurrentDictionary<string, IReadOnlyDictionary<string, byte[]>> Commits { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, string> Revisions { get; } = new(StringComparer.Ordinal);
    }
}
