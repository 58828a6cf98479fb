using System.Buffers;
using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Reads the study's published prompts: a pickled list of dicts. Only data is read, nothing is ever executed;
/// a pickle that asks for classes or calls is refused.
/// </summary>
internal static class PickleFile
{
    /// <summary>The longest pickle that is read, in bytes.</summary>
    public const int MaxFileBytes = 64 << 20;

    // Pickles share objects, so a small one could stand for rows without end; rows are counted at this size.
    private const long MaxTotalSize = 512L << 20;
    private const long FieldSize = 256;

    /// <summary>Reads a pickled list of prompts.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no pickle of plain prompts; the message says where.</exception>
    public static IReadOnlyList<PromptRow> Read(string path)
    {
        using var stream = InputFile.Open(path, "a pickled prompt file", MaxFileBytes);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Read(bytes, path);
    }

    /// <summary>Reads a pickled list of prompts from memory.</summary>
    /// <param name="bytes">The pickle, protocol 0 to 5.</param>
    /// <param name="source">The name that messages use.</param>
    /// <exception cref="InvalidDataException">The bytes are no pickle of plain prompts; the message says where.</exception>
    public static IReadOnlyList<PromptRow> Read(ReadOnlyMemory<byte> bytes, string source)
    {
        if (new PickleReader(bytes, source).Read() is not List<object?> items)
            throw new InvalidDataException($"{source}: expected a pickled list of prompts.");
        var (rows, budget) = (new List<PromptRow>(items.Count), MaxTotalSize);
        var json = new ArrayBufferWriter<byte>();
        foreach (var item in items)
        {
            var where = $"{source}: row {rows.Count + 1}";
            if (item is not Dictionary<string, object?> fields) throw new InvalidDataException($"{where}: expected a dict.");
            json.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(json))
            {
                writer.WriteStartObject();
                foreach (var (name, value) in fields)
                {
                    budget -= FieldSize + 2L * name.Length + Size(value);
                    if (budget < 0) throw new InvalidDataException($"{where}: the rows up to here exceed {MaxTotalSize >> 20} MB.");
                    writer.WritePropertyName(name);
                    WriteValue(writer, value, $"{where}: \"{JsonEncodedText.Encode(name)}\"");
                }
                writer.WriteEndObject();
            }
            rows.Add(PromptFile.ParseRow(json.WrittenMemory, where));
        }
        return rows;
    }

    private static long Size(object? value) => value switch
    {
        string text => 2L * text.Length,
        List<object?> list => 12L * list.Count,
        _ => 0,
    };

    private static void WriteValue(Utf8JsonWriter writer, object? value, string where)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case long number: writer.WriteNumberValue(number); break;
            case string text: writer.WriteStringValue(text); break;
            case List<object?> list when list.TrueForAll(item => item is long):
                writer.WriteStartArray();
                foreach (var item in list) WriteValue(writer, item, where);
                writer.WriteEndArray();
                break;
            default: throw new InvalidDataException($"{where}: expected text, an integer, True, False, None or a list of integers.");
        }
    }
}
