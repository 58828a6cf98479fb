using SeqCont.Engine;

namespace SeqCont.Circuits;

/// <summary>
/// Stored residuals: entry l is resid_pre[l] of the current circuit, right as long as no node below layer l
/// changes. What is asked for and not there is computed from the nearest entry below, always by the same
/// route, so results do not depend on how many entries fit.
/// </summary>
/// <param name="ops">Backend.</param>
/// <param name="elements">Elements of one entry.</param>
/// <param name="capacity">How many entries may be held, at least <see cref="LeastCapacity"/>.</param>
/// <param name="embed">Writes resid_pre[0].</param>
/// <param name="advance">(layer, resid_pre, resid_post): runs one layer of the current circuit; the two may be one buffer.</param>
internal sealed class PrefixStore(
    IOps ops, long elements, int capacity, Action<DeviceBuffer> embed, Action<int, DeviceBuffer, DeviceBuffer> advance) : IDisposable
{
    /// <summary>One entry to start from and one to arrive at.</summary>
    public const int LeastCapacity = 2;

    private readonly SortedDictionary<int, DeviceBuffer> _entries = [];
    private readonly Stack<DeviceBuffer> _free = [];
    private int _allocated;

    /// <summary>resid_pre[layer]; the number of layers asks for the last resid_post. Valid until the next call.</summary>
    public DeviceBuffer Get(int layer)
    {
        if (_entries.TryGetValue(layer, out var known)) return known;
        var start = _entries.Keys.Where(stored => stored < layer).DefaultIfEmpty(-1).Max();
        var first = Math.Max(start, 0);
        MakeRoom(layer, start, wanted: 1 + Math.Max(0, layer - first - 1));
        var target = _free.Pop();
        if (start < 0) embed(target);
        var current = start < 0 ? target : _entries[start];
        var checkpoints = Checkpoints(first, layer, _free.Count);
        for (var next = first + 1; next <= layer; next++)
        {
            var destination = target;
            if (checkpoints.Contains(next)) _entries[next] = destination = _free.Pop();
            advance(next - 1, current, destination);
            current = destination;
        }

        return _entries[layer] = target;
    }

    /// <summary>Forgets what rests on a layer's nodes: they changed.</summary>
    public void Changed(int layer)
    {
        foreach (var above in _entries.Keys.Where(stored => stored > layer).ToArray()) Release(above);
    }

    /// <summary>Gives back the memory of entries that were forgotten.</summary>
    public void ReleaseFree()
    {
        _allocated -= _free.Count;
        while (_free.TryPop(out var buffer)) buffer.Dispose();
    }

    /// <summary>Forgets everything and gives the memory back.</summary>
    public void ReleaseAll()
    {
        Changed(-1);
        ReleaseFree();
    }

    public void Dispose() => ReleaseAll();

    /// <summary>
    /// Frees up to <paramref name="wanted"/> buffers, at least one: new ones, then those of entries above (a
    /// backward sweep has passed them). If there is none of either, the lowest entry but the start goes (a
    /// forward sweep has passed it).
    /// </summary>
    private void MakeRoom(int layer, int start, int wanted)
    {
        while (_free.Count < wanted)
        {
            var above = _entries.Keys.Where(stored => stored > layer).DefaultIfEmpty(-1).Max();
            if (_allocated < capacity)
            {
                _free.Push(ops.Allocate(elements));
                _allocated++;
            }
            else if (above >= 0) Release(above);
            else if (_free.Count == 0) Release(_entries.Keys.First(stored => stored != start));
            else return;
        }
    }

    /// <summary>Which layers between two to keep on the way: all if they fit, else evenly spaced.</summary>
    private static HashSet<int> Checkpoints(int first, int layer, int room)
    {
        var between = layer - first - 1;
        var count = Math.Min(between, room);
        return [.. Enumerable.Range(1, Math.Max(0, count)).Select(i => first + (int)((long)i * (between + 1) / (count + 1)))];
    }

    private void Release(int layer)
    {
        _free.Push(_entries[layer]);
        _entries.Remove(layer);
    }
}
