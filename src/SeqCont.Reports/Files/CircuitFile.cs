using System.Globalization;
using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>circuit.json: {"heads": [[layer, head], ...], "mlps": [layer, ...]}, the study's format, and more keys.</summary>
public static class CircuitFile
{
    // GPT-2 XL has 1,250. A page of so many takes half a second and 5 MB; a file of 30 bytes may state a million.
    private const int MostDrawn = 20_000;

    private const string Expected = "a circuit file with heads and mlps", AList = "a list; a circuit file has heads and mlps";

    /// <summary>Reads a circuit and checks it against a model. Empty lists are an empty circuit.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">The model's nodes.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no circuit of this model; the message names it and the place.</exception>
    public static Circuit Read(string path, NodeSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        return Read(JsonFile.ReadObject(path, Expected), space);
    }

    /// <summary>Reads the circuit of a JSON object that has more in it.</summary>
    internal static Circuit Read(JsonField root, NodeSpace space)
    {
        var nodes = new List<NodeId>();
        foreach (var head in root["heads"].Items(AList))
        {
            if (head.Kind != JsonValueKind.Array || head.Items().ToArray() is not [var layer, var index])
                throw head.Expected("pairs of layer and head");
            nodes.Add(new NodeId(Number(layer, space.NLayers), Number(index, space.NHeads)));
        }

        foreach (var mlp in root["mlps"].Items(AList)) nodes.Add(NodeId.Mlp(Number(mlp, space.NLayers)));
        return Circuit.Of(space, nodes);
    }

    /// <summary>Reads a model's sizes; null where an object states none.</summary>
    /// <exception cref="InvalidDataException">They are beyond what a page draws; the message names the file.</exception>
    internal static NodeSpace? ReadSizes(JsonField model) =>
        model.Optional("nLayers")?.Whole(1, GraphFields.MostNodes) is { } layers
        && model.Optional("nHeads")?.Whole(1, GraphFields.MostNodes) is { } heads ? Drawable(new NodeSpace(layers, heads), model) : null;

    /// <summary>A model's nodes where a page can draw them all.</summary>
    /// <exception cref="InvalidDataException">It cannot; the message names the file that states them.</exception>
    internal static NodeSpace Drawable(NodeSpace nodes, JsonField stated) => nodes.Count <= MostDrawn ? nodes
        : throw stated.Bad(string.Create(
            CultureInfo.InvariantCulture, $"expected up to {MostDrawn:N0} nodes, as many as a page draws, got {nodes}"));

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

    private static int Number(JsonField field, int count) =>
        field.Whole(0, count - 1, $"a number from 0 to {count - 1}, as the model has them");
}
