using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>What a file of activations holds, known before the run.</summary>
/// <param name="Model">Model sizes.</param>
/// <param name="Prompts">The prompts.</param>
/// <param name="Config">What is kept of them.</param>
/// <param name="Facts">Further entries of the metadata.</param>
/// <param name="DType">Number format of the activations: F32, F16, BF16 or F64.</param>
public sealed record ActivationsContent(
    ModelConfig Model, PromptSet Prompts, ActivationConfig Config, IReadOnlyDictionary<string, string> Facts, string DType = "F32")
{
    /// <summary>What is beside the activations.</summary>
    internal IEnumerable<(string Name, long[] Shape, long[] Values)> PromptTensors() =>
        Reports.PromptTensors.Set("", Prompts).Concat(Reports.PromptTensors.Answers(Prompts));

    /// <summary>The tensors: names, number formats and shapes.</summary>
    public IReadOnlyList<(string Name, string DType, IReadOnlyList<long> Shape)> Tensors()
    {
        var length = Prompts.Tokens.Max(tokens => tokens.Length);
        var positions = ActivationRun.PositionsOf(Prompts, Config);
        return
        [
            .. Config.Hooks.Select(hook => (hook.ToString(), DType, hook.BatchShape(Model, Prompts.Count, positions, length))),
            .. PromptTensors().Select(tensor => (tensor.Name, "I64", (IReadOnlyList<long>)tensor.Shape)),
        ];
    }
}

/// <summary>
/// A safetensors file of activations under TransformerLens's names and in its shapes, [prompt, position, ...] and, of
/// attention, [prompt, head, query, key], with tokens [prompt, position], lengths, correct_ids and incorrect_ids [prompt]
/// (I64) beside them. Prompts shorter than the longest are padded on the right with 0. Metadata: schema, format, padding,
/// bos, position, source, prompts (their texts, a JSON array) and what the content adds.
/// </summary>
public sealed class ActivationsFile : IDisposable
{
    private static readonly JsonSerializerOptions TextOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly SafetensorsWriter _file;
    private readonly Dictionary<HookPoint, string> _names;

    /// <summary>Opens a file, takes its room on the disk, and writes all but the activations.</summary>
    /// <param name="path">Where to; replaced by <see cref="Complete"/> in one step.</param>
    /// <param name="content">What it holds.</param>
    /// <exception cref="IOException">The file cannot be made, or the disk has not got the room.</exception>
    public ActivationsFile(string path, ActivationsContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        _names = content.Config.Hooks.ToDictionary(hook => hook, hook => hook.ToString());
        _file = new SafetensorsWriter(path, content.Tensors(), Metadata(content));
        try
        {
            foreach (var (name, _, values) in content.PromptTensors()) _file.Write(name, 0, values);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Length of the file, in bytes.</summary>
    public long Bytes => _file.Bytes;

    /// <summary>Finite values so far that the file's number format could not hold: they are infinite there.</summary>
    public long Overflowed => _file.Overflowed;

    /// <summary>Values of activations so far.</summary>
    public long Values { get; private set; }

    /// <summary>Writes one prompt's share of an activation: an <see cref="ActivationTaker"/>.</summary>
    public void Take(HookPoint hook, int prompt, ReadOnlySpan<double> values)
    {
        _file.Write(_names[hook], (long)prompt * values.Length, values);
        Values += values.Length;
    }

    /// <summary>Puts the file in its place.</summary>
    public void Complete() => _file.Complete(isFull: false);

    /// <summary>Ends writing; a file that was not completed is removed.</summary>
    public void Dispose() => _file.Dispose();

    private static Dictionary<string, string> Metadata(ActivationsContent content)
    {
        var prompts = content.Prompts;
        return new Dictionary<string, string>(content.Facts)
        {
            ["schema"] = JsonFile.Schema.ToString(CultureInfo.InvariantCulture),
            ["format"] = "pt",
            ["padding"] = "right",
            ["bos"] = PromptTensors.Bos(prompts),
            ["position"] = content.Config.Position?.ToString(CultureInfo.InvariantCulture) ?? "all",
            ["source"] = prompts.Source,
            ["tokens_sha256"] = prompts.Sha256,
            ["prompts"] = JsonSerializer.Serialize(prompts.Texts, TextOptions),
        };
    }
}
