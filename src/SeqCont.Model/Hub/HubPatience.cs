namespace SeqCont.Model;

/// <summary>A token that ends a wait for a server which says nothing for too long, or with the work itself.</summary>
internal sealed class HubPatience : IDisposable
{
    private readonly HubSettings _settings;
    private readonly CancellationToken _work;
    private readonly CancellationTokenSource _stall;
    private readonly CancellationTokenSource _either;

    internal HubPatience(HubSettings settings, CancellationToken work)
    {
        (_settings, _work) = (settings, work);
        _stall = new CancellationTokenSource(settings.StallTimeout, settings.Clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(work, _stall.Token);
    }

    internal CancellationToken Token => _either.Token;

    /// <summary>Whether the server is the reason, not the work's own end.</summary>
    internal bool IsOver => _stall.IsCancellationRequested && !_work.IsCancellationRequested;

    /// <summary>How long was waited, for messages.</summary>
    internal string Time => $"{_settings.StallTimeout.TotalSeconds:0.#} s";

    /// <summary>The server said something: the time starts again.</summary>
    internal void Renew() => _stall.CancelAfter(_settings.StallTimeout);

    public void Dispose()
    {
        _either.Dispose();
        _stall.Dispose();
    }
}
