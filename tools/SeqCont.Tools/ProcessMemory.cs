using System.Globalization;

namespace SeqCont.Tools;

/// <summary>What Linux counts as this process's memory, and the most that was anonymous, looked at every millisecond.</summary>
internal sealed class ProcessMemory : IDisposable
{
    private const string Status = "/proc/self/status";
    private readonly Thread _watch;
    private volatile bool _stopping;
    private long _peakAnonymous;

    public ProcessMemory()
    {
        _watch = new Thread(Watch) { IsBackground = true };
        _watch.Start();
    }

    /// <summary>Anonymous memory now: heaps and what was allocated, without pages of files.</summary>
    public static long Anonymous => Read("RssAnon:");

    /// <summary>The most memory that was ever resident, pages of files included.</summary>
    public static long PeakResident => Read("VmHWM:");

    /// <summary>The most anonymous memory seen.</summary>
    public long PeakAnonymous => Interlocked.Read(ref _peakAnonymous);

    public void Dispose()
    {
        _stopping = true;
        _watch.Join();
    }

    private void Watch()
    {
        for (; !_stopping; Thread.Sleep(1)) Interlocked.Exchange(ref _peakAnonymous, Math.Max(_peakAnonymous, Anonymous));
    }

    private static long Read(string label)
    {
        var line = File.ReadLines(Status).First(line => line.StartsWith(label, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}
