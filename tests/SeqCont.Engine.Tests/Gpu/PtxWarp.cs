namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// 32 threads in lockstep. Lanes that part at a branch go one way after the other and meet again where <see cref="PtxMeetings"/> says.
/// Barriers and tensor-core products are for the whole warp: a lane that comes alone is an error.
/// </summary>
internal sealed class PtxWarp
{
    public const int Lanes = 32;

    private const uint All = uint.MaxValue;

    private readonly PtxProgram _program;
    private readonly PtxGroup _group;
    private readonly Stack<(uint Lanes, int At, int Meeting)> _parted = [];
    private uint _active = All;
    private int _at, _meeting = PtxMeetings.Exit;

    public PtxWarp(PtxProgram program, PtxGroup group, int first, Func<string, int, int> special)
    {
        (_program, _group, First, Registers) = (program, group, first, new long[program.SlotCount * Lanes]);
        // A register that nothing was written to: NaN, or far out of bounds.
        Array.Fill(Registers, unchecked((long)0xFFF7_DEAD_7FC0_DEAD));
        foreach (var (slot, value) in program.Constants) Array.Fill(Registers, value, slot * Lanes, Lanes);
        foreach (var (slot, name) in program.Specials)
            for (var lane = 0; lane < Lanes; lane++) Registers[slot * Lanes + lane] = special(name, first + lane);
    }

    /// <summary>Number of its first thread in the group.</summary>
    public int First { get; }

    /// <summary>[slot, lane].</summary>
    public long[] Registers { get; }

    public bool HasExited { get; private set; }

    /// <summary>Runs until it waits at a barrier, which it then has passed, or has exited.</summary>
    public void Run()
    {
        while (!HasExited)
        {
            if (_at == _meeting)
            {
                Meet();
                continue;
            }

            var instruction = _program.Instructions[_at];
            instruction.WasExecuted = true;
            try
            {
                if (Execute(instruction)) return;
            }
            catch (PtxFault fault)
            {
                throw new PtxFault($"{fault.Message}: {instruction.Text} (instruction {_at}, group {_group}, warp {First / Lanes})");
            }
        }
    }

    private static bool Has(uint lanes, int lane) => (lanes >> lane & 1) != 0;

    /// <summary>Goes on with those that took the other way, or, when all have come, with all.</summary>
    private void Meet()
    {
        if (_parted.Count == 0) HasExited = true;
        else (_active, _at, _meeting) = _parted.Pop();
    }

    /// <summary>Whether the warp waits at a barrier.</summary>
    private bool Execute(PtxInstruction instruction)
    {
        var chosen = Guarded(instruction);
        switch (instruction.Kind)
        {
            case PtxKind.Branch:
                Branch(instruction, chosen);
                return false;
            case PtxKind.Return:
                // Lanes leave only where no others are to come back to: else those would have to be told.
                if (_meeting != PtxMeetings.Exit) throw new PtxFault("the machine does not know an exit where others go on");
                _at = PtxMeetings.Exit;
                return false;
            case PtxKind.Compute:
                Compute(instruction, chosen);
                break;
            case PtxKind.Barrier or PtxKind.TensorProduct when chosen != All:
                throw new PtxFault("not all lanes of the warp are here");
            case PtxKind.TensorProduct:
                PtxTensorCore.MultiplyAdd(Registers, instruction.Slots);
                break;
            case PtxKind.Barrier:
                break;
            default:
                _group.Execute(instruction, this, chosen);
                break;
        }

        _at++;
        return instruction.Kind == PtxKind.Barrier;
    }

    private void Branch(PtxInstruction instruction, uint chosen)
    {
        if (chosen == 0) _at++;
        else if (chosen == _active) _at = instruction.Target;
        else if (instruction.Words[^1] == "uni") throw new PtxFault("lanes part where the program promises that they do not");
        else
        {
            _parted.Push((_active, instruction.Meeting, _meeting));
            _parted.Push((_active & ~chosen, _at + 1, instruction.Meeting));
            (_active, _at, _meeting) = (chosen, instruction.Target, instruction.Meeting);
        }
    }

    private uint Guarded(PtxInstruction instruction)
    {
        if (instruction.Guard < 0) return _active;
        var chosen = 0u;
        for (var lane = 0; lane < Lanes; lane++)
            if (Registers[instruction.Guard * Lanes + lane] != 0 != instruction.GuardIsNegated) chosen |= 1u << lane;
        return chosen & _active;
    }

    private void Compute(PtxInstruction instruction, uint lanes)
    {
        var (compute, slots) = (instruction.Compute!, instruction.Slots);
        var (to, a, b, c) = (slots[0] * Lanes, slots[1] * Lanes, slots[Math.Min(2, slots.Length - 1)] * Lanes, slots[^1] * Lanes);
        for (var lane = 0; lane < Lanes; lane++)
            if (Has(lanes, lane)) Registers[to + lane] = compute(Registers[a + lane], Registers[b + lane], Registers[c + lane]);
    }
}
