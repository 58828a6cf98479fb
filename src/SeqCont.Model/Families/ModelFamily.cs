using System.Text.Json.Nodes;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// What a family of models has of its own, as data: how its config.json reads, and what its tensors are called. A new one is a
/// folder beside this file and its line in <see cref="All"/>.
/// </summary>
/// <param name="Name">In messages.</param>
/// <param name="ModelType">Its model_type in config.json.</param>
/// <param name="Embedding">The token embedding's name.</param>
/// <param name="Blocks">What a block's tensors' names begin with, before its number.</param>
/// <param name="Buffers">What names in a block end in that are no weights.</param>
/// <param name="Heads">What names begin with of heads that models of the family are saved with, and that the language model does not
/// use.</param>
/// <param name="Read">Reads the sizes; refuses variants whose arithmetic differs.</param>
/// <param name="Write">Writes the sizes, all but model_type.</param>
/// <param name="Build">Makes all tensors, in their order, by what gives the tensor of a name (without the prefix) and a shape; the
/// unembedding's stay null.</param>
internal sealed record ModelFamily(
    string Name, string ModelType, string Embedding, string Blocks, string[] Buffers, string[] Heads,
    Func<ConfigJson, ModelConfig> Read, Action<ModelConfig, JsonObject> Write,
    Func<ModelConfig, Func<string, int[], Tensor>, Gpt2Tensors> Build)
{
    private static readonly ModelFamily[] All = [Gpt2Family.Family];

    /// <summary>Reads a config.json of whatever family it names; GPT-2's when it names none.</summary>
    internal static ModelConfig ReadConfig(ConfigJson json)
    {
        var type = json.Text("model_type") ?? Gpt2Family.Family.ModelType;
        var known = string.Join("' or '", All.Select(family => family.ModelType));
        var own = All.FirstOrDefault(family => family.ModelType == type)
            ?? throw json.Bad($"model_type: '{BadFile.Printable(type)}' is not supported: expected '{known}'.");
        var config = own.Read(json) with { Family = own };
        if (config.Problem() is { } problem) throw json.Bad(problem);
        // Checked here, though only weights need it.
        _ = json.TiesEmbeddings;
        return config;
    }
}
