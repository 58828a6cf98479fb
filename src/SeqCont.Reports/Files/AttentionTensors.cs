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
        using var writer = new SafetensorsWriter(path, Declare(means, [nHeads, means.Length, means.Length]), Metadata("mean_over", means));
        foreach (var layer in means.Layers) writer.Append(Name(layer), means.Layer(layer));
        writer.Complete();
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
        using var writer = new SafetensorsWriter(path, Declare(means, [means.Prompts, nHeads, means.Length, means.Length]),
            Metadata("prompts", means));
        foreach (var layer in means.Layers) writer.Append(Name(layer), means.PerPrompt(layer));
        writer.Complete();
    }

    private static string Name(int layer) => new HookPoint(HookKind.Pattern, layer).ToString();

    private static (string Name, string DType, IReadOnlyList<long> Shape)[] Declare(AttentionMeans means, long[] shape) =>
        [.. means.Layers.Select(layer => (Name(layer), "F32", (IReadOnlyList<long>)shape))];

    private static Dictionary<string, string> Metadata(string key, AttentionMeans means) =>
        new() { [key] = means.Prompts.ToString(CultureInfo.InvariantCulture) };
}
