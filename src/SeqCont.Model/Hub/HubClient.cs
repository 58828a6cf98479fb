using System.Globalization;
using System.Text.Json;

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
internal sealed class HubClient(HubHttp http, HubSettings settings, IProgress<HubProgress>? progress)
{
    private const int LongestAnswer = 16 << 20;
    private const long LargestText = 64L << 20;
    private const long LargestWeights = 1L << 40;

    /// <summary>Finds the commit that a name means now, and its files.</summary>
    internal async Task<HubRevision> ResolveAsync(HubName name, CancellationToken cancellationToken)
    {
        var address = Address($"api/models/{name.Repository}/revision/{Uri.EscapeDataString(name.Revision)}");
        var json = await http.RetryAsync(async () =>
        {
            using var response = await http.SendAsync(HttpMethod.Get, address, 0, _ => false, cancellationToken).ConfigureAwait(false);
            HubAnswers.Require(response, name, null, settings);
            return await ReadAsync(response, cancellationToken).ConfigureAwait(false);
        }, note => Again(name.ToString(), note), null, cancellationToken).ConfigureAwait(false);
        using var document = JsonText.ParseObject(json, address.AbsoluteUri);
        var root = document.RootElement;
        var commit = root.TryGetProperty("sha", out var sha)
            && sha.ValueKind == JsonValueKind.String ? JsonText.Text(sha, address.AbsoluteUri, "sha") : "";
        if (!HubName.IsCommitId(commit))
            throw Bad($"{name}: expected its commit as 'sha', 40 hexadecimal digits, got '{BadFile.Printable(commit)}'");
        if (!root.TryGetProperty("siblings", out var siblings) || siblings.ValueKind != JsonValueKind.Array)
            throw Bad($"{name}: expected its files as 'siblings'");
        var files = siblings.EnumerateArray()
            .Where(file => file.ValueKind == JsonValueKind.Object && file.TryGetProperty("rfilename", out _))
            .Select(file => JsonText.Text(file.GetProperty("rfilename"), address.AbsoluteUri, "rfilename"));
        return new HubRevision(name, commit, files.ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Asks for a file's size and hash.</summary>
    internal Task<HubFile> DescribeAsync(HubRevision revision, string file, CancellationToken cancellationToken)
    {
        var address = Address($"{revision.Name.Repository}/resolve/{revision.Commit}/{Uri.EscapeDataString(file)}");
        return http.RetryAsync(async () =>
        {
            // A large file's hash and size stand in the redirect to where it is stored, and not there.
            using var response = await http.SendAsync(HttpMethod.Head, address, 0,
                answer => HubAnswers.Header(answer, "X-Linked-Etag") is not null
                    && HubAnswers.Header(answer, "X-Linked-Size") is not null, cancellationToken).ConfigureAwait(false);
            if (!HubHttp.IsRedirect(response.StatusCode)) HubAnswers.Require(response, revision.Name, file, settings);
            var tag = HubAnswers.Header(response, "X-Linked-Etag") ?? HubAnswers.Header(response, "ETag");
            var digest = HubDigest.FromETag(tag)
                ?? throw Bad($"{revision.Name}: expected a SHA-256 or SHA-1 as ETag of {file}, got '{BadFile.Printable(tag ?? "")}'");
            if (HubAnswers.Header(response, "X-Repo-Commit") is { } commit && commit != revision.Commit)
                throw Bad($"{revision.Name}: expected {file} of commit {revision.Commit}, got that of '{BadFile.Printable(commit)}'");
            return new HubFile(file, digest, Size(response, revision.Name, file), address);
        }, note => Again(file, note), null, cancellationToken);
    }

    private long Size(HttpResponseMessage response, HubName name, string file)
    {
        var stated = HubAnswers.Header(response, "X-Linked-Size");
        var size = stated is null ? response.Content.Headers.ContentLength ?? -1
            : long.TryParse(stated, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
        var most = file.EndsWith(".safetensors", StringComparison.Ordinal) ? LargestWeights : LargestText;
        return size >= 0 && size <= most ? size
            : throw Bad(
                $"{name}: expected the size of {file}, at most {most} bytes, got '"
                    + $"{BadFile.Printable(stated ?? size.ToString(CultureInfo.InvariantCulture))}'");
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var patience = new HubPatience(settings, cancellationToken);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
            using var answer = new MemoryStream();
            var buffer = new byte[1 << 14];
            for (int count; (count = await stream.ReadAsync(buffer, patience.Token).ConfigureAwait(false)) > 0;)
            {
                answer.Write(buffer, 0, count);
                if (answer.Length > LongestAnswer) throw Bad($"answers with more than {LongestAnswer} bytes");
                patience.Renew();
            }

            return answer.ToArray();
        }
        catch (Exception exception) when (exception is not HubException && !cancellationToken.IsCancellationRequested
            && exception is OperationCanceledException or IOException or HttpRequestException)
        {
            throw new PassingException(HubProblem.BadAnswer, $"{http.Host}: the connection was cut in the middle of an answer",
                inner: exception);
        }
    }

    private void Again(string what, string note) => progress?.Report(new HubProgress(what, HubStep.Retrying, 0, 0, note));

    private Uri Address(string path) => new($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    private HubException Bad(string problem) => new(HubProblem.BadAnswer, $"{http.Host}: {problem}");
}
