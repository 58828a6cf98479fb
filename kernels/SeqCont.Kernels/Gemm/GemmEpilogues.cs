using System.Numerics;
using System.Runtime.Intrinsics.X86;
using SeqCont.Kernels.Activations;

namespace SeqCont.Kernels.Gemm;

/// <summary>What happens to a row of sums between the registers and memory.</summary>
internal unsafe interface IGemmEpilogue
{
    /// <summary>Asks for what <see cref="Store"/> will touch of row <paramref name="i"/>.</summary>
    void Prefetch(int i, int column);

    /// <summary>Stores sums [0, columns) of row <paramref name="i"/>, for the columns from <paramref name="column"/> on.</summary>
    void Store(float* sums, int i, int column, int columns);
}

/// <summary>destination[r, j] = activation(sums[j] + bias[j]).</summary>
internal readonly unsafe struct ProjectEpilogue<TActivation>(int* ids, int firstRow, float* bias, float* destination, int n)
    : IGemmEpilogue
    where TActivation : struct, IActivationSimd
{
    public void Prefetch(int i, int column)
    {
        if (!Sse.IsSupported) return;
        var target = destination + (ids is null ? (long)firstRow + i : ids[i]) * n + column;
        Sse.Prefetch0(target);
        Sse.Prefetch0(target + 16);
    }

    public void Store(float* sums, int i, int column, int columns)
    {
        var row = ids is null ? (long)firstRow + i : ids[i];
        var target = destination + row * n + column;
        var addend = bias is null ? null : bias + column;
        var j = 0;
        for (; j <= columns - Vector<float>.Count; j += Vector<float>.Count)
        {
            var value = Vector.Load(sums + j);
            if (addend is not null) value += Vector.Load(addend + j);
            TActivation.Apply(value).Store(target + j);
        }

        for (; j < columns; j++)
        {
            var value = addend is null ? sums[j] : sums[j] + addend[j];
            target[j] = ActivationSimd.Apply<TActivation>(value);
        }
    }
}

/// <summary>destination[r, j] = source[r, j] + (sums[j] + table[slot of r, j]).</summary>
internal readonly unsafe struct ProjectAddEpilogue(
    int* ids, float* source, float* table, int* slots, float* destination, int n) : IGemmEpilogue
{
    public void Prefetch(int i, int column)
    {
        if (!Sse.IsSupported) return;
        var target = (source is null ? destination : source) + (long)ids[i] * n + column;
        Sse.Prefetch0(target);
        Sse.Prefetch0(target + 16);
    }

    public void Store(float* sums, int i, int column, int columns)
    {
        var row = ids[i];
        var offset = (long)row * n + column;
        var target = destination + offset;
        var origin = source is null ? null : source + offset;
        var addend = table is null ? null : table + (slots is null ? 0 : slots[row]) * (long)n + column;
        var j = 0;
        for (; j <= columns - Vector<float>.Count; j += Vector<float>.Count)
        {
            var value = Vector.Load(sums + j);
            if (addend is not null) value += Vector.Load(addend + j);
            if (origin is not null) value = Vector.Load(origin + j) + value;
            value.Store(target + j);
        }

        for (; j < columns; j++)
        {
            var value = addend is null ? sums[j] : sums[j] + addend[j];
            target[j] = origin is null ? value : origin[j] + value;
        }
    }
}
