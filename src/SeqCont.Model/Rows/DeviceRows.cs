using System.Runtime.InteropServices;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// A prefix forest on a device, with the sets of rows that runs ask for. Sets with the same rows are the same
/// object, so that planning costs nothing when nothing changes.
/// </summary>
public sealed class DeviceRows : IDisposable
{
    private readonly IOps _ops;
    private readonly Dictionary<RowSet, RowSet> _ancestors = [];
    private readonly Dictionary<(RowSet, RowSet), RowSet> _unions = [];
    private readonly Dictionary<RowSet, RowSet> _samePositions = [];
    private readonly List<RowSet> _sets = [];
    private readonly List<IndexBuffer> _owned = [];

    /// <summary>Uploads a forest.</summary>
    public DeviceRows(IOps ops, RowForest forest)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(forest);
        _ops = ops;
        Forest = forest;
        Tokens = Put(forest.Tokens);
        Positions = Put(forest.Positions);
        Weights = Put(forest.Weights);
        Chains = new Chains(Put(forest.First), Positions, Put(forest.Entries));
        All = Set(Enumerable.Range(0, forest.Count));
        None = Set([]);
        Ends = Set(forest.Ends);
    }

    /// <summary>The forest.</summary>
    public RowForest Forest { get; }

    /// <summary>A row's token, [row].</summary>
    public IndexBuffer Tokens { get; }

    /// <summary>A row's position, [row].</summary>
    public IndexBuffer Positions { get; }

    /// <summary>How many prompts pass through a row, [row].</summary>
    public IndexBuffer Weights { get; }

    /// <summary>Ancestors of each row.</summary>
    public Chains Chains { get; }

    /// <summary>Every row.</summary>
    public RowSet All { get; }

    /// <summary>No row.</summary>
    public RowSet None { get; }

    /// <summary>The rows that prompts end in.</summary>
    public RowSet Ends { get; }

    /// <summary>The set of these rows (in any order, repeats allowed).</summary>
    public RowSet Set(IEnumerable<int> rows)
    {
        int[] ids = [.. new SortedSet<int>(rows)];
        foreach (var known in _sets)
            if (known.Ids.AsSpan().SequenceEqual(ids)) return known;
        var set = new RowSet(ids, Put(ids));
        _sets.Add(set);
        return set;
    }

    /// <summary>The rows at the positions that a set of another forest covers.</summary>
    /// <param name="other">The other forest.</param>
    /// <param name="set">Its rows.</param>
    public RowSet AtPositionsOf(DeviceRows other, RowSet set)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(set);
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_samePositions, set, out _);
        if (known is not null) return known;
        var positions = set.Ids.Select(row => other.Forest.Positions[row]).ToHashSet();
        return known = Set(Enumerable.Range(0, Forest.Count).Where(row => positions.Contains(Forest.Positions[row])));
    }

    /// <summary>The rows of a set and all their ancestors: what the set's keys and values are.</summary>
    public RowSet WithAncestors(RowSet set)
    {
        if (set == All || set == None) return set;
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_ancestors, set, out _);
        if (known is not null) return known;
        var reached = new bool[Forest.Count];
        foreach (var row in set.Ids)
            for (var r = row; r >= 0 && !reached[r]; r = Forest.Parents[r]) reached[r] = true;
        return known = Set(Enumerable.Range(0, Forest.Count).Where(row => reached[row]));
    }

    /// <summary>The rows of either set.</summary>
    public RowSet Union(RowSet a, RowSet b)
    {
        if (a == b || b == None) return a;
        if (a == None) return b;
        if (a == All || b == All) return All;
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_unions, (a, b), out _);
        return known ??= Set(a.Ids.Concat(b.Ids));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _owned) buffer.Dispose();
    }

    private IndexBuffer Put(int[] values)
    {
        var buffer = _ops.Upload(values);
        _owned.Add(buffer);
        return buffer;
    }
}
