using System.Globalization;
using static SeqCont.Model.HubProblem;

namespace SeqCont.Model;

/// <summary>What a hub's refusals mean, in words that help.</summary>
internal static class HubAnswers
{
    private const int LongestNote = 200;

    /// <summary>Passes over answers that are good; explains the others.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="model">What was asked for.</param>
    /// <param name="file">The file of it; null for the model itself.</param>
    /// <param name="settings">Which hub, and whether it got a token.</param>
    /// <exception cref="HubException">It is refused.</exception>
    /// <exception cref="PassingException">It may work later.</exception>
    internal static void Require(HttpResponseMessage response, HubName model, string? file, HubSettings settings)
    {
        if (response.IsSuccessStatusCode) return;
        var status = (int)response.StatusCode;
        var (host, code, note) = (settings.Endpoint.Authority, response.Header("X-Error-Code"), Note(response));
        // The hub may have sent for the file to another host, which knows no token: what that one answers is not the hub's fault.
        var address = response.RequestMessage?.RequestUri;
        var (isElsewhere, asked) = address is null || settings.IsEndpoint(address) ? (false, host) : (true, address.Authority);
        var what = file is null ? $"{model}" : $"{model}: {file}";
        HubException Refused(HubProblem problem, string message) => new(problem, message + note);
        throw (status, code) switch
        {
            (408 or 425 or 429 or >= 500, _) => new PassingException(
                status is 429 or 503 ? Busy : BadAnswer,
                $"{asked}: {(status == 429 ? "too many requests (429)" : $"answers {status} {Phrase(response)}")}{note}",
                Wait(response, settings)),
            _ when isElsewhere => Refused(
                status is 404 or 410 ? NotFound : status is 401 or 403 ? Forbidden : BadAnswer,
                $"{what}: {asked}, where {host} keeps it, answers {status} {Phrase(response)}: the network or a proxy may not let it pass, "
                    + "or it is not there now"),
            (_, "GatedRepo") => Refused(Forbidden,
                $"{what}: its owner asks to accept terms first, at {settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{model.Repository}; then "
                    + $"give your token in HF_TOKEN ({status})"),
            (401, _) => Refused(NotAuthorized, settings.Token is null
                ? $"{what}: {host} has no such model for everybody (401): check the name, or give a token in HF_TOKEN if it is private"
                : $"{what}: {host} does not accept the token for it (401): check the name, and the token in HF_TOKEN"),
            (403, _) => Refused(Forbidden,
                $"{what}: {host} refuses it (403): "
                    + (settings.Token is null ? "a token in HF_TOKEN may help" : "this token may not read it")),
            (404 or 410, _) => Refused(NotFound, $"{Missing(code, model, file, host)} ({status})"),
            _ => Refused(BadAnswer, $"{what}: {host} answers {status} {Phrase(response)}"),
        };
    }

    /// <summary>A header's text; null where it is not there.</summary>
    internal static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(' ', values).Trim() : null;

    private static string Missing(string? code, HubName model, string? file, string host) => code switch
    {
        "RevisionNotFound" => $"{model.Repository}: {host} has no revision '{model.Revision}' of it",
        "EntryNotFound" when file is not null => $"{model}: {host} has no file {file} in it",
        "RepoNotFound" => $"{model.Repository}: {host} has no such model",
        _ when file is not null => $"{model}: {host} does not find its file {file}",
        _ => $"{model}: {host} has no such model{(model.HasRevision ? " or revision" : "")}",
    };

    private static TimeSpan? Wait(HttpResponseMessage response, HubSettings settings)
    {
        var after = response.Headers.RetryAfter;
        var wait = after is null ? Window(response) : after.Delta ?? after.Date - settings.Clock.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    /// <summary>What is left of the window in which requests are counted: RateLimit: "resolvers";r=0;t=SECONDS.</summary>
    private static TimeSpan? Window(HttpResponseMessage response)
    {
        var left = response.Header("RateLimit")?.Split(';', StringSplitOptions.TrimEntries)
            .FirstOrDefault(part => part.StartsWith("t=", StringComparison.Ordinal));
        return (int)response.StatusCode == 429
            && uint.TryParse(left?[2..], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds) : null;
    }

    // The hub's own words, which are anybody's.
    private static string Note(HttpResponseMessage response) =>
        response.Header("X-Error-Message") is { Length: > 0 } text
            ? $"; it says: {BadFile.Printable(text.Length > LongestNote ? text[..LongestNote] : text)}" : "";

    private static string Phrase(HttpResponseMessage response) =>
        BadFile.Printable(response.ReasonPhrase is { Length: < 60 } phrase ? phrase : "");
}
