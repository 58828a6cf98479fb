using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace SeqCont.Engine.Cpu;

/// <summary>A piece of work cut into items that may be done in any order, by any worker.</summary>
internal interface ITeamJob
{
    /// <summary>Does one item.</summary>
    /// <param name="item">Which, from 0.</param>
    /// <param name="worker">Who, from 0 and below the number of threads: whose scratch to use.</param>
    void Run(int item, int worker);
}

/// <summary>
/// Threads that wait for work together with the caller. Items are handed out one by one in ascending order, so
/// that a slow core takes fewer. Of items that fail the first is thrown, whichever thread comes first: all before it were done.
/// Between jobs a worker spins briefly, then sleeps. A worker that wakes up after
/// the last item went out never joins, so nobody waits for it.
/// </summary>
internal sealed class WorkerTeam : IDisposable
{
    private const int SpinsBeforeSleep = 100;

    private readonly Lock _caller = new();
    private readonly object _gate = new();
    private readonly Thread[] _workers;
    private readonly Dictionary<Type, Slot> _slots = [];
    private Slot? _open;
    private ExceptionDispatchInfo? _failure;
    private int _failed;
    private int _epoch;
    private int _joined;
    private int _next;
    private bool _stopping;

    /// <summary>Starts <paramref name="threads"/> - 1 threads; the caller is the last one.</summary>
    public WorkerTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        Threads = threads;
        _workers = new Thread[threads - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            var worker = i + 1;
            _workers[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"SeqCont worker {worker}" };
            _workers[i].Start();
        }
    }

    /// <summary>Workers in all, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Does items 0 up to <paramref name="items"/> and returns when all are done.</summary>
    /// <exception cref="InvalidOperationException">Called from within a job.</exception>
    public void Run<TJob>(int items, TJob job)
        where TJob : struct, ITeamJob
    {
        if (items <= 1 || Threads == 1)
        {
            for (var item = 0; item < items; item++) job.Run(item, 0);
            return;
        }

        if (_caller.IsHeldByCurrentThread || Array.IndexOf(_workers, Thread.CurrentThread) >= 0)
            throw new InvalidOperationException("A job cannot start another job.");
        lock (_caller)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, typeof(TJob), out _);
            var slot = (Slot<TJob>)(known ??= new Slot<TJob>());
            (slot.Items, slot.Job) = (items, job);
            Open(slot);
            Drain(slot, 0);
            Close();
            slot.Job = default;
            var failure = _failure;
            _failure = null;
            failure?.Throw();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Volatile.Write(ref _epoch, _epoch + 1);
            Monitor.PulseAll(_gate);
        }

        foreach (var worker in _workers) worker.Join();
    }

    private void Open(Slot slot)
    {
        lock (_gate)
        {
            _next = 0;
            _open = slot;
            Volatile.Write(ref _epoch, _epoch + 1);
            Monitor.PulseAll(_gate);
        }
    }

    private void Close()
    {
        lock (_gate) _open = null;
        for (var spins = 0; Volatile.Read(ref _joined) > 0 && spins < SpinsBeforeSleep; spins++) Thread.SpinWait(20);
        lock (_gate)
            while (_joined > 0) Monitor.Wait(_gate);
    }

    private void Work(int worker)
    {
        var seen = 0;
        while (true)
        {
            for (var spins = 0; Volatile.Read(ref _epoch) == seen && spins < SpinsBeforeSleep; spins++) Thread.SpinWait(20);
            Slot? slot;
            lock (_gate)
            {
                while (_epoch == seen) Monitor.Wait(_gate);
                if (_stopping) return;
                seen = _epoch;
                slot = _open;
                if (slot is null) continue;
                _joined++;
            }

            Drain(slot, worker);
            lock (_gate)
                if (--_joined == 0) Monitor.PulseAll(_gate);
        }
    }

    private void Drain(Slot slot, int worker)
    {
        for (var item = Interlocked.Increment(ref _next) - 1; item < slot.Items; item = Interlocked.Increment(ref _next) - 1)
            try
            {
                slot.Run(item, worker);
            }
            catch (Exception exception)
            {
                lock (_gate)
                    if (_failure is null || item < _failed) (_failed, _failure) = (item, ExceptionDispatchInfo.Capture(exception));
                Volatile.Write(ref _next, slot.Items);
            }
    }

    private abstract class Slot
    {
        public int Items { get; set; }

        public abstract void Run(int item, int worker);
    }

    // Where a job waits to be done: one a kind, so that a call allocates nothing.
    private sealed class Slot<TJob> : Slot
        where TJob : struct, ITeamJob
    {
        public TJob Job;

        public override void Run(int item, int worker) => Job.Run(item, worker);
    }
}
