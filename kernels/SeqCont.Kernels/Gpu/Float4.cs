using System.Runtime.InteropServices;

namespace SeqCont.Kernels.Gpu;

/// <summary>Four numbers in neighbouring registers: what a 16-byte load brings.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Float4
{
    /// <summary>First.</summary>
    public float X;

    /// <summary>Second.</summary>
    public float Y;

    /// <summary>Third.</summary>
    public float Z;

    /// <summary>Fourth.</summary>
    public float W;

    /// <summary>Four numbers.</summary>
    public Float4(float x, float y, float z, float w) => (X, Y, Z, W) = (x, y, z, w);

    /// <summary>this + factor * other, number by number.</summary>
    public readonly Float4 MultiplyAdd(float factor, Float4 other) =>
        new(X + factor * other.X, Y + factor * other.Y, Z + factor * other.Z, W + factor * other.W);

    /// <summary>this + other, number by number.</summary>
    public readonly Float4 Add(Float4 other) => new(X + other.X, Y + other.Y, Z + other.Z, W + other.W);
}

/// <summary>Two numbers in neighbouring registers.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Float2
{
    /// <summary>First.</summary>
    public float X;

    /// <summary>Second.</summary>
    public float Y;

    /// <summary>Two numbers.</summary>
    public Float2(float x, float y) => (X, Y) = (x, y);
}

/// <summary>Four tf32 numbers, as the bits of float32 ones.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Tf32x4
{
    /// <summary>First.</summary>
    public int X;

    /// <summary>Second.</summary>
    public int Y;

    /// <summary>Third.</summary>
    public int Z;

    /// <summary>Fourth.</summary>
    public int W;

    /// <summary>Four numbers.</summary>
    public Tf32x4(int x, int y, int z, int w) => (X, Y, Z, W) = (x, y, z, w);
}

/// <summary>Two tf32 numbers, as the bits of float32 ones.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Tf32x2
{
    /// <summary>First.</summary>
    public int X;

    /// <summary>Second.</summary>
    public int Y;

    /// <summary>Two numbers.</summary>
    public Tf32x2(int x, int y) => (X, Y) = (x, y);
}
