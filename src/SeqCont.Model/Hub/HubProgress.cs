namespace SeqCont.Model;

/// <summary>What happens to a file.</summary>
public enum HubStep
{
    /// <summary>Bytes arrive.</summary>
    Downloading,

    /// <summary>Another process downloads the same file; this one waits for it.</summary>
    Waiting,

    /// <summary>An attempt failed; the next one goes on from where it stopped.</summary>
    Retrying,

    /// <summary>Its hash is being computed.</summary>
    Verifying,

    /// <summary>It is in the cache, downloaded just now.</summary>
    Done,

    /// <summary>It was in the cache already.</summary>
    Cached,
}

/// <summary>One report of a download.</summary>
/// <param name="File">The file's name; the model's while it is asked what files it has.</param>
/// <param name="Step">What happens to it.</param>
/// <param name="Done">Bytes of it that are there.</param>
/// <param name="Total">Its size in bytes; 0 while that is not known.</param>
/// <param name="Note">Why it is tried again, and when; null otherwise.</param>
public sealed record HubProgress(string File, HubStep Step, long Done, long Total, string? Note = null);
