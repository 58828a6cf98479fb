using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using static SeqCont.Circuits.PickleOpcode;

namespace SeqCont.Circuits;

/// <summary>
/// Unpickles plain data: None, bool, int, str, list, tuple (as a list) and dict with str keys. Every step
/// consumes input and makes at most one small object, so time is bounded by the pickle's length; stack, memo
/// and containers are counted, so memory is too; objects are only linked, never walked, so neither nesting nor
/// cycles matter.
/// </summary>
/// <param name="bytes">The pickle, protocol 0 to 5.</param>
/// <param name="source">The name that messages use.</param>
internal sealed class PickleReader(ReadOnlyMemory<byte> bytes, string source)
{
    private const int MaxStack = 8 << 20;
    private const int MaxContainers = 2 << 20;
    private static readonly object Mark = new();
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _position;
    private int _opcodeOffset;
    private int _containers;

    /// <summary>The pickled object.</summary>
    /// <exception cref="InvalidDataException">The bytes are no pickle of plain data.</exception>
    public object? Read()
    {
        while (true)
        {
            _opcodeOffset = _position;
            var opcode = (PickleOpcode)Take(1)[0];
            if (opcode == STOP) break;
            Execute(opcode);
        }
        if (_marks.Count > 0 || _stack.Count != 1) throw Bad("expected exactly one object at the end");
        return _stack[0];
    }

    private void Execute(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PROTO: RequireProtocol(Number(1)); break;
            case FRAME: RequireLeft(Number(8), "the frame is longer than the pickle"); break;
            case MARK: _marks.Add(_stack.Count); Push(Mark); break;
            case POP: Discard(); break;
            case POP_MARK: TakeToMark(); break;
            case APPEND: AddItems(TakeLast(1)); break;
            case APPENDS: AddItems(TakeToMark()); break;
            case SETITEM: SetItems(TakeLast(2)); break;
            case SETITEMS: SetItems(TakeToMark()); break;
            case PUT: Memorize(Index()); break;
            case BINPUT: Memorize(Number(1)); break;
            case LONG_BINPUT: Memorize(Number(4)); break;
            case MEMOIZE: Memorize(_memo.Count); break;
            default: Push(Value(opcode)); break;
        }
    }

    /// <summary>What an opcode puts on the stack.</summary>
    private object? Value(PickleOpcode opcode) => opcode switch
    {
        NONE => null,
        NEWTRUE => true,
        NEWFALSE => false,
        INT or LONG => Decimal(TakeLine(), opcode),
        BININT => Number(4, isSigned: true),
        BININT1 => Number(1),
        BININT2 => Number(2),
        LONG1 => Number(Number(1), isSigned: true),
        LONG4 => Number(Number(4), isSigned: true),
        UNICODE => RawUnicode(TakeLine()),
        SHORT_BINUNICODE => Text(Number(1)),
        BINUNICODE => Text(Number(4)),
        BINUNICODE8 => Text(Number(8)),
        DUP => Top(),
        EMPTY_LIST or EMPTY_TUPLE => new List<object?>(),
        EMPTY_DICT => new Dictionary<string, object?>(),
        LIST or TUPLE => TakeToMark(),
        TUPLE1 or TUPLE2 or TUPLE3 => TakeLast(opcode - TUPLE1 + 1),
        DICT => AddPairs([], TakeToMark()),
        GET => Memo(Index()),
        BINGET => Memo(Number(1)),
        LONG_BINGET => Memo(Number(4)),
        _ => throw Bad("expected plain data (None, bool, int, str, list, tuple, dict), which this is not"),
    };

    private void RequireLeft(long count, string problem)
    {
        // 2^63 and more reads as a negative number.
        if ((ulong)count > (ulong)(bytes.Length - _position)) throw Bad(problem);
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        RequireLeft(count, "the pickle ends too early");
        var taken = bytes.Span.Slice(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    private ReadOnlySpan<byte> TakeLine()
    {
        var length = bytes.Span[_position..].IndexOf((byte)'\n');
        // Without an end there is one byte too few.
        var line = Take(length < 0 ? long.MaxValue : length);
        _position++;
        return line;
    }

    /// <summary>The next bytes as an integer, least significant first.</summary>
    private long Number(long size, bool isSigned = false)
    {
        var digits = Take(size);
        if (size > sizeof(long)) throw Bad("expected an integer of at most 64 bits");
        Span<byte> whole = stackalloc byte[sizeof(long)];
        if (isSigned && digits is [.., >= 0x80]) whole.Fill(byte.MaxValue);
        digits.CopyTo(whole);
        return BinaryPrimitives.ReadInt64LittleEndian(whole);
    }

    private void Push(object? value)
    {
        if (_stack.Count == MaxStack) throw Bad($"expected at most {MaxStack} objects on the stack");
        if (value is List<object?> or Dictionary<string, object?> && ++_containers > MaxContainers)
            throw Bad($"expected at most {MaxContainers} lists and dicts");
        _stack.Add(value);
    }

    private void Memorize(long index)
    {
        if (_memo.Count == MaxStack) throw Bad($"expected at most {MaxStack} memo entries");
        _memo[index] = Top();
    }

    private object? Memo(long index) => _memo.TryGetValue(index, out var value) ? value : throw Bad($"expected a memo entry {index}");

    private object? Top() => _stack is [.., var top] && top != Mark ? top : throw Bad("expected an object on the stack");

    private void Discard()
    {
        if (_stack.Count == 0) throw Bad("expected an object on the stack");
        if (_stack[^1] == Mark) _marks.RemoveAt(_marks.Count - 1);
        _stack.RemoveAt(_stack.Count - 1);
    }

    private List<object?> TakeLast(int count)
    {
        var start = _stack.Count - count;
        if (start < 0 || (_marks.Count > 0 && _marks[^1] >= start)) throw Bad($"expected {count} objects on the stack");
        var items = _stack.GetRange(start, count);
        _stack.RemoveRange(start, count);
        return items;
    }

    private List<object?> TakeToMark()
    {
        if (_marks.Count == 0) throw Bad("expected a mark on the stack");
        var start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var items = TakeLast(_stack.Count - start - 1);
        _stack.RemoveAt(start);
        return items;
    }

    private void AddItems(List<object?> items)
    {
        if (Top() is not List<object?> list) throw Bad("expected a list to append to");
        list.AddRange(items);
    }

    private void SetItems(List<object?> items) =>
        AddPairs(Top() as Dictionary<string, object?> ?? throw Bad("expected a dict to set items of"), items);

    private Dictionary<string, object?> AddPairs(Dictionary<string, object?> fields, List<object?> items)
    {
        if (items.Count % 2 != 0) throw Bad("expected pairs of key and value");
        for (var i = 0; i < items.Count; i += 2)
            fields[items[i] as string ?? throw Bad("expected keys that are text")] = items[i + 1];
        return fields;
    }

    private void RequireProtocol(long protocol)
    {
        if (protocol > 5) throw Bad($"expected a protocol of at most 5, got {protocol}");
    }

    private long Index() =>
        uint.TryParse(TakeLine(), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index : throw Bad("expected a memo index");

    /// <summary>Protocol 0's integers; 00 and 01 are booleans, and a long ends with L.</summary>
    private object Decimal(ReadOnlySpan<byte> line, PickleOpcode opcode)
    {
        if (opcode == INT && (line.SequenceEqual("00"u8) || line.SequenceEqual("01"u8))) return line[1] == '1';
        if (opcode == LONG && line is [.., (byte)'L']) line = line[..^1];
        return long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value : throw Bad("expected an integer of at most 64 bits");
    }

    private string Text(long count)
    {
        try
        {
            return Utf8.GetString(Take(count));
        }
        catch (DecoderFallbackException)
        {
            throw Bad("expected valid UTF-8");
        }
    }

    /// <summary>Protocol 0's text: Latin-1 with \uXXXX and \UXXXXXXXX.</summary>
    private string RawUnicode(ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            var digits = line[i..] switch { [(byte)'\\', (byte)'u', ..] => 4, [(byte)'\\', (byte)'U', ..] => 8, _ => 0 };
            if (digits == 0)
            {
                text.Append((char)line[i]);
                continue;
            }
            if (i + 2 + digits > line.Length
                || !uint.TryParse(line.Slice(i + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                || !Rune.IsValid(code))
                throw Bad("expected a valid character escape");
            text.Append(new Rune(code));
            i += digits + 1;
        }
        return text.ToString();
    }

    private InvalidDataException Bad(string reason)
    {
        var opcode = (PickleOpcode)(_opcodeOffset < bytes.Length ? bytes.Span[_opcodeOffset] : 0);
        return new($"{source}: opcode {Enum.GetName(opcode) ?? $"0x{(int)opcode:X2}"} at byte {_opcodeOffset}: {reason}.");
    }
}
