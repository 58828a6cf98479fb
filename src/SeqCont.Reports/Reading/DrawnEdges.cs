using System.Text.Json;

namespace SeqCont.Reports;

/// <summary>Where an edge enters its receiver.</summary>
internal enum Port
{
    /// <summary>An MLP's input or the final residual.</summary>
    Whole,

    /// <summary>A head's queries.</summary>
    Q,

    /// <summary>A head's keys.</summary>
    K,

    /// <summary>A head's values.</summary>
    V,
}

/// <summary>One edge with its effect.</summary>
/// <param name="From">The sender's number in <see cref="GraphNodes"/>.</param>
/// <param name="To">The receiver's number.</param>
/// <param name="Port">Where it enters.</param>
/// <param name="Effect">What patching it takes away, as a ratio of the full model's metric; negative where that helps, not a number where it was not scored.</param>
/// <param name="Kept">The verdict.</param>
internal readonly record struct DrawnEdge(int From, int To, Port Port, double Effect, bool Kept);

/// <summary>edges.json, as far as a page shows it.</summary>
/// <param name="Edges">In the file's order.</param>
/// <param name="Unpatched">Ratio of the circuit without a patched edge, which effects are counted from; 1 where the file says none.</param>
/// <param name="Nodes">Whether a node is in the result, [node]; null where the file does not say.</param>
internal sealed record DrawnEdges(DrawnEdge[] Edges, double Unpatched, bool[]? Nodes)
{
    private const string Expected = "scored edges";

    /// <summary>Reads edges.json.</summary>
    /// <param name="path">The file.</param>
    /// <param name="nodes">The model's nodes.</param>
    /// <exception cref="InvalidDataException">The file holds no edges of this model; the message names it and the edge.</exception>
    public static DrawnEdges Read(string path, GraphNodes nodes)
    {
        using var document = JsonFile.ReadObject(path, Expected);
        return JsonRows.Checked(path, Expected, () => Of(document.RootElement, path, nodes));
    }

    private static DrawnEdges Of(JsonElement root, string path, GraphNodes nodes)
    {
        var unpatched = root.NumberOrNull("circuitRatio") ?? 1;
        var rows = root.GetProperty("edges");
        var edges = new DrawnEdge[rows.GetArrayLength()];
        var i = 0;
        foreach (var row in rows.EnumerateArray())
        {
            var name = row.GetProperty("edge").GetString() ?? "";
            if (!TryParse(name, nodes, out var from, out var to, out var port))
                throw new InvalidDataException($"{path}: edge {i + 1}: expected an edge of a model of {nodes.NLayers} layers of {nodes.NHeads} heads, such as a0.h0->m0, got '{Short(name)}'.");
            edges[i++] = new DrawnEdge(from, to, port, unpatched - (row.NumberOrNull("ratio") ?? double.NaN), row.GetProperty("kept").GetBoolean());
        }

        return new DrawnEdges(edges, unpatched, Result(root, path, nodes));
    }

    private static bool[]? Result(JsonElement root, string path, GraphNodes nodes)
    {
        if (!root.TryGetProperty("heads", out var heads) || !root.TryGetProperty("mlps", out var mlps)) return null;
        var kept = new bool[nodes.Count];
        void Keep(string name)
        {
            var number = nodes.Find(name);
            if (number < 0) throw new InvalidDataException($"{path}: {name} is not a node of the model, which has {nodes.NLayers} layers of {nodes.NHeads} heads.");
            kept[number] = true;
        }

        foreach (var head in heads.EnumerateArray()) Keep($"a{head[0].GetInt32()}.h{head[1].GetInt32()}");
        foreach (var mlp in mlps.EnumerateArray()) Keep($"m{mlp.GetInt32()}");
        return kept;
    }

    private static bool TryParse(string name, GraphNodes nodes, out int from, out int to, out Port port)
    {
        (from, to, port) = (-1, -1, Port.Whole);
        var arrow = name.IndexOf("->", StringComparison.Ordinal);
        if (arrow < 0) return false;
        var receiver = name[(arrow + 2)..];
        if (receiver.EndsWith('>') && receiver.Length > 3 && receiver[^3] == '<')
        {
            port = receiver[^2] switch { 'q' => Port.Q, 'k' => Port.K, 'v' => Port.V, _ => Port.Whole };
            if (port == Port.Whole) return false;
            receiver = receiver[..^3];
        }

        (from, to) = (nodes.Find(name[..arrow]), nodes.Find(receiver));
        if (from < 0 || to < 0 || !nodes.CanReach(from, to)) return false;
        return port == Port.Whole || (to != nodes.Logits && !nodes.At(to).IsMlp);
    }

    private static string Short(string text) => text.Length > 40 ? text[..40] + "..." : text;
}
