using System.Net;
using System.Net.Http.Headers;
using static SeqCont.Model.HubProblem;

namespace SeqCont.Model;

/// <summary>
/// Requests to a hub. Redirects are followed here, not by the client: the token goes to the endpoint and nowhere else,
/// and nothing that began encrypted goes on in the clear. Proxies are those of the environment.
/// </summary>
internal sealed class HubHttp : IDisposable
{
    private const int MostRedirects = 10;
    private const int Chunk = 1 << 17;

    private readonly HttpClient _client;
    private bool _wasReached;

    internal HubHttp(HubSettings settings)
    {
        Settings = settings;
        // The timeout is a stall's, not a download's.
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = settings.StallTimeout,
            ConnectCallback = settings.Connect,
            MaxResponseDrainSize = 0,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", settings.UserAgent);
        _client.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "identity");
    }

    internal HubSettings Settings { get; }

    /// <summary>The hub's name in messages.</summary>
    internal string Host => Settings.Endpoint.Authority;

    /// <summary>Sends a request and follows redirects.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">Where to.</param>
    /// <param name="from">The first byte wanted; 0 asks for all.</param>
    /// <param name="isAnswer">Whether a redirect itself says all that is wanted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The answer, whatever its status; its content has not been read. The caller disposes.</returns>
    internal async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, long from, Func<HttpResponseMessage, bool> isAnswer, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            var response = await SendOnceAsync(method, address, from, cancellationToken);
            if (!IsRedirect(response.StatusCode) || isAnswer(response)) return response;
            using (response) address = Next(address, response.Headers.Location, redirects);
        }
    }

    /// <summary>Reads an answer's content to its end, piece by piece; one that trickles is given up as one that stalls is.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="take">Takes a piece, which is valid until it returns.</param>
    /// <param name="cut">What it is when the server breaks off.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PassingException">The server broke off, or sent too little for too long.</exception>
    internal async Task ReadAsync(
        HttpResponseMessage response, string what, Func<ReadOnlyMemory<byte>, ValueTask> take,
        Func<(HubProblem Problem, string Text)> cut, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[Chunk];
        var least = Settings.LeastRate * Settings.StallTimeout.TotalSeconds;
        // Waiting for the server counts, and not what is done with what came.
        var (waited, came) = (TimeSpan.Zero, 0);
        Exception Failed(string? stalled, Exception exception)
        {
            var (problem, text) = stalled is null ? cut()
                : (NoNetwork, came == 0 ? $"no byte of {what} came in {stalled}"
                    : $"only {came} bytes of {what} came in {stalled}, less than {Settings.LeastRate} a second");
            return new PassingException(problem, $"{Host}: {text}", inner: exception);
        }

        while (true)
        {
            var start = Settings.Clock.GetTimestamp();
            var count = await PatientlyAsync(
                stop => stream.ReadAsync(buffer, stop).AsTask(), Settings.StallTimeout - waited, Failed, cancellationToken);
            if (count == 0) return;
            (waited, came) = (waited + Settings.Clock.GetElapsedTime(start), came + count);
            if (came >= least) (waited, came) = (TimeSpan.Zero, 0);
            await take(buffer.AsMemory(0, count));
        }
    }

    /// <summary>Tries until it works, waiting longer each time or as long as the server asks.</summary>
    /// <param name="attempt">One attempt; may throw <see cref="PassingException"/>.</param>
    /// <param name="again">Told before every wait why it is tried again, and when.</param>
    /// <param name="hasGained">Whether the last attempt, though it failed, brought something new: then counting starts again. Null:
    /// never.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HubException">It does not work.</exception>
    internal async Task<T> RetryAsync<T>(
        Func<Task<T>> attempt, Action<string> again, Func<bool>? hasGained, CancellationToken cancellationToken)
    {
        for (var (tries, inVain) = (1, 1); ; tries++, inVain++)
        {
            TimeSpan wait;
            try
            {
                return await attempt();
            }
            catch (PassingException failure)
            {
                if (hasGained?.Invoke() == true) inVain = 1;
                // A hub that was never reached will hardly be a second later: a person is told at once.
                if (inVain >= Settings.Attempts || (failure.Problem == NoNetwork && !_wasReached))
                    throw new HubException(failure.Problem, failure.Message + (tries == 1 ? "" : $"; tried {tries} times"), failure);
                wait = failure.RetryAfter ?? Settings.FirstWait * Math.Pow(2, inVain - 1);
                if (wait > Settings.LongestWait)
                    throw new HubException(
                        Busy, $"{failure.Message}; it asks to wait {wait.TotalSeconds:0} s: run the same command again then", failure);
                again($"{failure.Message}; trying again{(wait > TimeSpan.Zero ? $" in {wait.TotalSeconds:0.#} s" : "")}");
            }

            await Settings.WaitAsync(wait, cancellationToken);
        }
    }

    /// <summary>Whether an answer only says where the real one is.</summary>
    internal static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    /// <summary>Where a redirect leads.</summary>
    /// <exception cref="HubException">Nowhere that is gone to.</exception>
    internal static Uri Next(Uri address, Uri? location, int redirects)
    {
        HubException Bad(string problem) => new(BadAnswer, $"{address.Authority}: {problem}");
        if (location is null) throw Bad("redirects without saying where to");
        if (redirects + 1 >= MostRedirects) throw Bad($"redirects more than {MostRedirects} times");
        if (!Uri.TryCreate(address, location, out var next)) throw Bad("redirects to an address that is none");
        return (address.Scheme, next.Scheme) switch
        {
            (_, not ("http" or "https")) =>
                throw Bad($"redirects to a {BadFile.Printable(next.Scheme)} address, which is not followed"),
            ("https", "http") => throw Bad($"redirects from https to http at {next.Authority}, which is not followed"),
            _ => next,
        };
    }

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long from, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        if (Settings.Token is { } token && Settings.IsEndpoint(address)) request.Headers.Authorization = new("Bearer", token);
        // No If-Range: what a CDN calls its ETag is not the hub's. Content-Range and, at the end, the hash are checked.
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        var response = await PatientlyAsync(
            stop => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), Settings.StallTimeout,
            (stalled, exception) => Unreachable(address.Authority, stalled, exception), cancellationToken);
        _wasReached = true;
        return response;
    }

    /// <summary>Ends a step when the server takes too long.</summary>
    /// <param name="step">The step.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="failed">What it is when the server breaks off; or, told how long a stall is, when it takes too long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<T> PatientlyAsync<T>(
        Func<CancellationToken, Task<T>> step, TimeSpan patience, Func<string?, Exception, Exception> failed,
        CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, Settings.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stall.Token);
        try
        {
            return await step(either.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && exception is OperationCanceledException or IOException or HttpRequestException)
        {
            var isStalled = stall.IsCancellationRequested || exception is OperationCanceledException;
            throw failed(isStalled ? $"{Settings.StallTimeout.TotalSeconds:0.#} s" : null, exception);
        }
    }

    /// <summary>What it means that no answer came.</summary>
    internal static Exception Unreachable(string host, string? stalled, Exception exception)
    {
        var reason = BadFile.Printable((exception.InnerException ?? exception).Message);
        PassingException Passing(HubProblem problem, string text) => new(problem, $"{host}: {text}", inner: exception);
        return (exception as HttpRequestException)?.HttpRequestError switch
        {
            _ when stalled is not null => Passing(NoNetwork, $"no answer in {stalled}"),
            // Cut off while keys were agreed on, not a certificate that is refused.
            HttpRequestError.SecureConnectionError when exception.InnerException is IOException =>
                Passing(NoNetwork, $"the connection was cut before it was secure: {reason}"),
            HttpRequestError.SecureConnectionError => new HubException(
                NoNetwork, $"{host}: no secure connection: {reason} (a proxy's own certificate can be named by SSL_CERT_FILE)", exception),
            HttpRequestError.ConfigurationLimitExceeded => new HubException(BadAnswer, $"{host}: answers with too long headers", exception),
            HttpRequestError.NameResolutionError =>
                Passing(NoNetwork, $"cannot be found: no network, or a wrong HF_ENDPOINT or proxy ({reason})"),
            HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse =>
                Passing(BadAnswer, $"the connection ended before an answer: {reason}"),
            _ => Passing(NoNetwork, $"cannot be reached: {reason}; is there a network, or should HTTPS_PROXY name a proxy?"),
        };
    }
}
