using System.Buffers.Binary;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// Runs a kernel's PTX as a GPU would, group after group, and refuses what a GPU would get wrong: an access outside a buffer or not
/// aligned, an address of another space, a read of what another thread writes with no barrier between, a copy that was not
/// waited for, a barrier that not all threads reach. Numbers come out as the instructions say, not as ILGPU meant them.
/// </summary>
internal sealed class PtxMachine(PtxProgram program, PtxGlobalMemory global)
{
    /// <summary>Runs a grid.</summary>
    /// <param name="grid">Groups.</param>
    /// <param name="threads">Threads of a group.</param>
    /// <param name="parameters">The block of parameters.</param>
    public void Launch((int X, int Y) grid, int threads, byte[] parameters)
    {
        global.Forget();
        var epoch = 0;
        for (var y = 0; y < grid.Y; y++)
            for (var x = 0; x < grid.X; x++) epoch = new PtxGroup(program, global, parameters, grid, (x, y), threads, epoch).Run() + 1;
    }
}

/// <summary>A group of threads: its warps, its shared memory, its copies on their way.</summary>
internal sealed class PtxGroup
{
    private readonly PtxGlobalMemory _global;
    private readonly byte[] _parameters;
    private readonly (int X, int Y) _at;
    private readonly PtxSharedMemory _shared;
    private readonly PtxWarp[] _warps;
    private readonly Queue<List<PtxCopy>>[] _committed;
    private readonly List<PtxCopy>[] _open;
    private readonly int _firstThread, _start;
    private int _epoch;

    public PtxGroup(
        PtxProgram program, PtxGlobalMemory global, byte[] parameters, (int X, int Y) grid, (int X, int Y) at, int threads, int epoch)
    {
        (_global, _parameters, _at, _start, _epoch) = (global, parameters, at, epoch, epoch);
        _firstThread = (at.Y * grid.X + at.X) * threads;
        _shared = new PtxSharedMemory(program.SharedBytes);
        _committed = [.. Enumerable.Range(0, threads).Select(_ => new Queue<List<PtxCopy>>())];
        _open = [.. Enumerable.Range(0, threads).Select(_ => new List<PtxCopy>())];
        int Special(string name, int thread) => name switch
        {
            "%tid.x" => thread,
            "%ntid.x" => threads,
            "%ctaid.x" => at.X,
            "%ctaid.y" => at.Y,
            _ => throw new PtxFault($"the machine does not know {name}"),
        };
        _warps = [.. Enumerable.Range(0, threads / PtxWarp.Lanes)
            .Select(warp => new PtxWarp(program, this, warp * PtxWarp.Lanes, Special))];
    }

    /// <summary>Runs to the end; the time then.</summary>
    public int Run()
    {
        while (true)
        {
            foreach (var warp in _warps) warp.Run();
            if (_warps.All(warp => warp.HasExited)) break;
            if (_warps.Any(warp => warp.HasExited))
                throw new PtxFault($"group {this}: threads wait at a barrier for others that have exited");
            _epoch++;
        }

        if (_open.Any(copies => copies.Count > 0) || _committed.Any(groups => groups.Any(copies => copies.Count > 0)))
            throw new PtxFault($"group {this} ends with copies in flight");
        return _epoch;
    }

    public override string ToString() => $"({_at.X}, {_at.Y})";

    /// <summary>Executes what goes beyond a lane's registers.</summary>
    public void Execute(PtxInstruction instruction, PtxWarp warp, uint lanes)
    {
        for (var lane = 0; lane < PtxWarp.Lanes; lane++)
        {
            if ((lanes >> lane & 1) == 0) continue;
            var thread = warp.First + lane;
            var access = new PtxAccess(_firstThread + thread, _epoch, _start);
            switch (instruction.Kind)
            {
                case PtxKind.Load: Load(instruction, warp.Registers, lane, access); break;
                case PtxKind.Store: Store(instruction, warp.Registers, lane, access); break;
                case PtxKind.Convert: Convert(instruction, warp.Registers, lane); break;
                case PtxKind.Copy: Copy(instruction.Slots, warp.Registers, lane, thread, access); break;
                case PtxKind.Wait: Wait(thread, (int)warp.Registers[instruction.Slots[0] * PtxWarp.Lanes + lane], access); break;
                default:
                    _committed[thread].Enqueue(_open[thread]);
                    _open[thread] = [];
                    break;
            }
        }
    }

    private void Load(PtxInstruction instruction, long[] registers, int lane, PtxAccess access)
    {
        var (slots, size) = (instruction.Slots, instruction.Size);
        var (count, address) = (slots.Length - 1, (ulong)(registers[slots[^1] * PtxWarp.Lanes + lane] + instruction.Offset));
        var (words, at) = Find(instruction.Words[1], address, count * size);
        for (var i = 0; i < count; i++)
        {
            registers[slots[i] * PtxWarp.Lanes + lane] = words is not null ? words.Read(at + i * size, size, access)
                : size == 8 ? BinaryPrimitives.ReadInt64LittleEndian(_parameters.AsSpan(at)) : BinaryPrimitives.ReadUInt32LittleEndian(
                    _parameters.AsSpan(at));
        }
    }

    private void Store(PtxInstruction instruction, long[] registers, int lane, PtxAccess access)
    {
        var (slots, size) = (instruction.Slots, instruction.Size);
        var (count, address) = (slots.Length - 1, (ulong)(registers[slots[0] * PtxWarp.Lanes + lane] + instruction.Offset));
        var (words, at) = Find(instruction.Words[1], address, count * size);
        for (var i = 0; i < count; i++) words!.Write(at + i * size, size, registers[slots[1 + i] * PtxWarp.Lanes + lane], access);
    }

    /// <summary>The memory of a space that an address lies in; parameters have none.</summary>
    private (PtxWords? Words, int At) Find(string space, ulong address, int bytes)
    {
        if (space == "param") return (null, (int)address);
        if (space == "shared") return (_shared, _shared.Find(address, bytes));
        return _global.Find(address, bytes, bytes);
    }

    private static void Convert(PtxInstruction instruction, long[] registers, int lane)
    {
        var address = (ulong)registers[instruction.Slots[1] * PtxWarp.Lanes + lane];
        var isInWindow = address - PtxSharedMemory.Window <= uint.MaxValue;
        ulong? converted = instruction.Words switch
        {
            ["cvta", "to", "global", "u64"] when address >= PtxGlobalMemory.Origin => address,
            ["cvta", "to", "shared", "u64"] when isInWindow => address - PtxSharedMemory.Window,
            ["cvta", "shared", "u64"] when address <= uint.MaxValue => address + PtxSharedMemory.Window,
            _ => null,
        };
        registers[instruction.Slots[0] * PtxWarp.Lanes + lane] =
            (long)(converted ?? throw new PtxFault($"0x{address:x} is an address of another space"));
    }

    private void Copy(int[] slots, long[] registers, int lane, int thread, PtxAccess access)
    {
        long Value(int operand) => registers[slots[operand] * PtxWarp.Lanes + lane];
        var (to, from, bytes, count) = ((ulong)Value(0), (ulong)Value(1), (int)Value(2), (int)Value(3));
        if (bytes != PtxCopy.Length || count < 0 || count > bytes) throw new PtxFault($"a copy of {count} of {bytes} bytes");
        if (from % PtxCopy.Length != 0) throw new PtxFault($"0x{from:x} is not a multiple of {PtxCopy.Length} bytes");
        var target = _shared.Find(to, PtxCopy.Length);
        var (source, at) = count == 0 ? (null, 0) : _global.Find(from, count, PtxCopy.Length);
        _shared.Depart(target, access);
        _open[thread].Add(new PtxCopy(target, source, at, count));
    }

    private void Wait(int thread, int mayStay, PtxAccess access)
    {
        while (_committed[thread].Count > mayStay)
            foreach (var copy in _committed[thread].Dequeue()) _shared.Land(copy, access);
    }
}
