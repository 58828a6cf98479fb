using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>A tensor of numbers inside a <see cref="SafetensorsFile"/>, converted chunk by chunk as it is read.</summary>
internal sealed class SafetensorsTensor(SafetensorsFile file, SafetensorsEntry entry, int[] shape)
    : Tensor($"{file.Name}: tensor '{BadFile.Printable(entry.Name)}'", shape)
{
    private const int Chunk = 8192;

    /// <summary>The file's name for the number format: F32, F16, BF16 or F64.</summary>
    internal string DType => entry.DType;

    public override void Read(long start, Span<float> destination)
    {
        this.CheckRange(start, destination.Length);
        if (DType == "F32") ReadStored(start, destination);
        else ReadConverted(start, destination);
    }

    public override void Read(long start, Span<double> destination)
    {
        this.CheckRange(start, destination.Length);
        if (DType == "F64")
        {
            ReadStored(start, destination);
            return;
        }
        Span<float> chunk = stackalloc float[Chunk];
        for (var i = 0; i < destination.Length; i += Chunk)
        {
            var part = chunk[..Math.Min(Chunk, destination.Length - i)];
            Read(start + i, part);
            for (var j = 0; j < part.Length; j++) destination[i + j] = part[j];
        }
    }

    private void ReadConverted(long start, Span<float> destination)
    {
        Span<double> wide = stackalloc double[Chunk];
        var narrow = MemoryMarshal.Cast<double, ushort>(wide);
        for (var i = 0; i < destination.Length; i += Chunk)
        {
            var part = destination[i..Math.Min(i + Chunk, destination.Length)];
            if (DType == "F64")
            {
                ReadStored(start + i, wide[..part.Length]);
                for (var j = 0; j < part.Length; j++) part[j] = (float)wide[j];
            }
            else
            {
                ReadStored(start + i, narrow[..part.Length]);
                Widening.Widen(narrow[..part.Length], part, isHalf: DType == "F16");
            }
        }
    }

    private void ReadStored<T>(long start, Span<T> destination) where T : unmanaged =>
        file.ReadData(entry.Start + start * Unsafe.SizeOf<T>(), MemoryMarshal.AsBytes(destination));
}

/// <summary>Exact widening of the two floating-point numbers of 16 bits, float16 and bfloat16.</summary>
internal static class Widening
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen(ReadOnlySpan<ushort> narrow, Span<float> wide, bool isHalf)
    {
        var i = 0;
        for (; i <= narrow.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(narrow[i..]), out var low, out var high);
            (isHalf ? FromHalf(low) : FromBFloat16(low)).CopyTo(wide[i..]);
            (isHalf ? FromHalf(high) : FromBFloat16(high)).CopyTo(wide[(i + Vector<float>.Count)..]);
        }
        for (; i < narrow.Length; i++)
            wide[i] = isHalf ? (float)BitConverter.UInt16BitsToHalf(narrow[i]) : BitConverter.UInt32BitsToSingle((uint)narrow[i] << 16);
    }

    // The upper half of a float32.
    private static Vector<float> FromBFloat16(Vector<uint> bits) => Vector.AsVectorSingle(bits << 16);

    // Exponent and fraction moved into a float32's places, then scaled by 2^(127 - 15), which is exact and also
    // normalises subnormals; infinities and NaNs get the full exponent back.
    private static Vector<float> FromHalf(Vector<uint> half)
    {
        var magnitude = half & new Vector<uint>(0x7fff);
        var sign = (half & new Vector<uint>(0x8000)) << 16;
        var scaled = Vector.AsVectorSingle(magnitude << 13) * new Vector<float>(BitConverter.UInt32BitsToSingle(0x77800000));
        var special = Vector.GreaterThan(magnitude, new Vector<uint>(0x7bff)) & new Vector<uint>(0x7f800000);
        return Vector.AsVectorSingle(Vector.AsVectorUInt32(scaled) | sign | special);
    }
}
