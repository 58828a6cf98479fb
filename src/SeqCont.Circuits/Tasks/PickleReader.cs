using System.Buffers.Binary;
using System.Globalization;
using System.Text;

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
    private readonly Dictionary<uint, object?> _memo = [];
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
            var opcode = Take(1)[0];
            if (opcode == '.') break;
            Execute(opcode);
        }
        if (_marks.Count > 0 || _stack.Count != 1) throw Bad("expected exactly one object at the end");
        return _stack[0];
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: ReadProtocol(); break;
            case 0x95: ReadFrame(); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'I': PushDecimal(boolean: true); break;
            case (byte)'L': PushDecimal(boolean: false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'K': Push((long)Take(1)[0]); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 0x8A: PushLong(Take(1)[0]); break;
            case 0x8B: PushLong(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case (byte)'V': Push(RawUnicode(TakeLine())); break;
            case 0x8C: PushText(Take(1)[0]); break;
            case (byte)'X': PushText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case 0x8D: PushText(BinaryPrimitives.ReadUInt64LittleEndian(Take(8))); break;
            case (byte)'(': _marks.Add(_stack.Count); Push(Mark); break;
            case (byte)'0': Discard(); break;
            case (byte)'1': TakeToMark(); break;
            case (byte)'2': Push(Top()); break;
            default: ExecuteContainer(opcode); break;
        }
    }

    private void ExecuteContainer(byte opcode)
    {
        switch (opcode)
        {
            case (byte)']' or (byte)')': Push(new List<object?>()); break;
            case (byte)'}': Push(new Dictionary<string, object?>(StringComparer.Ordinal)); break;
            case (byte)'l' or (byte)'t': Push(TakeToMark()); break;
            case 0x85 or 0x86 or 0x87: Push(TakeLast(opcode - 0x84)); break;
            case (byte)'d': AddPairs(new Dictionary<string, object?>(StringComparer.Ordinal), TakeToMark(), push: true); break;
            case (byte)'a': AddItems(TakeLast(1)); break;
            case (byte)'e': AddItems(TakeToMark()); break;
            case (byte)'s': SetItems(TakeLast(2)); break;
            case (byte)'u': SetItems(TakeToMark()); break;
            case (byte)'p': Memorize(ReadIndex()); break;
            case (byte)'q': Memorize(Take(1)[0]); break;
            case (byte)'r': Memorize(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case 0x94: Memorize((uint)_memo.Count); break;
            case (byte)'g': PushMemo(ReadIndex()); break;
            case (byte)'h': PushMemo(Take(1)[0]); break;
            case (byte)'j': PushMemo(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            default: throw Bad("expected plain data (None, bool, int, str, list, tuple, dict), which this is not");
        }
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(bytes.Length - _position)) throw Bad("the pickle ends too early");
        var taken = bytes.Span.Slice(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    private ReadOnlySpan<byte> TakeLine()
    {
        var length = bytes.Span[_position..].IndexOf((byte)'\n');
        if (length < 0) throw Bad("the pickle ends too early");
        var line = Take((ulong)length);
        _position++;
        return line;
    }

    private void Push(object? value)
    {
        if (_stack.Count == MaxStack) throw Bad($"expected at most {MaxStack} objects on the stack");
        if (value is List<object?> or Dictionary<string, object?> && ++_containers > MaxContainers)
            throw Bad($"expected at most {MaxContainers} lists and dicts");
        _stack.Add(value);
    }

    private void Memorize(uint index)
    {
        if (_memo.Count == MaxStack) throw Bad($"expected at most {MaxStack} memo entries");
        _memo[index] = Top();
    }

    private object? Top()
    {
        if (_stack.Count == 0 || _stack[^1] == Mark) throw Bad("expected an object on the stack");
        return _stack[^1];
    }

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
        var items = _stack.GetRange(start + 1, _stack.Count - start - 1);
        _stack.RemoveRange(start, _stack.Count - start);
        _marks.RemoveAt(_marks.Count - 1);
        return items;
    }

    private void AddItems(List<object?> items)
    {
        if (Top() is not List<object?> list) throw Bad("expected a list to append to");
        list.AddRange(items);
    }

    private void SetItems(List<object?> items)
    {
        if (Top() is not Dictionary<string, object?> fields) throw Bad("expected a dict to set items of");
        AddPairs(fields, items, push: false);
    }

    private void AddPairs(Dictionary<string, object?> fields, List<object?> items, bool push)
    {
        if (items.Count % 2 != 0) throw Bad("expected pairs of key and value");
        for (var i = 0; i < items.Count; i += 2)
        {
            if (items[i] is not string key) throw Bad("expected keys that are text");
            fields[key] = items[i + 1];
        }
        if (push) Push(fields);
    }

    private void PushMemo(uint index)
    {
        if (!_memo.TryGetValue(index, out var value)) throw Bad($"expected a memo entry {index}");
        Push(value);
    }

    private void ReadProtocol()
    {
        var protocol = Take(1)[0];
        if (protocol > 5) throw Bad($"expected a protocol of at most 5, got {protocol}");
    }

    private void ReadFrame()
    {
        var length = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
        if (length > (ulong)(bytes.Length - _position)) throw Bad("the frame is longer than the pickle");
    }

    private uint ReadIndex()
    {
        if (!uint.TryParse(TakeLine(), NumberStyles.None, CultureInfo.InvariantCulture, out var index)) throw Bad("expected a memo index");
        return index;
    }

    private void PushDecimal(bool boolean)
    {
        var line = TakeLine();
        if (boolean && line.SequenceEqual("00"u8)) Push(false);
        else if (boolean && line.SequenceEqual("01"u8)) Push(true);
        else
        {
            if (!boolean && line.EndsWith("L"u8)) line = line[..^1];
            if (!long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
                throw Bad("expected an integer of at most 64 bits");
            Push(value);
        }
    }

    private void PushLong(uint count)
    {
        var digits = Take(count);
        if (count > sizeof(long)) throw Bad("expected an integer of at most 64 bits");
        var value = count > 0 && digits[^1] >= 0x80 ? -1L : 0L;
        for (var i = digits.Length - 1; i >= 0; i--) value = (value << 8) | digits[i];
        Push(value);
    }

    private void PushText(ulong count)
    {
        try
        {
            Push(Utf8.GetString(Take(count)));
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
            var digits = line[i] != '\\' || i + 1 == line.Length ? 0 : line[i + 1] == 'u' ? 4 : line[i + 1] == 'U' ? 8 : 0;
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
        var opcode = _opcodeOffset < bytes.Length ? bytes.Span[_opcodeOffset] : (byte)0;
        return new($"{source}: opcode {PickleOpcodes.Name(opcode)} at byte {_opcodeOffset}: {reason}.");
    }
}
