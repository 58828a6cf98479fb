namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// mma.sync m16n8k8 on tf32 factors, spread over a warp as the PTX ISA's figures have it ("Matrix Fragments for mma.m16n8k8").
/// Of a factor the upper 19 bits are read; products are exact; each is added to a float32 sum that is cut off, not rounded: no
/// better than what was measured (Fasi, Higham, Mikaitis and Pranesh, "Numerical behavior of NVIDIA tensor cores", 2021).
/// </summary>
internal static class PtxTensorCore
{
    private const int Rows = 16, Columns = 8, Terms = 8, Read = ~0x1FFF;

    /// <summary>d = a b + c.</summary>
    /// <param name="registers">[slot, lane].</param>
    /// <param name="slots">Four of d, four of a, two of b, four of c.</param>
    public static void MultiplyAdd(long[] registers, int[] slots)
    {
        var (a, b, sums) = (new double[Rows, Terms], new double[Terms, Columns], new float[PtxWarp.Lanes, 4]);
        for (var lane = 0; lane < PtxWarp.Lanes; lane++)
        {
            var (group, inGroup) = (lane >> 2, lane % 4);
            for (var i = 0; i < 4; i++)
                a[i is 0 or 2 ? group : group + 8, i < 2 ? inGroup : inGroup + 4] = Factor(registers[slots[4 + i] * PtxWarp.Lanes + lane]);
            for (var i = 0; i < 2; i++) b[inGroup + 4 * i, group] = Factor(registers[slots[8 + i] * PtxWarp.Lanes + lane]);
        }

        for (var lane = 0; lane < PtxWarp.Lanes; lane++)
        {
            for (var i = 0; i < 4; i++)
            {
                var (row, column) = (i < 2 ? lane >> 2 : (lane >> 2) + 8, lane % 4 * 2 + (i & 1));
                var sum = PtxArithmetic.F(registers[slots[10 + i] * PtxWarp.Lanes + lane]);
                for (var k = 0; k < Terms; k++) sum = CutOff(sum + a[row, k] * b[k, column]);
                sums[lane, i] = sum;
            }
        }

        for (var lane = 0; lane < PtxWarp.Lanes; lane++)
            for (var i = 0; i < 4; i++) registers[slots[i] * PtxWarp.Lanes + lane] = PtxArithmetic.I(sums[lane, i]);
    }

    private static double Factor(long bits) => BitConverter.Int32BitsToSingle((int)bits & Read);

    private static float CutOff(double value)
    {
        var rounded = (float)value;
        if (!(Math.Abs((double)rounded) > Math.Abs(value))) return rounded;
        return rounded > 0 ? MathF.BitDecrement(rounded) : MathF.BitIncrement(rounded);
    }
}
