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
        var tensors = new List<(string Name, long[] Shape, long[] Values)>();
        AddSet(tensors, "clean", clean);
        tensors.Add(("correct_ids", [clean.Count], [.. clean.Correct.Select(id => (long)id)]));
        tensors.Add(("incorrect_ids", [clean.Count], [.. clean.Incorrect.Select(id => (long)id)]));
        if (corrupted is not null) AddSet(tensors, "corrupted", corrupted);
        var metadata = new Dictionary<string, string> { ["bos"] = clean.Bos?.ToString(CultureInfo.InvariantCulture) ?? "none", ["source"] = clean.Source };
        using var writer = new SafetensorsWriter(path, [.. tensors.Select(tensor => (tensor.Name, "I64", (IReadOnlyList<long>)tensor.Shape))], metadata);
        foreach (var (name, _, values) in tensors) writer.Append(name, values);
        writer.Complete();
    }

    private static void AddSet(List<(string Name, long[] Shape, long[] Values)> tensors, string name, PromptSet prompts)
    {
        var length = prompts.Tokens.Max(tokens => tokens.Length);
        var values = prompts.Tokens.SelectMany(tokens => tokens.Select(id => (long)id).Concat(Enumerable.Repeat(0L, length - tokens.Length)));
        tensors.Add(($"{name}_tokens", [prompts.Count, length], [.. values]));
        tensors.Add(($"{name}_lengths", [prompts.Count], [.. prompts.Tokens.Select(tokens => (long)tokens.Length)]));
    }
}
