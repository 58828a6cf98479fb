using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>Who touches memory: a thread of the launch, and the time, which moves at barriers and from group to group.</summary>
internal readonly record struct PtxAccess(int Thread, int Epoch, int GroupStart)
{
    /// <summary>Whether nothing orders an earlier access of another thread before this one: no barrier since, or another group.</summary>
    public bool Races(int thread, int epoch) => thread != Thread && thread != PtxWords.Nobody && (epoch == Epoch || epoch < GroupStart);
}

/// <summary>Bytes that threads share, and who last read and wrote each word of four.</summary>
internal class PtxWords(int bytes)
{
    public const int Nobody = -1, Several = -2;

    private readonly int[] _writers = Filled(bytes), _readers = Filled(bytes);
    private readonly int[] _written = new int[bytes / 4 + 1], _read = new int[bytes / 4 + 1];

    public byte[] Bytes { get; } = new byte[bytes];

    public long Read(int at, int size, PtxAccess access)
    {
        for (var word = at / 4; word <= (at + size - 1) / 4; word++) MarkRead(word, access);
        return size == 8 ? BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(
            at));
    }

    public void Write(int at, int size, long value, PtxAccess access)
    {
        for (var word = at / 4; word <= (at + size - 1) / 4; word++) MarkWrite(word, access);
        if (size == 8) BinaryPrimitives.WriteInt64LittleEndian(Bytes.AsSpan(at), value);
        else BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(at), (uint)value);
    }

    /// <summary>Forgets who was here: a new launch.</summary>
    public void Forget()
    {
        Array.Fill(_writers, Nobody);
        Array.Fill(_readers, Nobody);
    }

    protected void MarkRead(int word, PtxAccess access)
    {
        if (access.Races(_writers[word], _written[word])) throw Race(word, "written", _writers[word], "read", access);
        if (access.Races(_readers[word], _read[word])) _readers[word] = Several;
        else (_readers[word], _read[word]) = (access.Thread, access.Epoch);
    }

    protected void MarkWrite(int word, PtxAccess access)
    {
        if (access.Races(_writers[word], _written[word])) throw Race(word, "written", _writers[word], "written", access);
        if (access.Races(_readers[word], _read[word])) throw Race(word, "read", _readers[word], "written", access);
        (_writers[word], _written[word]) = (access.Thread, access.Epoch);
    }

    private static int[] Filled(int bytes)
    {
        var words = new int[bytes / 4 + 1];
        Array.Fill(words, Nobody);
        return words;
    }

    private static PtxFault Race(int word, string before, int other, string now, PtxAccess access) =>
        new(
            $"word {word} was {before} by {(other == Several ? "several threads" : $"thread {other}")} and is {now} by thread "
                + $"{access.Thread} with no barrier between");
}

/// <summary>A buffer of a GPU's global memory, at an address that no other is near.</summary>
internal sealed class PtxBuffer : PtxWords
{
    private PtxBuffer(ulong address, int bytes, int elementBytes)
        : base(bytes) => (Address, ElementBytes) = (address, elementBytes);

    public ulong Address { get; }

    public int ElementBytes { get; }

    public static PtxBuffer Of<T>(ulong address, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var buffer = new PtxBuffer(address, MemoryMarshal.AsBytes(values).Length, Marshal.SizeOf<T>());
        MemoryMarshal.AsBytes(values).CopyTo(buffer.Bytes);
        return buffer;
    }

    public T[] Values<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes).ToArray();
}

/// <summary>What a kernel gets for an ArrayView: a buffer from an element on.</summary>
internal readonly record struct PtxView(PtxBuffer Buffer, int Start)
{
    public ulong Address => Buffer.Address + (ulong)Start * (ulong)Buffer.ElementBytes;

    public long Length => Buffer.Bytes.Length / Buffer.ElementBytes - Start;
}

/// <summary>Global memory: buffers far apart, so that what lies beside one is nobody's.</summary>
internal sealed class PtxGlobalMemory
{
    /// <summary>Lowest address.</summary>
    public const ulong Origin = 0x7F00_0000_0000;

    private const int Apart = 32;

    private readonly List<PtxBuffer> _buffers = [];

    public PtxBuffer Add<T>(params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        _buffers.Add(PtxBuffer.Of(Origin + ((ulong)_buffers.Count << Apart), values));
        return _buffers[^1];
    }

    public void Forget() => _buffers.ForEach(buffer => buffer.Forget());

    /// <summary>The buffer that holds so many bytes from an address on, which must be a multiple of the width of the access.</summary>
    public (PtxBuffer Buffer, int At) Find(ulong address, int bytes, int width)
    {
        var index = (address - Origin) >> Apart;
        if (address < Origin || index >= (ulong)_buffers.Count) throw new PtxFault($"0x{address:x} is not an address of global memory");
        var (buffer, at) = (_buffers[(int)index], address & ((1ul << Apart) - 1));
        if (at + (ulong)bytes > (ulong)buffer.Bytes.Length)
            throw new PtxFault($"bytes {at} to {at + (ulong)bytes} of a global buffer of {buffer.Bytes.Length}");
        return at % (ulong)width == 0 ? (buffer, (int)at) : throw new PtxFault($"0x{address:x} is not a multiple of {width} bytes");
    }
}

/// <summary>
/// A group's shared memory, NaN at first. Addresses count from <see cref="PtxProgram.SharedStart"/> in its own space and from
/// <see cref="Window"/> on in the generic one; an address of the one space is out of bounds in the other. What a copy is
/// on its way to may not be touched until it has landed.
/// </summary>
internal sealed class PtxSharedMemory : PtxWords
{
    /// <summary>Where shared memory lies among generic addresses.</summary>
    public const ulong Window = 0x7E00_0000_0000;

    private readonly bool[] _inFlight;

    public PtxSharedMemory(int bytes)
        : base(bytes)
    {
        _inFlight = new bool[bytes / 4 + 1];
        Bytes.AsSpan().Fill(0xFF);
    }

    /// <summary>Where so many bytes lie, from an address that must be a multiple of them.</summary>
    public int Find(ulong address, int bytes)
    {
        if (address < PtxProgram.SharedStart || address + (ulong)bytes > (ulong)(PtxProgram.SharedStart + Bytes.Length))
            throw new PtxFault($"0x{address:x} is not an address of the {Bytes.Length} bytes of shared memory");
        var at = (int)address - PtxProgram.SharedStart;
        if ((int)address % bytes != 0) throw new PtxFault($"shared 0x{address:x} is not a multiple of {bytes} bytes");
        for (var word = at / 4; word < (at + bytes) / 4; word++)
            if (_inFlight[word]) throw new PtxFault($"word {word} of shared memory is touched while a copy to it is in flight");
        return at;
    }

    /// <summary>A copy sets out; from here to its landing it may be written at any time.</summary>
    public void Depart(int at, PtxAccess access)
    {
        for (var word = at / 4; word < (at + PtxCopy.Length) / 4; word++)
        {
            MarkWrite(word, access);
            _inFlight[word] = true;
        }
    }

    /// <summary>A copy is there.</summary>
    public void Land(PtxCopy copy, PtxAccess access)
    {
        for (var at = copy.To; at < copy.To + PtxCopy.Length; at += 4)
        {
            _inFlight[at / 4] = false;
            Write(at, 4, at - copy.To < copy.Count ? copy.From!.Read(copy.At + at - copy.To, 4, access) : 0, access);
        }
    }
}

/// <summary>A copy that was asked for: 16 bytes of shared memory, the first of them from global memory and the others zero.</summary>
internal sealed record PtxCopy(int To, PtxBuffer? From, int At, int Count)
{
    public const int Length = 16;
}
