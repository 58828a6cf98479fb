namespace SeqCont.Model;

/// <summary>Why a model cannot be had.</summary>
public enum HubProblem
{
    /// <summary>The hub cannot be reached.</summary>
    NoNetwork,

    /// <summary>Downloads are switched off.</summary>
    Offline,

    /// <summary>The hub wants a token, or does not accept the one that it got (401).</summary>
    NotAuthorized,

    /// <summary>This account may not read the model, such as one whose terms must be accepted first (403).</summary>
    Forbidden,

    /// <summary>There is no such model, revision or file (404).</summary>
    NotFound,

    /// <summary>The hub asks to wait for longer than is waited (429, 503).</summary>
    Busy,

    /// <summary>The hub fails, or answers what no hub answers.</summary>
    BadAnswer,

    /// <summary>What arrived is not what the hub promised.</summary>
    Corrupt,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>
    /// The cache is not as it should be: a file where a folder is due, a link that leads nowhere or out of the cache, no right to
    /// write.
    /// </summary>
    BadCache,

    /// <summary>Another process downloads into this model.</summary>
    InUse,

    /// <summary>The model has no files that can be read here.</summary>
    Unusable,
}

/// <summary>A model cannot be had from the hub; the message says why and what helps, in one line.</summary>
/// <param name="problem">Why.</param>
/// <param name="message">One line.</param>
/// <param name="inner">What lies behind it.</param>
public sealed class HubException(HubProblem problem, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Why.</summary>
    public HubProblem Problem { get; } = problem;
}

/// <summary>A failure that may pass: the same request is worth trying again.</summary>
/// <param name="problem">What it is when it does not pass.</param>
/// <param name="message">One line.</param>
/// <param name="retryAfter">How long the server asks to wait; null: it does not say.</param>
/// <param name="inner">What lies behind it.</param>
internal sealed class PassingException(
    HubProblem problem, string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    internal HubProblem Problem { get; } = problem;

    internal TimeSpan? RetryAfter { get; } = retryAfter;
}
