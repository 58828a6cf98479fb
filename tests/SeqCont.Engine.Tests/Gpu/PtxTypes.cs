using System.Globalization;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>Something that a GPU would not do, or not do reliably.</summary>
internal sealed class PtxFault(string message) : Exception(message);

/// <summary>Types of PTX operands: which register may stand where. Registers wider than what they load are left out.</summary>
internal static class PtxTypes
{
    /// <summary>The types of an instruction's operands, in order.</summary>
    public static string[] Of(string[] words, int count)
    {
        var type = words[^1];
        return words[0] switch
        {
            "ld" => [.. Enumerable.Repeat(type, count - 1), "b64"],
            "st" => ["b64", .. Enumerable.Repeat(type, count - 1)],
            "cp" when count == 4 => ["b64", "b64", "b32", "b32"],
            "cp" or "bar" => [.. Enumerable.Repeat("b32", count)],
            "mma" => [.. Enumerable.Repeat("f32", 4), .. Enumerable.Repeat("u32", 6), .. Enumerable.Repeat("f32", 4)],
            "setp" => ["pred", type, type],
            "testp" => ["pred", type],
            "selp" => [type, type, type, "pred"],
            "shl" or "shr" => [type, type, "u32"],
            "cvt" => [words[^2], type],
            "mul" when words[1] == "wide" => [type[0] + "64", type, type],
            _ => [.. Enumerable.Repeat(type, count)],
        };
    }

    /// <summary>The type that an operand was declared with; null: no operand.</summary>
    public static string? ClassOf(string operand) => operand switch
    {
        _ when operand.StartsWith("%tid.", StringComparison.Ordinal) || operand.StartsWith("%ntid.", StringComparison.Ordinal) => "b32",
        _ when operand.StartsWith("%ctaid.", StringComparison.Ordinal) || operand.StartsWith("%nctaid.", StringComparison.Ordinal) => "b32",
        ['%', 'p', ..] => "pred",
        ['%', 'r', 'd', ..] => "b64",
        ['%', 'r', ..] => "b32",
        ['%', 'f', 'd', ..] => "f64",
        ['%', 'f', ..] => "f32",
        ['0', 'f', ..] => "f32",
        ['0', 'd', ..] => "f64",
        _ when long.TryParse(operand, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => "literal",
        _ => null,
    };

    /// <summary>A literal's bits.</summary>
    public static long Literal(string operand) => operand[..Math.Min(2, operand.Length)] is "0f" or "0d"
        ? long.Parse(operand[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : long.Parse(operand, CultureInfo.InvariantCulture);

    /// <summary>Whether an instruction's type takes an operand's: of one size, and integers not from registers of floating point.</summary>
    public static bool Takes(string type, string operand)
    {
        if (type == "pred" || operand == "pred") return type == operand;
        if (operand == "literal") return type[0] != 'f';
        return Size(type) == Size(operand) && (type[0] is 'b' or 'f' || operand[0] != 'f');
    }

    /// <summary>Bytes of a type.</summary>
    public static int Size(string type) => int.Parse(type[1..], CultureInfo.InvariantCulture) / 8;
}
