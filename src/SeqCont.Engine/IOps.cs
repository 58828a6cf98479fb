namespace SeqCont.Engine;

/// <summary>
/// The operations that a forward pass is made of: the one seam between the model and what computes it.
/// Arrays are flat; [a, b] in a comment is the shape, slowest axis first. "Laid out by row" means the first
/// axis is the row number of the prefix forest; "compact" means it is the index within <see cref="Rows"/>.
/// A row's result depends only on that row's inputs, never on which other rows are in the call: every dot
/// product adds its terms in ascending k from zero, in one chain. Destinations may not alias sources unless
/// said. Not thread-safe: one caller at a time; an implementation uses all its threads inside a call.
/// A backend implements every operation; the bodies here are for decorators (<see cref="MeteredOps"/>,
/// <see cref="DryOps"/>): they say how much work an operation is and hand it on, so that a new one asks nothing of them.
/// </summary>
public interface IOps : IDisposable
{
    /// <summary>What computes, for people and records: "cpu avx512, 2 threads", "reference fp64".</summary>
    string Name { get; }

    /// <summary>Bytes of one element of a <see cref="DeviceBuffer"/>: what memory predictions count with; by default 4.</summary>
    int ElementBytes => sizeof(float);

    /// <summary>Rows of a block that keep it busy: more gain nothing, fewer leave threads idle; by default a processor's.</summary>
    int BlockRows => HostMemory.BlockRows;

    /// <summary>Bytes that a run may take where nothing is said: most of what is free where buffers live.</summary>
    long MemoryBytes => HostMemory.Bytes;

    /// <summary>Counts the work that is done here; null where none is counted.</summary>
    WorkMeter? Meter => null;

    /// <summary>Lets one operation through a decorator. A backend is never asked: it implements the operation itself.</summary>
    /// <param name="flops">Floating-point operations; for each pair of a row and an ancestor when there are chains.</param>
    /// <param name="rows">Rows that attend.</param>
    /// <param name="chains">Ancestors that they attend to; null where nothing attends.</param>
    internal OperationCall Pass(long flops = 0, Rows rows = default, Chains? chains = null) =>
        throw new NotSupportedException($"{Name} does not implement this operation.");

    /// <summary>Waits until all that was asked for is done. Downloads and <see cref="NormDot"/> wait by themselves.</summary>
    void Finish();

    /// <summary>A buffer of zeros.</summary>
    DeviceBuffer Allocate(long length);

    /// <summary>A buffer holding a tensor's elements in C order.</summary>
    /// <exception cref="InvalidDataException">An element is NaN or infinite (named in the message).</exception>
    DeviceBuffer Upload(Tensor tensor);

    /// <summary>A buffer holding integers.</summary>
    IndexBuffer Upload(ReadOnlySpan<int> values);

    /// <summary>Copies values into a buffer, from element <paramref name="start"/> on.</summary>
    void Upload(ReadOnlySpan<double> values, DeviceBuffer destination, long start);

    /// <summary>Copies elements [start, start + values.Length) of a buffer to the host.</summary>
    void Download(DeviceBuffer source, long start, Span<double> values);

    /// <summary>Sums of zero.</summary>
    SumBuffer AllocateSums(int slots, int width);

    /// <summary>Brings a weight matrix into this backend's layout.</summary>
    /// <param name="tensor">[k, n] (dot products run over the first axis, as in Conv1D), or, when
    /// <paramref name="transposed"/>, [n, k].</param>
    /// <param name="firstColumn">The first of the tensor's output columns to take.</param>
    /// <param name="columns">How many output columns to take: n of the result.</param>
    /// <param name="kBlock">Rows in a block that a product may pick; divides k.</param>
    /// <param name="columnBlock">Columns in a block that a product may pick; divides columns.</param>
    /// <param name="transposed">Whether the tensor is [n, k].</param>
    /// <exception cref="InvalidDataException">An element is NaN or infinite (named in the message).</exception>
    WeightMatrix CreateWeights(Tensor tensor, int firstColumn, int columns, int kBlock, int columnBlock, bool transposed = false);

    /// <summary>resid[row] = tokenTable[tokens[row]] + positionTable[positions[row]], or the first alone.</summary>
    /// <param name="tokens">[row].</param>
    /// <param name="positions">[row].</param>
    /// <param name="tokenTable">W_E, [dVocab, dModel].</param>
    /// <param name="positionTable">W_pos, [nCtx, dModel]; null: positions come in elsewhere.</param>
    /// <param name="rows">Rows to write.</param>
    /// <param name="dModel">Width of the residual stream.</param>
    /// <param name="resid">Destination, [row, dModel] by row.</param>
    void Embed(
        IndexBuffer tokens, IndexBuffer positions, DeviceBuffer tokenTable, DeviceBuffer? positionTable, Rows rows, int dModel,
        DeviceBuffer resid)
    {
        using var call = Pass();
        call.To?.Embed(tokens, positions, tokenTable, positionTable, rows, dModel, resid);
    }

    /// <summary>
    /// normalized[i] = (x - mean(x)) / sqrt(var(x) + epsilon) * gain + bias, x = resid[rows[i]]. A row and its scale are no numbers where
    /// the mean is so large beside the scale that the differences are rounding: at 2^24 / 1000 scales; in double precision 2^53 / 1000.
    /// </summary>
    /// <param name="resid">[row, dModel] by row.</param>
    /// <param name="rows">Rows to read.</param>
    /// <param name="norm">Gain, bias, epsilon.</param>
    /// <param name="dModel">Width.</param>
    /// <param name="normalized">Destination, [i, dModel] compact.</param>
    /// <param name="scales">When given: sqrt(var + epsilon), [i] compact (TransformerLens's hook_scale).</param>
    void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null)
    {
        using var call = Pass();
        call.To?.LayerNorm(resid, rows, norm, dModel, normalized, scales);
    }

    /// <summary>
    /// destination[r, j] = activation(sum over k of a[i, k] weights[k, j] + bias[j]) for the columns j of the
    /// chosen blocks; other columns are left as they are.
    /// </summary>
    /// <param name="a">[i, k] compact.</param>
    /// <param name="rows">Rows of the destination when <paramref name="byRow"/>, else only their count matters.</param>
    /// <param name="weights">[k, n].</param>
    /// <param name="columnBlocks">Ascending numbers of the column blocks to compute (of weights.ColumnBlock columns).</param>
    /// <param name="bias">[n], or null for none.</param>
    /// <param name="activation">Applied to each sum.</param>
    /// <param name="byRow">Whether r is rows[i] (by row) or i (compact).</param>
    /// <param name="destination">[r, n].</param>
    void Project(
        DeviceBuffer a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> columnBlocks, DeviceBuffer? bias, Activation activation,
        bool byRow, DeviceBuffer destination)
    {
        using var call = Pass(2L * rows.Count * weights.K * columnBlocks.Length * weights.ColumnBlock);
        call.To?.Project(a, rows, weights, columnBlocks, bias, activation, byRow, destination);
    }

    /// <summary>
    /// destination[rows[i]] = source[rows[i]] + (sum over the chosen k of a[i, k] weights[k] + table[slots[rows[i]]]).
    /// </summary>
    /// <param name="a">[i, k] compact, k in full: what lies outside the chosen blocks is not read.</param>
    /// <param name="rows">Rows to write.</param>
    /// <param name="weights">[k, n].</param>
    /// <param name="kBlocks">Ascending numbers of the row blocks to sum over (of weights.KBlock rows); may be empty.</param>
    /// <param name="source">[row, n] by row; null for zero. May be the destination itself.</param>
    /// <param name="table">[slot, n]; null for zero.</param>
    /// <param name="slots">A row's slot, [row]; null: slot 0 for all.</param>
    /// <param name="destination">[row, n] by row.</param>
    void ProjectAdd(
        View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table,
        IndexBuffer? slots, DeviceBuffer destination)
    {
        using var call = Pass(2L * rows.Count * kBlocks.Length * weights.KBlock * weights.N);
        call.To?.ProjectAdd(a, rows, weights, kBlocks, source, table, slots, destination);
    }

    /// <summary>
    /// Causal attention over ancestors for the chosen heads: z[i, h] = sum over ancestors a of
    /// softmax(q[i, h] . k[a, h] / divisor) v[a, h].
    /// </summary>
    /// <param name="q">[i, head, dHead] compact.</param>
    /// <param name="kv">[row, 2, key/value head, dHead] by row: keys, then values.</param>
    /// <param name="rows">Rows that ask.</param>
    /// <param name="chains">Ancestors of each row.</param>
    /// <param name="heads">Ascending head numbers; the others' z is left as it is.</param>
    /// <param name="shape">Heads, divisor, rotation.</param>
    /// <param name="z">Destination, [i, head, dHead] compact.</param>
    /// <param name="scores">When given: scaled scores before the softmax, [i, head, nCtx] compact, entry p = ancestor at position
    /// p.</param>
    /// <param name="pattern">When given: the softmax, same layout.</param>
    /// <param name="nCtx">Row length of scores and pattern; unused when both are null.</param>
    void Attention(
        DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, AttentionShape shape, View z,
        DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0)
    {
        using var call = Pass(4L * shape.DHead * heads.Length, rows, chains);
        call.To?.Attention(q, kv, rows, chains, heads, shape, z, scores, pattern, nCtx);
    }

    /// <summary>destination[rows[i]] = source[rows[i]] + table[slots[rows[i]]].</summary>
    /// <param name="source">[row, width] by row; null for zero. May be the destination itself.</param>
    /// <param name="rows">Rows to write.</param>
    /// <param name="table">[slot, width].</param>
    /// <param name="slots">A row's slot, [row]; null: slot 0 for all.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="destination">[row, width] by row.</param>
    void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination)
    {
        using var call = Pass();
        call.To?.AddTable(source, rows, table, slots, width, destination);
    }

    /// <summary>destination[rows[i]] = source[rows[i]] + compact[i].</summary>
    /// <param name="source">[row, width] by row. May be the destination itself.</param>
    /// <param name="rows">Rows to write.</param>
    /// <param name="compact">[i, width] compact.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="destination">[row, width] by row.</param>
    void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination)
    {
        using var call = Pass();
        call.To?.Add(source, rows, compact, width, destination);
    }

    /// <summary>
    /// delta[i, head] = means[slots[rows[i]], head] - z[i, head]: what removing one head changes in the input
    /// of W_O. Other heads of delta are left as they are.
    /// </summary>
    /// <param name="z">[i, head, dHead] compact.</param>
    /// <param name="rows">Rows of z.</param>
    /// <param name="means">[slot, head, dHead].</param>
    /// <param name="slots">A row's slot, [row].</param>
    /// <param name="head">The head that goes.</param>
    /// <param name="nHeads">Heads in a layer.</param>
    /// <param name="dHead">Width of a head.</param>
    /// <param name="delta">Destination, [i, head, dHead] compact.</param>
    void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta)
    {
        using var call = Pass();
        call.To?.HeadDelta(z, rows, means, slots, head, nHeads, dHead, delta);
    }

    /// <summary>sums[slots[rows[i]]] += weights[rows[i]] * values[i], in double precision, in the order of rows.</summary>
    /// <param name="values">[i, width] compact.</param>
    /// <param name="rows">Rows of values.</param>
    /// <param name="slots">A row's slot, [row].</param>
    /// <param name="weights">How often a row counts, [row].</param>
    /// <param name="sums">[slot, width].</param>
    void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums)
    {
        using var call = Pass();
        call.To?.AddToSums(values, rows, slots, weights, sums);
    }

    /// <summary>means[slot] = sums[slot] / counts[slot], then sums = 0. A slot with count 0 gives 0.</summary>
    /// <param name="sums">[slot, width].</param>
    /// <param name="counts">[slot].</param>
    /// <param name="means">Destination, [slot, width].</param>
    void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means)
    {
        using var call = Pass();
        call.To?.Average(sums, counts, means);
    }

    /// <summary>
    /// result[i, j] = norm(resid[ends[i]]) . columns[which[ends.Start + i, j]]: with W_U[correct] - W_U[incorrect] as a prompt's
    /// one column, its logit difference. The norm and the dot product are in double precision, nothing rounded between.
    /// </summary>
    /// <param name="resid">[row, dModel] by row.</param>
    /// <param name="ends">The row that each prompt ends in, one entry a prompt (rows may repeat).</param>
    /// <param name="norm">Gain, bias, epsilon.</param>
    /// <param name="columns">[column, dModel].</param>
    /// <param name="which">Numbers of the columns of each entry of ends.Ids, [entry, j].</param>
    /// <param name="perEnd">Columns of an entry.</param>
    /// <param name="dModel">Width.</param>
    /// <param name="result">Destination, [i, j]; a dry run gives 1.</param>
    void NormDot(
        DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer columns, IndexBuffer which, int perEnd, int dModel, Span<double> result)
    {
        using var call = Pass(2L * ends.Count * perEnd * dModel);
        if (call.To is { } ops) ops.NormDot(resid, ends, norm, columns, which, perEnd, dModel, result);
        else result.Fill(1);
    }

    /// <summary>compact[i] = source[rows[i]].</summary>
    /// <param name="source">[row, width] by row.</param>
    /// <param name="rows">Rows to read.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="compact">Destination, [i, width] compact.</param>
    void Gather(DeviceBuffer source, Rows rows, int width, DeviceBuffer compact)
    {
        using var call = Pass();
        call.To?.Gather(source, rows, width, compact);
    }

    /// <summary>Copies a buffer into one of the same length, where they are.</summary>
    void Copy(DeviceBuffer source, DeviceBuffer destination)
    {
        using var call = Pass();
        call.To?.Copy(source, destination);
    }
}
