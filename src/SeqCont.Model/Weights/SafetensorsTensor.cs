using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>A tensor of numbers inside a <see cref="SafetensorsFile"/>, converted chunk by chunk as it is read.</summary>
internal sealed class SafetensorsTensor : Tensor
{
    private const int Chunk = 8192;
    private readonly SafetensorsFile _file;
    private readonly long _start;
    private readonly string _dtype;

    /// <summary>The file's name for the number format: F32, F16, BF16 or F64.</summary>
    internal string DType => _dtype;

    internal SafetensorsTensor(SafetensorsFile file, SafetensorsEntry entry, int[] shape)
        : base($"{file.Name}: tensor '{BadFile.Printable(entry.Name)}'", shape)
    {
        _file = file;
        _start = entry.Start;
        _dtype = entry.DType;
    }

    public override void Read(long start, Span<float> destination)
    {
        TensorRange.Check(this, start, destination.Length);
        if (_dtype == "F32")
        {
            _file.ReadData(_start + start * sizeof(float), MemoryMarshal.AsBytes(destination));
            return;
        }
        for (var i = 0; i < destination.Length; i += Chunk)
            ReadChunk(start + i, destination.Slice(i, Math.Min(Chunk, destination.Length - i)));
    }

    public override void Read(long start, Span<double> destination)
    {
        TensorRange.Check(this, start, destination.Length);
        if (_dtype == "F64")
        {
            _file.ReadData(_start + start * sizeof(double), MemoryMarshal.AsBytes(destination));
            return;
        }
        Span<float> chunk = stackalloc float[Chunk];
        for (var i = 0; i < destination.Length; i += Chunk)
        {
            var part = destination.Slice(i, Math.Min(Chunk, destination.Length - i));
            Read(start + i, chunk[..part.Length]);
            Widening.FromFloat(chunk[..part.Length], part);
        }
    }

    private void ReadChunk(long start, Span<float> destination)
    {
        if (_dtype == "F64")
        {
            Span<double> wide = stackalloc double[Chunk];
            wide = wide[..destination.Length];
            _file.ReadData(_start + start * sizeof(double), MemoryMarshal.AsBytes(wide));
            for (var i = 0; i < wide.Length; i++) destination[i] = (float)wide[i];
            return;
        }
        Span<ushort> narrow = stackalloc ushort[Chunk];
        narrow = narrow[..destination.Length];
        _file.ReadData(_start + start * sizeof(ushort), MemoryMarshal.AsBytes(narrow));
        if (_dtype == "F16") Widening.FromHalf(narrow, destination);
        else Widening.FromBFloat16(narrow, destination);
    }
}

/// <summary>Bounds of a read, as an error that names the tensor.</summary>
internal static class TensorRange
{
    internal static void Check(Tensor tensor, long start, int count)
    {
        if (start < 0 || start > tensor.Length - count)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"{tensor.Name}: cannot read {count} elements from {start} of {tensor.Length}.");
    }
}

/// <summary>Exact widening of short floating-point numbers.</summary>
internal static class Widening
{
    internal static void FromFloat(ReadOnlySpan<float> narrow, Span<double> wide)
    {
        var i = 0;
        for (; i <= narrow.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(narrow[i..]), out var low, out var high);
            low.CopyTo(wide[i..]);
            high.CopyTo(wide[(i + Vector<double>.Count)..]);
        }
        for (; i < narrow.Length; i++) wide[i] = narrow[i];
    }

    /// <summary>bfloat16 is the upper half of a float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void FromBFloat16(ReadOnlySpan<ushort> narrow, Span<float> wide)
    {
        var i = 0;
        for (; i <= narrow.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(narrow[i..]), out var low, out var high);
            Vector.AsVectorSingle(low << 16).CopyTo(wide[i..]);
            Vector.AsVectorSingle(high << 16).CopyTo(wide[(i + Vector<float>.Count)..]);
        }
        for (; i < narrow.Length; i++) wide[i] = BitConverter.UInt32BitsToSingle((uint)narrow[i] << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void FromHalf(ReadOnlySpan<ushort> narrow, Span<float> wide)
    {
        var i = 0;
        for (; i <= narrow.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(narrow[i..]), out var low, out var high);
            FromHalf(low).CopyTo(wide[i..]);
            FromHalf(high).CopyTo(wide[(i + Vector<float>.Count)..]);
        }
        for (; i < narrow.Length; i++) wide[i] = (float)BitConverter.UInt16BitsToHalf(narrow[i]);
    }

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
