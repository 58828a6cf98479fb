using SeqCont.Kernels.Activations;
using SeqCont.Kernels.Attention;
using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.Embed;
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
    public void Finish() { }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long length) => new ReferenceBuffer(new double[length]);

    /// <inheritdoc/>
    public DeviceBuffer Upload(Tensor tensor) => new ReferenceBuffer(ReadFinite(tensor));

    /// <inheritdoc/>
    public IndexBuffer Upload(ReadOnlySpan<int> values) => new ReferenceIndices([.. values]);

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
        var all = ReadFinite(tensor);
        var (k, n) = (OperandChecks.InnerDimension(tensor, firstColumn, columns, transposed), tensor.Shape[1]);
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
        if (positionTable is null) AddTable(null, rows, tokenTable, tokens, dModel, resid);
        else
            foreach (var (_, row) in Each(rows))
                EmbedReference.Apply(
                    Row(tokenTable, tokens.Values[row], dModel), Row(positionTable, positions.Values[row], dModel),
                    Row(resid, row, dModel));
    }

    /// <inheritdoc/>
    public void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null)
    {
        var bias = OperandChecks.BiasOf(norm);
        foreach (var (i, row) in Each(rows))
        {
            var scale = LayerNormReference.Apply(
                Row(resid, row, dModel), Values(norm.Gain), Values(bias), norm.Epsilon, Row(normalized, i, dModel));
            if (scales is not null) Values(scales)[i] = scale;
        }
    }

    /// <inheritdoc/>
    public void Project(
        DeviceBuffer a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> columnBlocks, DeviceBuffer? bias, Activation activation,
        bool byRow, DeviceBuffer destination)
    {
        var (sums, apply) = (new double[weights.ColumnBlock], Formula(activation));
        foreach (var (i, row) in Each(rows))
            foreach (var block in columnBlocks)
            {
                var first = block * weights.ColumnBlock;
                GemmReference.Row(Row(a, i, weights.K), Values(weights), weights.N, [0], weights.K, first, sums);
                var target = Row(destination, byRow ? row : i, weights.N).Slice(first, sums.Length);
                for (var j = 0; j < sums.Length; j++) target[j] = apply(bias is null ? sums[j] : sums[j] + Values(bias)[first + j]);
            }
    }

    /// <inheritdoc/>
    public void ProjectAdd(
        View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table, IndexBuffer? slots,
        DeviceBuffer destination)
    {
        var sums = new double[weights.N];
        foreach (var (i, row) in Each(rows))
        {
            GemmReference.Row(Row(a, i, weights.K), Values(weights), weights.N, kBlocks, weights.KBlock, 0, sums);
            if (table is not null) ElementwiseReference.Add(sums, Row(table, Slot(slots, row), weights.N), sums);
            AddOrCopy(source, row, sums, destination);
        }
    }

    /// <inheritdoc/>
    public void Attention(
        DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, AttentionShape shape, View z,
        DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0)
    {
        OperandChecks.Attention(chains, heads, shape);
        var (nHeads, dHead) = (shape.NHeads, shape.DHead);
        foreach (var (i, row) in Each(rows))
        {
            var length = chains.Positions.Values[row] + 1;
            var chain = chains.Entries.Values.AsSpan(chains.First.Values[row], length);
            foreach (var head in heads)
            {
                var unit = i * nHeads + head;
                var headScores = scores is null ? new double[length] : Row(scores, unit, nCtx)[..length];
                var headPattern = pattern is null ? new double[length] : Row(pattern, unit, nCtx)[..length];
                AttentionReference.Apply(
                    Row(q, unit, dHead), Values(kv), chain, head, nHeads, shape.Divisor, headScores, headPattern, Row(z, unit, dHead));
            }
        }
    }

    /// <inheritdoc/>
    public void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination)
    {
        foreach (var (_, row) in Each(rows)) AddOrCopy(source, row, Row(table, Slot(slots, row), width), destination);
    }

    /// <inheritdoc/>
    public void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination)
    {
        foreach (var (i, row) in Each(rows)) AddOrCopy(source, row, Row(compact, i, width), destination);
    }

    /// <inheritdoc/>
    public void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta)
    {
        foreach (var (i, row) in Each(rows))
        {
            var unit = i * nHeads + head;
            ElementwiseReference.Subtract(
                Row(means, Slot(slots, row) * nHeads + head, dHead), Row(z, unit, dHead), Row(delta, unit, dHead));
        }
    }

    /// <inheritdoc/>
    public void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums)
    {
        foreach (var (i, row) in Each(rows))
            MeansReference.Accumulate(Row(values, i, sums.Width), weights.Values[row], SumsOf(sums, Slot(slots, row)));
    }

    /// <inheritdoc/>
    public void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means)
    {
        for (var slot = 0; slot < sums.Slots; slot++)
        {
            MeansReference.Average(SumsOf(sums, slot), counts[slot], Row(means, slot, sums.Width));
            SumsOf(sums, slot).Clear();
        }
    }

    /// <inheritdoc/>
    public void NormDot(
        DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer columns, IndexBuffer which, int perEnd, int dModel, Span<double> result)
    {
        var (bias, normalized) = (OperandChecks.BiasOf(norm), new double[dModel]);
        foreach (var (i, row) in Each(ends))
        {
            LayerNormReference.Apply(Row(resid, row, dModel), Values(norm.Gain), Values(bias), norm.Epsilon, normalized);
            for (var j = i * perEnd; j < (i + 1) * perEnd; j++)
                result[j] = NormDotReference.Apply(normalized, Row(columns, which.Values[ends.Start * perEnd + j], dModel));
        }
    }

    /// <inheritdoc/>
    public void Gather(DeviceBuffer source, Rows rows, int width, DeviceBuffer compact)
    {
        foreach (var (i, row) in Each(rows)) Row(source, row, width).CopyTo(Row(compact, i, width));
    }

    /// <inheritdoc/>
    public void Copy(DeviceBuffer source, DeviceBuffer destination)
    {
        OperandChecks.SameLength(source, destination);
        Values(source).CopyTo(Values(destination), 0);
    }

    private static Func<double, double> Formula(Activation activation) => activation switch
    {
        Activation.None => x => x,
        Activation.GeluNew => GeluNewReference.Apply,
        Activation.Gelu => GeluReference.Apply,
        Activation.Relu => ReluReference.Apply,
        Activation.Silu => SiluReference.Apply,
        _ => throw OperandChecks.Unknown(activation),
    };

    private static double[] Values(DeviceBuffer buffer) => ((ReferenceBuffer)buffer).Values;

    private static double[] Values(WeightMatrix weights) => ((ReferenceWeights)weights).Values;

    /// <summary>The rows of a call: compact number, number.</summary>
    private static (int I, int Row)[] Each(Rows rows)
    {
        var each = new (int, int)[rows.Count];
        for (var i = 0; i < each.Length; i++) each[i] = (i, rows.Numbers[i]);
        return each;
    }

    private static int Slot(IndexBuffer? slots, int row) => slots is null ? 0 : slots.Values[row];

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

    private static double[] ReadFinite(Tensor tensor)
    {
        var values = new double[tensor.Length];
        tensor.Read(0, values);
        var bad = ElementwiseSimd.FirstNonFinite<double>(values);
        return bad < 0 ? values
            : throw new InvalidDataException($"{tensor.Name}: element {bad} is {values[bad]}; weights must be finite.");
    }
}
