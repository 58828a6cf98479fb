using SeqCont.Circuits;

namespace SeqCont.Cli.Options;

/// <summary>Nodes as they are typed, separated by commas.</summary>
internal static class NodeList
{
    /// <summary>Reads them.</summary>
    /// <param name="option">The option, for messages.</param>
    /// <param name="text">As typed; null for none.</param>
    /// <param name="expected">What it takes.</param>
    /// <param name="otherwise">What it takes besides.</param>
    /// <param name="isGood">Which nodes it takes.</param>
    /// <exception cref="UsageException">A name is no such node.</exception>
    public static NodeId[] Parse(string option, string? text, string expected, string otherwise, Func<NodeId, bool> isGood) =>
        [.. text?.Split(',', StringSplitOptions.TrimEntries).Select(name => NodeId.TryParse(name, out var node) && isGood(node)
            ? node : throw new UsageException($"{option}: expected {expected}, separated by commas{otherwise}, got '{name}'.")) ?? []];

    /// <summary>Makes sure that a model has a node.</summary>
    /// <exception cref="UsageException">It has not.</exception>
    public static void Require(string option, NodeId node, string kind, NodeSpace space, string model)
    {
        if (!space.Has(node)) throw new UsageException($"{option}: {node} is not a {kind} of {model}, which has {space} (counted from 0).");
    }
}
