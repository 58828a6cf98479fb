using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// Activations of one run, copied to the host where hooks were asked for. Kept by row of the forest; read by
/// prompt and position.
/// </summary>
/// <param name="ops">The backend that the run uses.</param>
/// <param name="forest">The run's rows.</param>
/// <param name="wanted">Which hooks to keep.</param>
/// <param name="only">When given: the rows to keep them of; others are not copied.</param>
public sealed class ActivationCache(IOps ops, RowForest forest, Func<HookPoint, bool> wanted, IReadOnlySet<int>? only = null)
{
    private readonly Dictionary<HookPoint, double[][]> _values = [];

    /// <summary>The hooks that were reached and kept.</summary>
    public IReadOnlyCollection<HookPoint> Hooks => _values.Keys;

    /// <summary>One activation at one position of a prompt, flat.</summary>
    /// <param name="hook">A kept hook.</param>
    /// <param name="prompt">Prompt, in the order given to the forest.</param>
    /// <param name="position">From 0; within the prompt.</param>
    /// <exception cref="KeyNotFoundException">The hook was not kept, or not of this row.</exception>
    public ReadOnlySpan<double> At(HookPoint hook, int prompt, int position)
    {
        var row = forest.RowAt(prompt, position);
        return _values.TryGetValue(hook, out var rows)
            && rows[row] is { } values ? values : throw new KeyNotFoundException($"{hook} was not kept in this run.");
    }

    /// <summary>Forgets what was kept so far: what a caller has read of a layer need not stay while others run.</summary>
    public void Clear() => _values.Clear();

    internal bool Wants(HookKind kind, int layer) => wanted(new HookPoint(kind, layer));

    /// <summary>Keeps rows of a compact array.</summary>
    /// <param name="kind">Which activation.</param>
    /// <param name="layer">Its layer.</param>
    /// <param name="rows">What the compact rows stand for.</param>
    /// <param name="compact">[i, width].</param>
    /// <param name="width">Numbers per row.</param>
    internal void Keep(HookKind kind, int layer, Rows rows, View compact, int width) =>
        Keep(kind, layer, rows, compact.Buffer, width, (i, _) => compact.Start + (long)i * width);

    /// <summary>Keeps rows of an array laid out by row, or <paramref name="width"/> numbers of each.</summary>
    internal void KeepByRow(
        HookKind kind, int layer, Rows rows, DeviceBuffer byRow, int width, int offset = 0, int? rowWidth = null) =>
        Keep(kind, layer, rows, byRow, width, (_, row) => (long)row * (rowWidth ?? width) + offset);

    /// <summary>Keeps for each row the line of a table that its index names.</summary>
    internal void KeepLines(HookKind kind, Rows rows, DeviceBuffer table, int[] lines, int width) =>
        Keep(kind, 0, rows, table, width, (_, row) => (long)lines[row] * width);

    /// <summary>Keeps numbers that are on the host already.</summary>
    internal void Keep(HookKind kind, int layer, int row, ReadOnlySpan<double> values)
    {
        if (Wants(kind, layer) && IsKept(row)) RowsOf(kind, layer)[row] = values.ToArray();
    }

    private bool IsKept(int row) => only is null || only.Contains(row);

    private double[][] RowsOf(HookKind kind, int layer)
    {
        var hook = new HookPoint(kind, layer);
        if (!_values.TryGetValue(hook, out var rows)) _values[hook] = rows = new double[forest.Count][];
        return rows;
    }

    private void Keep(HookKind kind, int layer, Rows rows, DeviceBuffer buffer, int width, Func<int, int, long> start)
    {
        if (!Wants(kind, layer)) return;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows.Numbers[i];
            if (!IsKept(row)) continue;
            var values = RowsOf(kind, layer)[row] = new double[width];
            ops.Download(buffer, start(i, row), values);
        }
    }
}
