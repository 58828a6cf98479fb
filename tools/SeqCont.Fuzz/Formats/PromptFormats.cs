using System.Text;
using SeqCont.Circuits;
using SeqCont.Fuzz.Mutation;
using SeqCont.Reports;

namespace SeqCont.Fuzz.Formats;

/// <summary>Prompt files of every form, and what prompts are made of.</summary>
internal static class PromptFormats
{
    private static readonly string[] Fields = ["text", "tokens", "corr", "incorr", "S1", "S4"];

    // What pickles are made of: marks, lists, dicts, text with its length, memos, calls, which are refused.
    private static readonly string[] Opcodes =
    [
        "\u0080\u0002", "\u0080\u0004", "\u0080\u0005", "]", "}", "(", ")", "e", "u", "s", "a", "l", "d", "0", "2", ".", "N", "\u0088",
        "\u0089",
        "J\u0001\0\0\0", "K\u0001", "M\u0001\0", "I01\n", "L5L\n", "\u008a\u0001\u0005", "X\u0004\0\0\0text", "\u008c\u0004corr",
        "Vtext\n",
        "S'text'\n", "q\0", "h\0", "r\0\0\0\0", "j\0\0\0\0", "p0\n", "g0\n", "\u0094", "\u0095", "cos\nsystem\n", "R", "b", "\u0081",
        "\u0093",
        "]\u0094(", "}\u0094(", "F1.5\n", "G?\0\0\0\0\0\0\0", "\u0086", "\u0087", "t",
    ];

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("prompts.jsonl", Make.JsonLines, _ => Lines()) { Words = Fields, AllowedPerByte = 1000 },
        new("prompts.pkl", Make.Bytes, _ => Pickle)
        {
            Words = Fields,
            Bits = [.. Opcodes.Select(Encoding.Latin1.GetBytes)],
            AllowedPerByte = 2000,
        },
        new("prompts.safetensors", Make.Safetensors, scratch => bytes => Tensors(bytes, scratch))
        {
            Words = ["clean_tokens", "clean_lengths", "corrupted_tokens", "corrupted_lengths", "correct_ids", "incorrect_ids", "I64",
                "I32", "bos"],
        },
        new("task.json", Make.Json, _ => Task())
        {
            Words = ["schema", "name", "members", "templates", "words", "others", "order", "in-order", "random", "text",
                "objects", "{other}"],
            AllowedBytes = 64 << 20,
            AllowedPerByte = 2000,
        },
        new("words.json", Make.Json, _ => bytes =>
        {
            var words = TaskWords.Read(new MemoryStream(bytes), "words.json");
            return $"{words.Sequences.Count} sequences";
        }) { Words = ["objects", "names", "verbs", "templates", "sequences", "members", "text", "words"] },
    ];

    private static Func<byte[], string> Lines()
    {
        var (tokenizer, config) = (Samples.Tokenizer(), Samples.Config());
        return bytes =>
        {
            using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
            var rows = PromptFile.ReadJsonl(reader, "x.jsonl");
            Again(rows, () => PromptFile.ReadJsonl(new StringReader(Written(rows)), "x.jsonl"));
            return $"prompts of {(PromptSet.Create(rows, tokenizer, config, null, "x.jsonl").Count > 1 ? "many" : "one")}";
        };
    }

    private static string Pickle(byte[] bytes)
    {
        var rows = PickleFile.Read(bytes, "x.pkl");
        using var written = new MemoryStream();
        PickleWriter.Write(written, rows, "x.pkl");
        Again(rows, () => PickleFile.Read(written.ToArray(), "x.pkl"));
        return $"{Math.Min(rows.Count, 3)} rows";
    }

    private static string Tensors(byte[] bytes, Scratch scratch)
    {
        var (clean, corrupted) = PromptTensors.Read(scratch.Put(bytes, "p.safetensors"));
        Again(clean, () => PromptFile.ReadJsonl(new StringReader(Written(clean)), "x.jsonl"));
        return $"{Math.Min(clean.Count, 3)} rows {corrupted.Count > 0}";
    }

    private static Func<byte[], string> Task()
    {
        var (tokenizer, words) = (Samples.Tokenizer(), Samples.Words());
        var generator = new TaskGenerator(words, tokenizer);
        return bytes =>
        {
            var task = TaskFile.Read(new MemoryStream(bytes), "x.json", "x", words);
            return $"task of {Math.Min(generator.Generate(task, 2, 1).Clean.Count, 9)}";
        };
    }

    private static void Again(IReadOnlyList<PromptRow> rows, Func<IReadOnlyList<PromptRow>> read) =>
        AllFormats.Same("prompts", Written(rows), Written(read()));

    private static string Written(IReadOnlyList<PromptRow> rows)
    {
        using var stream = new MemoryStream();
        PromptFile.WriteRows(stream, rows);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
