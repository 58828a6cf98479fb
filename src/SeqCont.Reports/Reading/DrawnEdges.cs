using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>One edge with its effect.</summary>
/// <param name="Edge">The edge.</param>
/// <param name="Effect">What patching it takes away, as a ratio of the full model's metric; negative where that helps,
/// not a number where it was not scored.</param>
/// <param name="Kept">The verdict.</param>
internal readonly record struct DrawnEdge(Edge Edge, double Effect, bool Kept);

/// <summary>edges.json, as far as a page shows it.</summary>
/// <param name="Edges">In the file's order.</param>
/// <param name="Unpatched">Ratio of the circuit without a patched edge, which effects are counted from; 1 where the file says none.</param>
/// <param name="Circuit">The result's nodes; null where the file does not say.</param>
internal sealed record DrawnEdges(DrawnEdge[] Edges, double Unpatched, Circuit? Circuit)
{
    /// <summary>Reads edges.json; a file of nothing but edges is enough.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">The model's nodes.</param>
    /// <exception cref="InvalidDataException">The file holds no edges of this model; the message names it and the edge.</exception>
    public static DrawnEdges Read(string path, NodeSpace space)
    {
        var root = JsonFile.ReadObject(path, "scored edges");
        var unpatched = root.Optional("circuitRatio")?.Number() ?? 1;
        var edges = EdgesFile.ReadEdges(root, space)
            .Select(edge => new DrawnEdge(edge.Edge, unpatched - (edge.Ratio ?? double.NaN), edge.Kept));
        var hasNodes = root["heads"].IsThere && root["mlps"].IsThere;
        return new DrawnEdges([.. edges], unpatched, hasNodes ? CircuitFile.Read(root, space) : null);
    }
}
