using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>
/// Attention patterns as safetensors, under TransformerLens's names: all heads of each layer, so that a head's number is its index.
/// </summary>
public static class AttentionTensors
{
    /// <summary>
    /// Writes attention.safetensors: blocks.L.attn.hook_pattern, mean patterns [head, query, key], F32. Metadata:
    /// mean_over (number of prompts).
    /// </summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="means">Patterns.</param>
    /// <param name="nHeads">Heads in a layer.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteMeans(string path, AttentionMeans means, int nHeads)
    {
        ArgumentNullException.ThrowIfNull(means);
        Write(path, means, [nHeads, means.Length, means.Length], "mean_over",
            (writer, name, layer) => writer.Append(name, means.Layer(layer)));
    }

    /// <summary>
    /// Writes attention-per-prompt.safetensors: blocks.L.attn.hook_pattern, [prompt, head, query, key], F32, 0 after a
    /// query and after a prompt's end. Metadata: prompts (their number).
    /// </summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="means">Patterns, every prompt's kept.</param>
    /// <param name="nHeads">Heads in a layer.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WritePerPrompt(string path, AttentionMeans means, int nHeads)
    {
        ArgumentNullException.ThrowIfNull(means);
        Write(path, means, [means.Prompts, nHeads, means.Length, means.Length], "prompts",
            (writer, name, layer) => writer.Append(name, means.PerPrompt(layer)));
    }

    private static void Write(
        string path, AttentionMeans means, long[] shape, string prompts, Action<SafetensorsWriter, string, int> append)
    {
        string Name(int layer) => new HookPoint(HookKind.Pattern, layer).ToString();
        using var writer = new SafetensorsWriter(path, [.. means.Layers.Select(layer => (Name(layer), "F32", (IReadOnlyList<long>)shape))],
            new Dictionary<string, string> { [prompts] = means.Prompts.ToString(CultureInfo.InvariantCulture) });
        foreach (var layer in means.Layers) append(writer, Name(layer), layer);
        writer.Complete();
    }
}
