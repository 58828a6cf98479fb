namespace SeqCont.Circuits;

/// <summary>Progress reported at once, on the caller's thread.</summary>
/// <param name="report">Takes each value.</param>
public sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
