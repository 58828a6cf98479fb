using System.Globalization;
using System.Text.Json;
using static SeqCont.Model.HubProblem;

namespace SeqCont.Model;

/// <summary>A model on the hub at one commit.</summary>
/// <param name="Name">As asked for.</param>
/// <param name="Commit">Its commit, 40 hexadecimal digits.</param>
/// <param name="Files">Names of its files, not trusted.</param>
internal sealed record HubRevision(HubName Name, string Commit, IReadOnlySet<string> Files);

/// <summary>A file on the hub.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="ETag">Its hash, and its blob's name: SHA-256 or git's SHA-1, in lower-case hexadecimal digits.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Address">Where it is asked for; the answer may be a redirect.</param>
internal sealed record HubFile(string Name, string ETag, long Size, Uri Address);

/// <summary>The hub's questions and answers: which commit, which files, how large, under which hash.</summary>
internal sealed class HubClient(HubHttp http, IProgress<HubProgress>? progress)
{
    private const int LongestAnswer = 16 << 20;
    private const long LargestText = 64L << 20;
    private const long LargestWeights = 1L << 40;

    /// <summary>Finds the commit that a name means now, and its files.</summary>
    internal async Task<HubRevision> ResolveAsync(HubName name, CancellationToken cancellationToken)
    {
        var address = Address($"api/models/{name.Repository}/revision/{Uri.EscapeDataString(name.Revision)}");
        var json = await RetryAsync($"{name}", "its list of files", async stop =>
        {
            using var response = await http.SendAsync(HttpMethod.Get, address, 0, _ => false, stop);
            HubAnswers.Require(response, name, null, http.Settings);
            return await ReadAsync(response, stop);
        }, cancellationToken);
        var root = JsonText.Parse(json, address.AbsoluteUri, "what the hub knows of a model");
        var commit = root["sha"] is { Kind: JsonValueKind.String } sha ? sha.Text() : "";
        if (!HubName.IsCommitId(commit))
            throw Bad($"{name}: expected its commit as 'sha', 40 hexadecimal digits, got '{BadFile.Printable(commit)}'");
        if (root["siblings"] is not { Kind: JsonValueKind.Array } siblings)
            throw Bad($"{name}: expected its files as 'siblings'");
        return new HubRevision(name, commit, siblings.Items()
            .Where(file => file.Kind == JsonValueKind.Object && file["rfilename"].Kind != JsonValueKind.Undefined)
            .Select(file => file["rfilename"].Text("a file's name")).ToHashSet());
    }

    /// <summary>Asks for a file's size and hash.</summary>
    internal Task<HubFile> DescribeAsync(HubRevision revision, string file, CancellationToken cancellationToken)
    {
        var name = revision.Name;
        var address = Address($"{name.Repository}/resolve/{revision.Commit}/{Uri.EscapeDataString(file)}");
        return RetryAsync(file, $"size and hash of {file}", async stop =>
        {
            // A large file's hash and size stand in the redirect to where it is stored, and not there.
            using var response = await http.SendAsync(HttpMethod.Head, address, 0,
                answer => answer.Header("X-Linked-Etag") is not null
                    && answer.Header("X-Linked-Size") is not null, stop);
            if (!HubHttp.IsRedirect(response.StatusCode)) HubAnswers.Require(response, name, file, http.Settings);
            var tag = response.Header("X-Linked-Etag") ?? response.Header("ETag");
            var digest = HubDigest.FromETag(tag)
                ?? throw Bad($"{name}: expected a SHA-256 or SHA-1 as ETag of {file}, got '{BadFile.Printable(tag ?? "")}'");
            if (response.Header("X-Repo-Commit") is { } commit && commit != revision.Commit)
                throw Bad($"{name}: expected {file} of commit {revision.Commit}, got that of '{BadFile.Printable(commit)}'");
            return new HubFile(file, digest, Size(response, name, file), address);
        }, cancellationToken);
    }

    private long Size(HttpResponseMessage response, HubName name, string file)
    {
        var stated = response.Header("X-Linked-Size")
            ?? (response.Content.Headers.ContentLength ?? -1).ToString(CultureInfo.InvariantCulture);
        var most = file.EndsWith(".safetensors", StringComparison.Ordinal) ? LargestWeights : LargestText;
        return long.TryParse(stated, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size <= most ? size
            : throw Bad($"{name}: expected the size of {file}, at most {most} bytes, got '{BadFile.Printable(stated)}'");
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var answer = new MemoryStream();
        await http.ReadAsync(response, "its list of files", piece =>
        {
            answer.Write(piece.Span);
            return answer.Length > LongestAnswer ? throw Bad($"answers with more than {LongestAnswer} bytes") : ValueTask.CompletedTask;
        }, () => (BadAnswer, "the connection was cut in the middle of an answer"), cancellationToken);
        return answer.ToArray();
    }

    /// <summary>Tries until a small answer is there whole, for ten stalls' time in all; waits before a further try do not count.</summary>
    private Task<T> RetryAsync<T>(
        string name, string what, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        var longest = http.Settings.StallTimeout * 10;
        var left = longest;
        return http.RetryAsync(
            async () =>
            {
                var start = http.Settings.Clock.GetTimestamp();
                using var limit = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, http.Settings.Clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
                try
                {
                    return await attempt(either.Token);
                }
                catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException
                    && exception is not HubException && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                {
                    throw new HubException(NoNetwork, $"{http.Host}: {what} did not come in {longest.TotalSeconds:0.#} s", exception);
                }
                finally
                {
                    left -= http.Settings.Clock.GetElapsedTime(start);
                }
            },
            note => progress?.Report(new HubProgress(name, HubStep.Retrying, 0, 0, note)), null, cancellationToken);
    }

    private Uri Address(string path) => new($"{http.Settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    private HubException Bad(string problem) => new(BadAnswer, $"{http.Host}: {problem}");
}
