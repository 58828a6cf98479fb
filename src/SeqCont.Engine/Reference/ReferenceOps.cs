using SeqCont.Kernels.Attention;
using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.Embed;
using SeqCont.Kernels.Gelu;
using SeqCont.Kernels.Gemm;
using SeqCont.Kernels.LayerNorm;
using SeqCont.Kernels.Means;
using SeqCont.Kernels.NormDot;

namespace SeqCont.Engine.Reference;

/// <summary>
/// The operations as plain loops in double precision on one thread: what every other backend is compared with,
/// and <c>--precision fp64</c>. Not meant to be fast.
/// </summary>
public sealed class ReferenceOps : IOps
{
    /// <inheritdoc/>
    public string Name => "reference fp64";

    /// <inheritdoc/>
    public int ElementBytes => sizeof(double);

    /// <inheritdoc/>
    public int BlockRows => HostMemory.BlockRows;

    /// <inheritdoc/>
    public long MemoryBytes => HostMemory.Bytes;

    /// <inheritdoc/>
    public void Finish() { }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long length) => new ReferenceBuffer(length);

    /// <inheritdoc/>
    public DeviceBuffer Upload(Tensor tensor)
    {
        var buffer = new ReferenceBuffer(tensor.Length);
        tensor.Read(0, buffer.Values);
        RequireFinite(tensor, buffer.Values);
        return buffer;
    }

    /// <inheritdoc/>
    public IndexBuffer Upload(ReadOnlySpan<int> values) => new ReferenceIndices(values.ToArray());

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> values, DeviceBuffer destination, long start) =>
        values.CopyTo(Values(destination).AsSpan((int)start));

    /// <inheritdoc/>
    public void Download(DeviceBuffer source, long start, Span<double> values) =>
        Values(source).AsSpan((int)start, values.Length).CopyTo(values);

    /// <inheritdoc/>
    public SumBuffer AllocateSums(int slots, int width) => new ReferenceSums(slots, width);

    /// <inheritdoc/>
    public WeightMatrix CreateWeights(Tensor tensor, int firstColumn, int columns, int kBlock, int columnBlock, bool transposed = false)
    {
        var all = new double[tensor.Length];
        tensor.Read(0, all);
        RequireFinite(tensor, all);
        var (k, n) = transposed ? (tensor.Shape[1], tensor.Shape[0]) : (tensor.Shape[0], tensor.Shape[1]);
        ArgumentOutOfRangeException.ThrowIfNegative(firstColumn);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstColumn + (long)columns, n);
        var values = new double[(long)k * columns];
        for (var row = 0; row < k; row++)
            for (var column = 0; column < columns; column++)
                values[row * columns + column] = transposed ? all[(firstColumn + column) * k + row] : all[row * n + firstColumn + column];
        return new ReferenceWeights(values, k, columns, kBlock, columnBlock);
    }

    /// <inheritdoc/>
    public void Embed(
        IndexBuffer tokens, IndexBuffer positions, DeviceBuffer tokenTable, DeviceBuffer? positionTable, Rows rows, int dModel,
        DeviceBuffer resid)
    {
        if (positionTable is null)
        {
            AddTable(null, rows, tokenTable, tokens, dModel, resid);
            return;
        }

        foreach (var row in Ids(rows))
            EmbedReference.Apply(Row(tokenTable, Indices(tokens)[row], dModel), Row(positionTable, Indices(positions)[row], dModel),
                Row(resid, row, dModel));
    }

    /// <inheritdoc/>
    public void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null)
    {
        var ids = Ids(rows);
        var bias = Values(OperandChecks.BiasOf(norm));
        for (var i = 0; i < ids.Length; i++)
        {
            var scale = LayerNormReference.Apply(
                Row(resid, ids[i], dModel), Values(norm.Gain), bias, norm.Epsilon, Row(normalized, i, dModel));
            if (scales is not null) Values(scales)[i] = scale;
        }
    }

    /// <inheritdoc/>
    public void Project(
        DeviceBuffer a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> columnBlocks, DeviceBuffer? bias, Activation activation,
        bool byRow, DeviceBuffer destination)
    {
        var ids = Ids(rows);
        var matrix = (ReferenceWeights)weights;
        ReadOnlySpan<int> allOfK = [0];
        var sums = new double[weights.ColumnBlock];
        for (var i = 0; i < ids.Length; i++)
        {
            foreach (var block in columnBlocks)
            {
                var first = block * weights.ColumnBlock;
                GemmReference.Row(Row(a, i, weights.K), matrix.Values, weights.N, allOfK, weights.K, first, sums);
                var target = Row(destination, byRow ? ids[i] : i, weights.N).Slice(first, sums.Length);
                for (var j = 0; j < sums.Length; j++)
                {
                    var value = bias is null ? sums[j] : sums[j] + Values(bias)[first + j];
                    target[j] = activation == Activation.GeluNew ? GeluReference.Apply(value) : value;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void ProjectAdd(
        View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table, IndexBuffer? slots,
        DeviceBuffer destination)
    {
        var ids = Ids(rows);
        var sums = new double[weights.N];
        for (var i = 0; i < ids.Length; i++)
        {
            GemmReference.Row(Row(a, i, weights.K), ((ReferenceWeights)weights).Values, weights.N, kBlocks, weights.KBlock, 0, sums);
            if (table is not null) ElementwiseReference.Add(sums, Row(table, Slot(slots, ids[i]), weights.N), sums);
            AddOrCopy(source, ids[i], sums, destination);
        }
    }

    /// <inheritdoc/>
    public void Attention(
        DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, AttentionShape shape, View z,
        DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0)
    {
        OperandChecks.Supported(shape);
        var ids = Ids(rows);
        var (nHeads, dHead) = (shape.NHeads, shape.DHead);
        for (var i = 0; i < ids.Length; i++)
        {
            var length = Indices(chains.Positions)[ids[i]] + 1;
            var chain = Indices(chains.Entries).AsSpan(Indices(chains.First)[ids[i]], length);
            foreach (var head in heads)
            {
                var unit = i * nHeads + head;
                var headScores = scores is null ? new double[length] : Row(scores, unit, nCtx)[..length];
                var headPattern = pattern is null ? new double[length] : Row(pattern, unit, nCtx)[..length];
                AttentionReference.Apply(Row(q, unit, dHead), Values(kv), chain, head, nHeads, headScores, headPattern,
                    Row(z, unit, dHead));
            }
        }
    }

    /// <inheritdoc/>
    public void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination)
    {
        foreach (var row in Ids(rows)) AddOrCopy(source, row, Row(table, Slot(slots, row), width), destination);
    }

    /// <inheritdoc/>
    public void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination)
    {
        var ids = Ids(rows);
        for (var i = 0; i < ids.Length; i++) AddOrCopy(source, ids[i], Row(compact, i, width), destination);
    }

    /// <inheritdoc/>
    public void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta)
    {
        var ids = Ids(rows);
        for (var i = 0; i < ids.Length; i++)
            ElementwiseReference.Subtract(Row(means, Slot(slots, ids[i]) * nHeads + head, dHead), Row(z, i * nHeads + head, dHead),
                Row(delta, i * nHeads + head, dHead));
    }

    /// <inheritdoc/>
    public void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums)
    {
        var ids = Ids(rows);
        for (var i = 0; i < ids.Length; i++)
            MeansReference.Accumulate(Row(values, i, sums.Width), Indices(weights)[ids[i]], SumsOf(sums, Slot(slots, ids[i])));
    }

    /// <inheritdoc/>
    public void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means)
    {
        for (var slot = 0; slot < sums.Slots; slot++)
            MeansReference.Average(SumsOf(sums, slot), counts[slot], Row(means, slot, sums.Width));
        ((ReferenceSums)sums).Values.AsSpan().Clear();
    }

    /// <inheritdoc/>
    public void NormDot(
        DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer columns, IndexBuffer which, int perEnd, int dModel, Span<double> result)
    {
        var ids = Ids(ends);
        var bias = Values(OperandChecks.BiasOf(norm));
        var normalized = new double[dModel];
        for (var i = 0; i < ids.Length; i++)
        {
            LayerNormReference.Apply(Row(resid, ids[i], dModel), Values(norm.Gain), bias, norm.Epsilon, normalized);
            for (var j = 0; j < perEnd; j++)
                result[i * perEnd + j] =
                    NormDotReference.Apply(normalized, Row(columns, Indices(which)[(ends.Start + i) * perEnd + j], dModel));
        }
    }

    /// <inheritdoc/>
    public void Gather(DeviceBuffer source, Rows rows, int width, DeviceBuffer compact)
    {
        var ids = Ids(rows);
        for (var i = 0; i < ids.Length; i++) Row(source, ids[i], width).CopyTo(Row(compact, i, width));
    }

    /// <inheritdoc/>
    public void Copy(DeviceBuffer source, DeviceBuffer destination)
    {
        OperandChecks.SameLength(source, destination);
        Values(source).CopyTo(Values(destination), 0);
    }

    private static double[] Values(DeviceBuffer buffer) => ((ReferenceBuffer)buffer).Values;

    private static int[] Indices(IndexBuffer buffer) => ((ReferenceIndices)buffer).Values;

    private static ReadOnlySpan<int> Ids(Rows rows) => Indices(rows.Ids).AsSpan(rows.Start, rows.Count);

    private static int Slot(IndexBuffer? slots, int row) => slots is null ? 0 : Indices(slots)[row];

    private static Span<double> Row(DeviceBuffer buffer, int row, int width) => Values(buffer).AsSpan(checked(row * width), width);

    private static Span<double> Row(View view, int row, int width) =>
        Values(view.Buffer).AsSpan(checked((int)view.Start + row * width), width);

    private static Span<double> SumsOf(SumBuffer sums, int slot) =>
        ((ReferenceSums)sums).Values.AsSpan(checked(slot * sums.Width), sums.Width);

    private static void AddOrCopy(DeviceBuffer? source, int row, ReadOnlySpan<double> addend, DeviceBuffer destination)
    {
        var target = Row(destination, row, addend.Length);
        if (source is null) addend.CopyTo(target);
        else ElementwiseReference.Add(Row(source, row, addend.Length), addend, target);
    }

    private static void RequireFinite(Tensor tensor, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
                throw new InvalidDataException($"{tensor.Name}: element {i} is {values[i]}; weights must be finite.");
    }
}
