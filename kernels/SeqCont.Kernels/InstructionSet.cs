using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace SeqCont.Kernels;

/// <summary>The instruction sets that a matrix product is written for, slowest first.</summary>
public enum InstructionSet
{
    /// <summary>One number at a time: the baseline.</summary>
    Scalar,

    /// <summary>Portable <see cref="Vector{T}"/>: NEON, SSE, and whatever comes.</summary>
    Vector,

    /// <summary>AVX2 with FMA: 8 numbers.</summary>
    Avx2,

    /// <summary>AVX-512F: 16 numbers.</summary>
    Avx512,
}

/// <summary>Which instruction sets this process may use, in one ordered list, and which one it takes.</summary>
public static class InstructionSets
{
    /// <summary>The environment variable that forces a choice: avx512, avx2, vector or scalar.</summary>
    public const string ForceVariable = "SEQCONT_FORCE_PATH";

    /// <summary>What this processor and runtime offer, best first; never empty.</summary>
    public static IReadOnlyList<InstructionSet> Available()
    {
        var available = new List<InstructionSet>();
        if (Avx512F.IsSupported) available.Add(InstructionSet.Avx512);
        if (Avx2.IsSupported && Fma.IsSupported) available.Add(InstructionSet.Avx2);
        if (Vector.IsHardwareAccelerated) available.Add(InstructionSet.Vector);
        available.Add(InstructionSet.Scalar);
        return available;
    }

    /// <summary>The best available, or the one that <see cref="ForceVariable"/> names.</summary>
    /// <exception cref="ArgumentException">The variable names an unknown or unavailable set.</exception>
    public static InstructionSet Choose() => Choose(Environment.GetEnvironmentVariable(ForceVariable));

    /// <summary>The best available, or <paramref name="forced"/> when it is neither null nor empty.</summary>
    /// <exception cref="ArgumentException">An unknown or unavailable set.</exception>
    public static InstructionSet Choose(string? forced)
    {
        var available = Available();
        if (string.IsNullOrEmpty(forced)) return available[0];
        var names = string.Join(", ", available.Select(Name));
        foreach (var candidate in available)
            if (Name(candidate) == forced) return candidate;
        throw new ArgumentException($"{ForceVariable}: expected one that is available here ({names}), got '{forced}'.");
    }

    /// <summary>
    /// What the bits of a float32 result depend on: where multiply and add are fused, every path has the same, for one width of the
    /// portable vector, by which sums across a row are made.
    /// </summary>
    public static string Arithmetic(InstructionSet path) =>
        Fma.IsSupported ? $"fused float32, vectors of {Vector<float>.Count}" : Name(path);

    /// <summary>The name that <see cref="ForceVariable"/> and records use.</summary>
    public static string Name(InstructionSet path) => path switch
    {
        InstructionSet.Avx512 => "avx512",
        InstructionSet.Avx2 => "avx2",
        InstructionSet.Vector => "vector",
        InstructionSet.Scalar => "scalar",
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "expected a defined instruction set"),
    };
}
