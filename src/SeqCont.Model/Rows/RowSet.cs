using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>Some rows of a forest, ascending, on the host and on the device. Compared by reference.</summary>
public sealed class RowSet
{
    internal RowSet(int[] ids, IndexBuffer device)
    {
        Ids = ids;
        Device = Rows.All(device);
    }

    /// <summary>Row numbers, ascending, distinct.</summary>
    public int[] Ids { get; }

    /// <summary>Number of rows.</summary>
    public int Count => Ids.Length;

    /// <summary>The same on the device.</summary>
    public Rows Device { get; }

    /// <summary>These rows in blocks of at most <paramref name="size"/>.</summary>
    public IEnumerable<Rows> Blocks(int size)
    {
        for (var start = 0; start < Count; start += size) yield return Device.Slice(start, Math.Min(size, Count - start));
    }
}
