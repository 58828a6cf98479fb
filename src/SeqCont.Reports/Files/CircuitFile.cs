using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>circuit.json: {"heads": [[layer, head], ...], "mlps": [layer, ...]}, the study's format, and more keys.</summary>
public static class CircuitFile
{
    /// <summary>The most layers, and heads in a layer, that files are read with.</summary>
    internal const int MostNodes = 1000;

    private const string Expected = "a circuit file with heads and mlps";

    /// <summary>Reads a circuit and checks it against a model. Empty lists are an empty circuit.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">The model's nodes.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no circuit of this model; the message names it and the place.</exception>
    public static Circuit Read(string path, NodeSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        using var document = JsonFile.ReadObject(path, Expected);
        return Read(document.RootElement, path, space);
    }

    /// <summary>Reads the circuit of a JSON object that has more in it.</summary>
    internal static Circuit Read(JsonElement root, string path, NodeSpace space)
    {
        var nodes = new List<NodeId>();
        foreach (var head in Items(root, "heads", path))
        {
            if (head.ValueKind != JsonValueKind.Array || head.GetArrayLength() != 2)
                throw new InvalidDataException($"{path}: heads: expected pairs of layer and head, got {head.Short()}.");
            nodes.Add(new NodeId(Number(head[0], space.NLayers, "heads", path), Number(head[1], space.NHeads, "heads", path)));
        }

        foreach (var mlp in Items(root, "mlps", path)) nodes.Add(NodeId.Mlp(Number(mlp, space.NLayers, "mlps", path)));
        return Circuit.Of(space, nodes);
    }

    /// <summary>Reads a model's sizes; null where an object states none.</summary>
    /// <exception cref="InvalidDataException">They are beyond any model's; the message names the file.</exception>
    internal static NodeSpace? ReadSizes(JsonElement model, string path)
    {
        if (model.NumberOrNull("nLayers") is not { } layers || model.NumberOrNull("nHeads") is not { } heads) return null;
        return layers is >= 1 and <= MostNodes && heads is >= 1 and <= MostNodes
            ? new NodeSpace((int)layers, (int)heads)
            : throw new InvalidDataException($"{path}: expected 1 to {MostNodes} layers and heads, got {layers} and {heads}.");
    }

    internal static Json Sizes(NodeSpace space) => [("nLayers", space.NLayers), ("nHeads", space.NHeads)];

    /// <summary>The fields of a circuit, one line each, as the study has them.</summary>
    public static Json Of(Circuit circuit)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        return [("heads", Json.Line(circuit.Heads.Select(head => new[] { head.Layer, head.Index }))),
            ("mlps", Json.Line(circuit.Mlps.Select(mlp => mlp.Layer)))];
    }

    /// <summary>What circuit.json says.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="score">Percent of the full model's mean logit difference.</param>
    /// <param name="model">The model's name.</param>
    public static Json Of(Circuit circuit, double score, string model)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        return [("schema", JsonFile.Schema), .. Of(circuit), .. Sizes(circuit.Space), ("score", score), ("model", model)];
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement root, string name, string path)
    {
        if (root.Part(name, JsonValueKind.Array) is not { } items)
            throw new InvalidDataException($"{path}: {name}: expected a list; a circuit file has heads and mlps.");
        return items.EnumerateArray();
    }

    private static int Number(JsonElement item, int count, string field, string path)
    {
        if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out var number) || number < 0 || number >= count)
            throw new InvalidDataException(
                $"{path}: {field}: expected numbers from 0 to {count - 1}, as the model has them, got {item.Short()}.");
        return number;
    }
}
