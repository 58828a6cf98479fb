using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace SeqCont.Circuits;

/// <summary>
/// Pickles prompts as the study's files have them: a list of dicts of str, int, bool, None and lists of int, in
/// protocol 2, which every Python 3 reads. No object is shared, so there is no memo.
/// </summary>
internal static class PickleWriter
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

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
            if (row.Text is { } text) WriteField(stream, "text", () => WriteText(stream, text));
            if (row.Tokens is { } tokens) WriteField(stream, "tokens", () => WriteIntegers(stream, tokens.Select(token => (long)token)));
            WriteField(stream, "corr", () => WriteAnswer(stream, row.Corr));
            WriteField(stream, "incorr", () => WriteAnswer(stream, row.Incorr));
            foreach (var (name, value) in row.Other) WriteField(stream, name,
                () => WriteValue(stream, value, $"{source}: row {number}: \"{JsonEncodedText.Encode(name)}\""));
            stream.WriteByte((byte)'u');
        }

        stream.Write("e."u8);
    }

    private static void WriteField(Stream stream, string name, Action writeValue)
    {
        WriteText(stream, name);
        writeValue();
    }

    private static void WriteAnswer(Stream stream, PromptAnswer answer)
    {
        if (answer.Text is { } text) WriteText(stream, text);
        else WriteInteger(stream, answer.Id);
    }

    private static void WriteValue(Stream stream, JsonElement value, string where)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: WriteText(stream, value.GetString()!); break;
            case JsonValueKind.True: stream.WriteByte(0x88); break;
            case JsonValueKind.False: stream.WriteByte(0x89); break;
            case JsonValueKind.Null: stream.WriteByte((byte)'N'); break;
            case JsonValueKind.Number when value.TryGetInt64(out var number): WriteInteger(stream, number); break;
            case JsonValueKind.Array when value.EnumerateArray()
                .All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out _)):
                WriteIntegers(stream, value.EnumerateArray().Select(item => item.GetInt64()));
                break;
            default:
                throw new InvalidDataException(
                $"{where}: a pickle takes text, integers, true, false, null and lists of integers, got "
                    + $"{PromptRowBuilder.Describe(value)}.");
        }
    }

    private static void WriteIntegers(Stream stream, IEnumerable<long> numbers)
    {
        stream.Write("]("u8);
        foreach (var number in numbers) WriteInteger(stream, number);
        stream.WriteByte((byte)'e');
    }

    private static void WriteInteger(Stream stream, long number)
    {
        Span<byte> bytes = stackalloc byte[2 + sizeof(long)];
        if (number is >= int.MinValue and <= int.MaxValue)
        {
            bytes[0] = (byte)'J';
            BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], (int)number);
            stream.Write(bytes[..(1 + sizeof(int))]);
            return;
        }

        (bytes[0], bytes[1]) = (0x8A, sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(bytes[2..], number);
        stream.Write(bytes);
    }

    private static void WriteText(Stream stream, string text)
    {
        var utf8 = Utf8.GetBytes(text);
        Span<byte> head = stackalloc byte[1 + sizeof(int)];
        head[0] = (byte)'X';
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], utf8.Length);
        stream.Write(head);
        stream.Write(utf8);
    }
}
