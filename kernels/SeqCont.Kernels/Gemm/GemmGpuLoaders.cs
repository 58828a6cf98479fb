using ILGPU;
using ILGPU.Runtime;
using SeqCont.Kernels.Gpu;

namespace SeqCont.Kernels.Gemm;

/// <summary>How operands get from global to shared memory.</summary>
public interface IGemmLoader
{
    /// <summary>shared[to + e] = source[start + map[first + e]] for e below 4, zero where first + e reaches the limit.</summary>
    static abstract void Load4(
        ArrayView<float> shared, int to, ArrayView<float> source, long start, ArrayView<int> map, int first, int limit);

    /// <summary>Closes a group of loads.</summary>
    static abstract void Commit();

    /// <summary>Waits for all groups but the newest.</summary>
    static abstract void Wait();
}

/// <summary>Loads number by number: any shape, any accelerator.</summary>
public readonly struct PlainLoader : IGemmLoader
{
    /// <inheritdoc/>
    public static void Load4(ArrayView<float> shared, int to, ArrayView<float> source, long start, ArrayView<int> map, int first, int limit)
    {
        for (var e = 0; e < 4; e++) shared[to + e] = first + e < limit ? source[start + map[first + e]] : 0;
    }

    /// <inheritdoc/>
    public static void Commit() { }

    /// <inheritdoc/>
    public static void Wait() { }
}

/// <summary>
/// 16-byte loads through registers, where all starts and limits are multiples of four numbers: accelerators without cp.async.
/// </summary>
public readonly struct WideLoader : IGemmLoader
{
    /// <inheritdoc/>
    public static void Load4(ArrayView<float> shared, int to, ArrayView<float> source, long start, ArrayView<int> map, int first, int limit)
    {
        var values = default(Float4);
        if (first < limit) values = source.AsAligned16().Cast<Float4>()[(start + map[first]) / 4];
        shared.AsAligned16().Cast<Float4>()[to / 4] = values;
    }

    /// <inheritdoc/>
    public static void Commit() { }

    /// <inheritdoc/>
    public static void Wait() { }
}

/// <summary>16-byte loads that bypass registers (sm_80 and later), where all starts and limits are multiples of four numbers.</summary>
public readonly struct AsyncLoader : IGemmLoader
{
    /// <inheritdoc/>
    public static void Load4(ArrayView<float> shared, int to, ArrayView<float> source, long start, ArrayView<int> map, int first, int limit)
    {
        var inside = first < limit;
        AsyncCopy.Copy4(ref shared[to], ref source[inside ? start + map[first] : 0], inside ? 4 : 0);
    }

    /// <inheritdoc/>
    public static void Commit() => AsyncCopy.Commit();

    /// <inheritdoc/>
    public static void Wait() => AsyncCopy.WaitAllButNewest();
}
