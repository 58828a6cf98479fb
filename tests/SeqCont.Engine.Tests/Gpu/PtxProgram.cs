using System.Globalization;
using System.Text.RegularExpressions;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>What the machine does with an instruction; <see cref="Compute"/> is all that stays within one lane's registers.</summary>
internal enum PtxKind
{
    Compute,
    Load,
    Store,
    Convert,
    Branch,
    Return,
    Barrier,
    Copy,
    Commit,
    Wait,
    TensorProduct,
}

/// <summary>One instruction, decoded. Operands are slots: registers, and constants that hold the same in every lane.</summary>
internal sealed record PtxInstruction(string Text, string[] Words, PtxKind Kind)
{
    /// <summary>Slot of the predicate that guards it; -1 without one.</summary>
    public int Guard { get; init; } = -1;

    public bool GuardIsNegated { get; init; }

    /// <summary>Destinations first, as written.</summary>
    public required int[] Slots { get; init; }

    /// <summary>Bytes added to an address.</summary>
    public int Offset { get; init; }

    /// <summary>Number of the instruction that a branch goes to.</summary>
    public int Target { get; set; }

    /// <summary>Number of the instruction where lanes that part here meet again.</summary>
    public int Meeting { get; set; }

    /// <summary>What <see cref="PtxKind.Compute"/> computes from up to three operands.</summary>
    public Func<long, long, long, long>? Compute { get; init; }

    /// <summary>Bytes of one number that is loaded or stored.</summary>
    public int Size { get; init; }

    public bool WasExecuted { get; set; }
}

/// <summary>Where a kernel's parameter lies in its block of parameters.</summary>
internal sealed record PtxParameter(string Name, int Start, int Size);

/// <summary>
/// A kernel's entry, read from PTX text: the part of the language that ILGPU and our emitters write. What is not known is refused, and so
/// are operands of a type that the assembler would not take.
/// </summary>
internal sealed partial class PtxProgram
{
    /// <summary>Where shared memory starts in its own space: what lies below is the driver's.</summary>
    public const int SharedStart = 1024;

    private readonly Dictionary<string, int> _slots = [];
    private readonly Dictionary<string, long> _symbols = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly List<(PtxInstruction Branch, string Label)> _branches = [];
    private readonly List<string> _classes = [];

    public PtxProgram(string text)
    {
        var entry = text[text.IndexOf(".entry", StringComparison.Ordinal)..];
        var body = entry.IndexOf("\n{", StringComparison.Ordinal);
        Parameters = ReadParameters(entry[..body]);
        foreach (var line in entry[(body + 2)..entry.LastIndexOf('}')].Split('\n')
            .Select(line => line.Trim()).Where(line => line.Length > 0)) ReadLine(line);
        foreach (var (branch, label) in _branches) branch.Target = _labels[label];
        PtxMeetings.Find(Instructions);
    }

    public List<PtxInstruction> Instructions { get; } = [];

    public IReadOnlyList<PtxParameter> Parameters { get; }

    /// <summary>Bytes of shared memory.</summary>
    public int SharedBytes { get; private set; }

    /// <summary>Slots that hold the same everywhere, and what they hold.</summary>
    public List<(int Slot, long Value)> Constants { get; } = [];

    /// <summary>Slots of special registers.</summary>
    public List<(int Slot, string Name)> Specials { get; } = [];

    /// <summary>Number of slots.</summary>
    public int SlotCount => _classes.Count;

    private static PtxFault Refused(string what) => new($"the machine does not know {what}");

    private List<PtxParameter> ReadParameters(string header)
    {
        var (parameters, start) = (new List<PtxParameter>(), 0);
        foreach (Match match in Parameter().Matches(header))
        {
            var size = match.Groups["count"].Success ? Number(match.Groups["count"].Value) : Number(match.Groups["bits"].Value) / 8;
            var alignment = match.Groups["align"].Success ? Number(match.Groups["align"].Value) : size;
            start = (start + alignment - 1) / alignment * alignment;
            parameters.Add(new PtxParameter(match.Groups["name"].Value, start, size));
            _symbols[match.Groups["name"].Value] = start;
            start += size;
        }

        return parameters;
    }

    private void ReadLine(string line)
    {
        if (line.EndsWith(':')) _labels[line[..^1]] = Instructions.Count;
        else if (line.StartsWith(".shared", StringComparison.Ordinal)) ReadShared(line);
        else if (!line.StartsWith(".reg", StringComparison.Ordinal)) Instructions.Add(Decode(line.TrimEnd(';')));
    }

    private void ReadShared(string line)
    {
        var match = Shared().Match(line);
        var alignment = Number(match.Groups["align"].Value);
        SharedBytes = (SharedBytes + alignment - 1) / alignment * alignment;
        _symbols[match.Groups["name"].Value] = SharedStart + SharedBytes;
        SharedBytes += Number(match.Groups["count"].Value);
    }

    private PtxInstruction Decode(string line)
    {
        var match = Instruction().Match(line);
        if (!match.Success) throw Refused(line);
        var words = match.Groups["op"].Value.Split('.');
        var operands = Operand().Matches(match.Groups["operands"].Value).Select(operand => operand.Value).ToList();
        var kind = KindOf(words);
        var label = kind == PtxKind.Branch ? operands[0] : null;
        if (label is not null) operands.Clear();
        var address = operands.Find(operand => operand.Contains('+', StringComparison.Ordinal));
        if (address is not null && kind is not (PtxKind.Load or PtxKind.Store)) throw Refused(line);
        var types = PtxTypes.Of(words, operands.Count);
        var instruction = new PtxInstruction(line, words, kind)
        {
            Guard = match.Groups["guard"].Success ? Slot(match.Groups["guard"].Value, "pred", line) : -1,
            GuardIsNegated = match.Groups["not"].Success,
            Slots = [.. operands.Select((operand, i) => Slot(operand.Split('+')[0], types[i], line))],
            Offset = address is null ? 0 : Number(address.Split('+')[1]),
            Compute = kind == PtxKind.Compute ? PtxArithmetic.Of(words) ?? throw Refused(line) : null,
            Size = kind is PtxKind.Load or PtxKind.Store ? PtxTypes.Size(words[^1]) : 0,
        };
        if (label is not null) _branches.Add((instruction, label));
        return instruction;
    }

    private static PtxKind KindOf(string[] words) => words switch
    {
        ["ld", "param" or "global" or "shared", ..] => PtxKind.Load,
        ["st", "global" or "shared", ..] => PtxKind.Store,
        ["cvta", ..] => PtxKind.Convert,
        ["bra", ..] => PtxKind.Branch,
        ["ret"] => PtxKind.Return,
        ["bar", "sync"] => PtxKind.Barrier,
        ["cp", "async", "cg", "shared", "global"] => PtxKind.Copy,
        ["cp", "async", "commit_group"] => PtxKind.Commit,
        ["cp", "async", "wait_group"] => PtxKind.Wait,
        ["mma", "sync", "aligned", "m16n8k8", "row", "col", "f32", "tf32", "tf32", "f32"] => PtxKind.TensorProduct,
        _ => PtxKind.Compute,
    };

    /// <summary>The slot of an operand, which must be of a type.</summary>
    private int Slot(string operand, string type, string line)
    {
        if (!_slots.TryGetValue(operand, out var slot))
        {
            slot = _slots[operand] = _classes.Count;
            var known = _symbols.TryGetValue(operand, out var symbol);
            _classes.Add(known ? "b64" : PtxTypes.ClassOf(operand) ?? throw Refused($"{operand} in {line}"));
            if (known) Constants.Add((slot, symbol));
            else if (operand.Contains('.', StringComparison.Ordinal)) Specials.Add((slot, operand));
            else if (operand[0] != '%') Constants.Add((slot, PtxTypes.Literal(operand)));
        }

        return PtxTypes.Takes(type, _classes[slot]) ? slot : throw new PtxFault($"{line}: {operand} is {_classes[slot]}, not {type}");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\.param\s+(\.align\s+(?<align>\d+)\s+)?\.[a-z](?<bits>\d+)\s+(?<name>\w+)(\[(?<count>\d+)\])?")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\.shared\s+\.align\s+(?<align>\d+)\s+\.b8\s+(?<name>\w+)\[(?<count>\d+)\]")]
    private static partial Regex Shared();

    [GeneratedRegex(@"^(@(?<not>!)?(?<guard>%p\d+)\s+)?(?<op>[a-z][\w.]*)\s*(?<operands>.*)$")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"[%\w.+-]+")]
    private static partial Regex Operand();
}
