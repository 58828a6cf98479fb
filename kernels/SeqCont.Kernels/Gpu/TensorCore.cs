using ILGPU;
using ILGPU.IR.Intrinsics;

namespace SeqCont.Kernels.Gpu;

/// <summary>
/// Rounding to tf32, float32 with 10 bits of mantissa. Tensor cores do not read the other 13 bits, so adding half of the last place
/// that is read rounds to nearest, ties away from zero. (The instruction for it, cvt.rna, compiles to three more.)
/// </summary>
public static class Tf32
{
    private const int Half = 0x1000, Read = ~0x1FFF;

    /// <summary>
    /// A number's bits, such that those that tensor cores read are the nearest tf32. NaN may become zero: its bits carry over.
    /// </summary>
    public static int Round(float value) => (int)Interop.FloatAsInt(value) + Half;

    /// <summary>The same, and NaN stays NaN: for where nothing else carries it on.</summary>
    public static int RoundOrNaN(float value)
    {
#pragma warning disable CS1718 // One comparison of floats; IsNaN compiles to five instructions on integers.
        return value == value ? Round(value) : (int)Interop.FloatAsInt(value);
#pragma warning restore CS1718
    }

    /// <summary>
    /// What <see cref="Round"/> leaves over, exact in float32; tensor cores cut it off after 11 digits. NaN where the value is.
    /// </summary>
    public static int Rest(float value) => (int)Interop.FloatAsInt(value - Interop.IntAsFloat((uint)(Round(value) & Read)));

    /// <summary>The number that a tensor core reads.</summary>
    public static float Value(int bits) => Interop.IntAsFloat((uint)(bits & Read));
}

/// <summary>
/// Tensor-core instructions (sm_80 and later). On CUDA the methods become PTX (<see cref="PtxIntrinsics"/>); their
/// bodies compute the same on ILGPU's CPU accelerator, for tests, one group at a time. A warp of 32 threads calls them together.
/// </summary>
public static class TensorCore
{
    // What the emulated warps of a group exchange; a group has at most 32.
    private static readonly Tf32x4[][] EmulatedRows = [.. Enumerable.Range(0, 32).Select(_ => new Tf32x4[32])];
    private static readonly Tf32x2[][] EmulatedColumns = [.. Enumerable.Range(0, 32).Select(_ => new Tf32x2[32])];

    /// <summary>
    /// c + a b for a tile of 16 rows, 8 columns and 8 terms, spread over the warp as
    /// mma.m16n8k8.row.col.f32.tf32.tf32.f32 has it. With g = lane / 4 and t = lane % 4 a thread holds
    /// a = (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4) as [row, k]; b = (t, g), (t + 4, g) as [k, column];
    /// c = (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1) as [row, column].
    /// </summary>
    [IntrinsicImplementation]
    public static Float4 MultiplyAdd(Tf32x4 a, Tf32x2 b, Float4 c)
    {
        var lane = Warp.LaneIdx;
        Tf32x4[] rows = EmulatedRows[Warp.WarpIdx];
        Tf32x2[] columns = EmulatedColumns[Warp.WarpIdx];
        (rows[lane], columns[lane]) = (a, b);
        Warp.Barrier();
        var (row, column) = (lane / 4 * 4, lane % 4 * 8);
        for (var t = 0; t < 4; t++) c = Add(c, rows[row + t].X, rows[row + t].Y, columns[column + t].X, columns[column + 4 + t].X);
        for (var t = 0; t < 4; t++) c = Add(c, rows[row + t].Z, rows[row + t].W, columns[column + t].Y, columns[column + 4 + t].Y);
        Warp.Barrier();
        return c;
    }

    private static Float4 Add(Float4 c, int upper, int lower, int left, int right) => new(
        c.X + Tf32.Value(upper) * Tf32.Value(left), c.Y + Tf32.Value(upper) * Tf32.Value(right),
        c.Z + Tf32.Value(lower) * Tf32.Value(left), c.W + Tf32.Value(lower) * Tf32.Value(right));
}

/// <summary>
/// Copies from global to shared memory that do not pass through registers (cp.async, sm_80 and later). Elsewhere
/// the bodies copy at once and waiting does nothing.
/// </summary>
public static class AsyncCopy
{
    /// <summary>
    /// Copies four numbers, or writes four zeros where <paramref name="count"/> is 0. Both addresses are multiples of 16 bytes.
    /// </summary>
    /// <param name="shared">First destination element.</param>
    /// <param name="global">First source element; not read where count is 0.</param>
    /// <param name="count">4 or 0.</param>
    [IntrinsicImplementation]
    public static void Copy4(ref float shared, ref float global, int count)
    {
        for (var i = 0; i < 4; i++)
            System.Runtime.CompilerServices.Unsafe.Add(ref shared, i) = count == 0
                ? 0 : System.Runtime.CompilerServices.Unsafe.Add(ref global, i);
    }

    /// <summary>Closes a group of copies.</summary>
    [IntrinsicImplementation]
    public static void Commit() { }

    /// <summary>Waits until this thread's copies are done, all but the newest group.</summary>
    [IntrinsicImplementation]
    public static void WaitAllButNewest() { }
}
