namespace SeqCont.Cli.Running;

/// <summary>Progress told at once, on the thread that makes it.</summary>
internal sealed class Listener<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
