namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// Instructions on one lane's registers, which hold bits: 32-bit ones in the lower half. Where an instruction is an approximation
/// it is off here by as much as it may be.
/// </summary>
internal static class PtxArithmetic
{
    // ex2.approx.f32: greatest relative error (PTX ISA).
    private const double PowerError = 1.0 / (1 << 22);

    private static readonly Dictionary<string, Func<long, long, long, long>> Integers = new()
    {
        ["add.s32"] = (a, b, _) => I((int)a + (int)b),
        ["add.s64"] = (a, b, _) => a + b,
        ["add.u64"] = (a, b, _) => a + b,
        ["sub.s32"] = (a, b, _) => I((int)a - (int)b),
        ["sub.s64"] = (a, b, _) => a - b,
        ["mul.lo.s32"] = (a, b, _) => I((int)a * (int)b),
        ["mul.lo.s64"] = (a, b, _) => a * b,
        ["mul.wide.u32"] = (a, b, _) => (long)((ulong)(uint)a * (uint)b),
        ["mul.wide.s32"] = (a, b, _) => (long)(int)a * (int)b,
        ["mad.lo.s32"] = (a, b, c) => I((int)a * (int)b + (int)c),
        ["mad.lo.u64"] = (a, b, c) => a * b + c,
        ["div.s32"] = (a, b, _) => I((int)a / (int)b),
        ["rem.s32"] = (a, b, _) => I((int)a % (int)b),
        ["shl.b32"] = (a, b, _) => (uint)b > 31 ? 0 : I((int)a << (int)b),
        ["shl.b64"] = (a, b, _) => (uint)b > 63 ? 0 : a << (int)b,
        ["shr.s32"] = (a, b, _) => I((int)a >> (int)Math.Min((uint)b, 31)),
        ["shr.s64"] = (a, b, _) => a >> (int)Math.Min((uint)b, 63),
        ["and.b32"] = (a, b, _) => I((int)a & (int)b),
        ["or.b32"] = (a, b, _) => I((int)a | (int)b),
        ["and.pred"] = (a, b, _) => a & b,
        ["or.pred"] = (a, b, _) => a | b,
        ["not.pred"] = (a, _, _) => a ^ 1,
        ["mov.b32"] = (a, _, _) => I((int)a),
        ["mov.b64"] = (a, _, _) => a,
        ["mov.pred"] = (a, _, _) => a,
        ["mov.f32"] = (a, _, _) => a,
        ["mov.f64"] = (a, _, _) => a,
        ["selp.b32"] = (a, b, c) => I((int)(c != 0 ? a : b)),
        ["selp.b64"] = (a, b, c) => c != 0 ? a : b,
        ["cvt.s64.s32"] = (a, _, _) => (int)a,
    };

    private static readonly Dictionary<string, Func<long, long, long, long>> Floats = new()
    {
        ["add.f32"] = (a, b, _) => I(F(a) + F(b)),
        ["sub.f32"] = (a, b, _) => I(F(a) - F(b)),
        ["mul.f32"] = (a, b, _) => I(F(a) * F(b)),
        ["div.rn.f32"] = (a, b, _) => I(F(a) / F(b)),
        ["fma.rn.f32"] = (a, b, c) => I(MathF.FusedMultiplyAdd(F(a), F(b), F(c))),
        ["sqrt.rn.f32"] = (a, _, _) => I(MathF.Sqrt(F(a))),
        ["neg.f32"] = (a, _, _) => I(-F(a)),
        ["rcp.rn.f32"] = (a, _, _) => I(1 / F(a)),
        ["abs.f32"] = (a, _, _) => I(MathF.Abs(F(a))),
        ["selp.f32"] = (a, b, c) => c != 0 ? a : b,
        ["ex2.approx.f32"] = (a, _, _) => I(Power(F(a))),
        ["max.f32"] = (a, b, _) => I(float.MaxNumber(F(a), F(b))),
        ["add.f64"] = (a, b, _) => I(D(a) + D(b)),
        ["sub.f64"] = (a, b, _) => I(D(a) - D(b)),
        ["mul.f64"] = (a, b, _) => I(D(a) * D(b)),
        ["div.rn.f64"] = (a, b, _) => I(D(a) / D(b)),
        ["abs.f64"] = (a, _, _) => I(Math.Abs(D(a))),
        ["selp.f64"] = (a, b, c) => c != 0 ? a : b,
        ["sqrt.rn.f64"] = (a, _, _) => I(Math.Sqrt(D(a))),
        ["testp.notanumber.f32"] = (a, _, _) => float.IsNaN(F(a)) ? 1 : 0,
        ["cvt.f64.f32"] = (a, _, _) => I((double)F(a)),
        ["cvt.rn.f32.f64"] = (a, _, _) => I((float)D(a)),
        ["cvt.rn.f64.s32"] = (a, _, _) => I((double)(int)a),
        ["cvt.rn.f64.s64"] = (a, _, _) => I((double)a),
    };

    /// <summary>What an instruction computes; null where it is not known.</summary>
    public static Func<long, long, long, long>? Of(string[] words)
    {
        if (words[0] == "setp") return Comparison(words[1], words[^1]);
        var name = string.Join('.', words);
        return Integers.GetValueOrDefault(name) ?? Floats.GetValueOrDefault(name);
    }

    /// <summary>A float32 from its bits.</summary>
    public static float F(long bits) => BitConverter.Int32BitsToSingle((int)bits);

    /// <summary>The bits of a float32.</summary>
    public static long I(float value) => I(BitConverter.SingleToInt32Bits(value));

    private static double D(long bits) => BitConverter.Int64BitsToDouble(bits);

    private static long I(double value) => BitConverter.DoubleToInt64Bits(value);

    private static long I(int value) => (uint)value;

    private static float Power(float exponent)
    {
        var isUp = (BitConverter.SingleToInt32Bits(exponent) & 1) != 0;
        return (float)(Math.Pow(2, exponent) * (exponent == MathF.Floor(exponent) ? 1 : 1 + (isUp ? PowerError : -PowerError)));
    }

    private static Func<long, long, long, long>? Comparison(string relation, string type)
    {
        // leu and its like are unordered: they hold for NaN too.
        var isUnordered = relation.Length == 3;
        Func<int, bool>? holds = relation[..2] switch
        {
            "eq" => order => order == 0,
            "ne" => order => order != 0,
            "lt" => order => order < 0,
            "le" => order => order <= 0,
            "gt" => order => order > 0,
            "ge" => order => order >= 0,
            _ => null,
        };
        return (relation, type) switch
        {
            (_, "f32") when isUnordered && holds is not null =>
                (a, b, _) => float.IsNaN(F(a)) || float.IsNaN(F(b)) || holds(F(a) == F(b) ? 0 : F(a).CompareTo(F(b))) ? 1 : 0,
            (_, "s32") when holds is not null && !isUnordered => (a, b, _) => holds(((int)a).CompareTo((int)b)) ? 1 : 0,
            // Ordered: no relation holds for NaN, itself included.
            ("gt", "f64") => (a, b, _) => D(a) > D(b) ? 1 : 0,
            ("eq" or "lt" or "le" or "gt" or "ge", "f32") =>
                (a, b, _) => !float.IsNaN(F(a)) && !float.IsNaN(F(b)) && holds!(F(a) == F(b) ? 0 : F(a).CompareTo(F(b))) ? 1 : 0,
            (_, "s64") when holds is not null && !isUnordered => (a, b, _) => holds(a.CompareTo(b)) ? 1 : 0,
            _ => null,
        };
    }
}
