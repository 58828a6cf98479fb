namespace SeqCont.Circuits;

/// <summary>One table that can be measured.</summary>
public sealed class VerificationJob
{
    private readonly VerifyTable _empty;
    private readonly Action<TableFilling> _fill;

    internal VerificationJob(VerifyTable empty, int steps, Action<TableFilling> fill) => (_empty, Steps, _fill) = (empty, steps, fill);

    /// <summary>The part that it belongs to.</summary>
    public string Part => _empty.Part;

    /// <summary>The table's name.</summary>
    public string Name => _empty.Name;

    /// <summary>Steps that progress is told of.</summary>
    public int Steps { get; }

    /// <summary>Measures the table.</summary>
    /// <param name="progress">Told of every step, synchronously, before the next one starts.</param>
    /// <param name="cancellationToken">Checked between steps; the table then comes back with the rows measured so far and
    /// <see cref="VerifyTable.Complete"/> false.</param>
    /// <exception cref="ArgumentException">The memory budget is below what the table needs.</exception>
    /// <exception cref="InvalidDataException">The figures are not of one search, or prompts do not fit.</exception>
    public VerifyTable Run(IProgress<VerifyStep>? progress = null, CancellationToken cancellationToken = default)
    {
        var (table, complete) = (new TableFilling(Steps, progress, cancellationToken), false);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            _fill(table);
            complete = true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The rows measured so far come back.
        }

        return _empty with
        {
            Rows = table.Rows,
            Complete = complete,
            FullMean = table.FullMean,
            Note = table.Note,
            PredictedBytes = table.PredictedBytes,
        };
    }
}

/// <summary>A table that is being measured.</summary>
internal sealed class TableFilling(int steps, IProgress<VerifyStep>? progress, CancellationToken cancellationToken)
{
    private readonly List<VerifyRow> _rows = [];
    private int _done, _failing;

    /// <summary>Rows so far.</summary>
    public IReadOnlyList<VerifyRow> Rows => _rows;

    /// <summary>The full model's mean logit difference, where scores are a percentage of it.</summary>
    public double? FullMean { get; set; }

    /// <summary>What there is to say of the whole.</summary>
    public string? Note { get; set; }

    /// <summary>Predicted peak memory.</summary>
    public long PredictedBytes { get; private set; }

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Adds a row.</summary>
    public void Add(VerifyRow row)
    {
        _rows.Add(row);
        if (row.Fails) _failing++;
    }

    /// <summary>Says that a step is done.</summary>
    public void Needs(long bytes) => PredictedBytes = Math.Max(PredictedBytes, bytes);

    public void Step(string detail) => progress?.Report(new VerifyStep(detail, ++_done, steps, _rows.Count, _failing));

    /// <summary>Adds a row that is a step of its own.</summary>
    public void AddStep(VerifyRow row)
    {
        Add(row);
        Step(Invariant($"{row.Name}: {row.Published:0.0000} published, {row.Ours:0.0000} ours"));
    }
}
