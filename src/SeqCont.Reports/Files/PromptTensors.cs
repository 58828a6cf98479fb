using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>
/// Prompts as token ids in a safetensors file, all I64: clean_tokens [prompt, position] (0 after a prompt's end),
/// clean_lengths [prompt], correct_ids [prompt], incorrect_ids [prompt], and, where there are corrupted prompts,
/// corrupted_tokens, corrupted_lengths. Metadata: bos (its id, or none), source.
/// </summary>
public static class PromptTensors
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="clean">Prompts and their answers.</param>
    /// <param name="corrupted">Their corrupted partners; null for none.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, PromptSet clean, PromptSet? corrupted)
    {
        ArgumentNullException.ThrowIfNull(clean);
        (string Name, long[] Shape, long[] Values)[] tensors =
            [.. Set("clean_", clean), .. Answers(clean), .. corrupted is null ? [] : Set("corrupted_", corrupted)];
        var metadata = new Dictionary<string, string> { ["bos"] = Bos(clean), ["source"] = clean.Source };
        using var writer = new SafetensorsWriter(
            path, [.. tensors.Select(tensor => (tensor.Name, "I64", (IReadOnlyList<long>)tensor.Shape))], metadata);
        foreach (var (name, _, values) in tensors) writer.Append(name, values);
        writer.Complete();
    }

    /// <summary>Reads a file's prompts as rows of token ids, without BOS.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The prompts, and their corrupted partners with the same answers; the latter empty where the file has none.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is malformed, or its tensors do not fit together; the message names file and tensor.
    /// </exception>
    public static (IReadOnlyList<PromptRow> Clean, IReadOnlyList<PromptRow> Corrupted) Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"{path}: not found; expected a file of prompt tensors.", path);
        using var file = SafetensorsFile.FromFile(path);
        var (correct, incorrect) = (file.ReadIntegers("correct_ids"), file.ReadIntegers("incorrect_ids"));
        var clean = ReadSet(file, "clean", correct, incorrect);
        return (clean, file.Contains("corrupted_tokens") ? ReadSet(file, "corrupted", correct, incorrect) : []);
    }

    private static PromptRow[] ReadSet(SafetensorsFile file, string name, long[] correct, long[] incorrect)
    {
        var (tokens, lengths) = (file.ReadIntegers($"{name}_tokens"), file.ReadIntegers($"{name}_lengths"));
        var shape = file.Entry($"{name}_tokens").Shape;
        if (shape.Count != 2 || shape[0] != lengths.Length || lengths.Length != correct.Length || lengths.Length != incorrect.Length)
            throw new InvalidDataException(
                $"{file.Name}: tensor '{name}_tokens': expected [prompt, position] for {correct.Length} correct_ids, {incorrect.Length} "
                    + $"incorrect_ids and {lengths.Length} {name}_lengths, got [{string.Join(", ", shape)}].");
        var bos = Bos(file);
        var rows = new PromptRow[lengths.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var where = $"{file.Name}: {name} prompt {i + 1}";
            var least = bos is null ? 1 : 2;
            if (lengths[i] < least || lengths[i] > shape[1])
                throw new InvalidDataException($"{where}: expected a length from {least} to {shape[1]}, got {lengths[i]}.");
            int[] ids = [.. tokens.AsSpan((int)(i * shape[1]), (int)lengths[i]).ToArray().Select(id => Id(id, where))];
            if (bos is { } first && ids[0] != first)
                throw new InvalidDataException(
                    $"{where}: expected the begin-of-text token {first} first, as the metadata says, got {ids[0]}.");
            rows[i] = new PromptRow
            {
                Tokens = bos is null ? ids : ids[1..],
                Corr = new PromptAnswer(Id(correct[i], where)),
                Incorr = new PromptAnswer(Id(incorrect[i], where)),
            };
        }

        return rows;
    }

    private static int? Bos(SafetensorsFile file)
    {
        var text = file.Metadata.GetValueOrDefault("bos", "none");
        if (text == "none") return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id : throw new InvalidDataException($"{file.Name}: metadata bos: expected a token id or none.");
    }

    private static int Id(long id, string where) =>
        id is >= 0 and <= int.MaxValue
            ? (int)id : throw new InvalidDataException($"{where}: expected token ids from 0 to {int.MaxValue}, got {id}.");

    /// <summary>The token before every prompt, as metadata says it.</summary>
    internal static string Bos(PromptSet prompts) => prompts.Bos?.ToString(CultureInfo.InvariantCulture) ?? "none";

    /// <summary>Tokens [prompt, position], 0 after a prompt's end, and lengths [prompt].</summary>
    internal static (string Name, long[] Shape, long[] Values)[] Set(string prefix, PromptSet prompts)
    {
        var length = prompts.Tokens.Max(tokens => tokens.Length);
        return
        [
            ($"{prefix}tokens", [prompts.Count, length], [.. prompts.Tokens.SelectMany(tokens =>
                Enumerable.Range(0, length).Select(i => (long)tokens.ElementAtOrDefault(i)))]),
            ($"{prefix}lengths", [prompts.Count], [.. prompts.Tokens.Select(tokens => (long)tokens.Length)]),
        ];
    }

    /// <summary>The ids of right and wrong answers, [prompt].</summary>
    internal static (string Name, long[] Shape, long[] Values)[] Answers(PromptSet prompts) =>
    [
        ("correct_ids", [prompts.Count], [.. prompts.Correct.Select(id => (long)id)]),
        ("incorrect_ids", [prompts.Count], [.. prompts.Incorrect.Select(id => (long)id)]),
    ];
}
