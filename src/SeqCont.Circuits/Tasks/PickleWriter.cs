using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Pickles prompts as the study's files have them: a list of dicts of str, int, bool, None and lists of int, in
/// protocol 2, which every Python 3 reads. No object is shared, so there is no memo.
/// </summary>
internal static class PickleWriter
{
    /// <summary>Writes rows: text or tokens, corr, incorr, then the other fields.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="rows">The rows, in order.</param>
    /// <param name="source">The name that messages use.</param>
    /// <exception cref="InvalidDataException">A field holds what these files never do: a fraction, an object, a list of other
    /// things.</exception>
    public static void Write(Stream stream, IEnumerable<PromptRow> rows, string source)
    {
        stream.Write([0x80, 2, (byte)']', (byte)'(']);
        var number = 0;
        foreach (var row in rows)
        {
            number++;
            stream.Write("}("u8);
            var fields = JsonText.Parse(PromptFile.Json(row), $"{source}: row {number}", "a prompt", isLine: true);
            foreach (var (name, value) in fields.Fields())
            {
                WriteText(stream, name);
                WriteValue(stream, value);
            }
            stream.WriteByte((byte)'u');
        }

        stream.Write("e."u8);
    }

    private static void WriteValue(Stream stream, JsonField value)
    {
        switch (value.Kind)
        {
            case JsonValueKind.String: WriteText(stream, value.Text()); break;
            case JsonValueKind.True: stream.WriteByte(0x88); break;
            case JsonValueKind.False: stream.WriteByte(0x89); break;
            case JsonValueKind.Null: stream.WriteByte((byte)'N'); break;
            case JsonValueKind.Number when value.WholeOrNull is { } number: WriteInteger(stream, number); break;
            case JsonValueKind.Array when value.List(item => item.WholeOrNull) is var numbers && !numbers.Contains(null):
                stream.Write("]("u8);
                foreach (var number in numbers) WriteInteger(stream, number!.Value);
                stream.WriteByte((byte)'e');
                break;
            default:
                throw value.Bad($"a pickle takes text, integers, true, false, null and lists of integers, got {value.Describe()}");
        }
    }

    private static void WriteInteger(Stream stream, long number)
    {
        var isShort = number is >= int.MinValue and <= int.MaxValue;
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        stream.Write(isShort ? "J"u8 : [0x8A, sizeof(long)]);
        stream.Write(isShort ? bytes[..sizeof(int)] : bytes);
    }

    private static void WriteText(Stream stream, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        stream.WriteByte((byte)'X');
        stream.Write(length);
        stream.Write(utf8);
    }
}
