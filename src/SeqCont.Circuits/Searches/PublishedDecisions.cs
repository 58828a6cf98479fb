using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The verdicts of the published node search on GPT-2 small for the numerals task (Lan, Torr, Barez, arXiv
/// 2311.04131): 239 decisions in four passes. A pass tries the nodes in a fixed order, so the nodes that each
/// pass left say everything.
/// </summary>
public static class PublishedDecisions
{
    private const int Layers = 12;
    private const int Heads = 12;

    private static readonly string[] KeptAfterPass =
    [
        "m11 m10 m9 9.1 m8 8.1 8.6 8.8 8.9 m7 7.11 m6 6.1 6.6 6.9 6.10 m5 5.0 m4 4.4 4.8 4.10 m3 3.4 m2 m1 1.5 m0 0.1 0.5 0.8 0.9",
        "m11 m10 m9 9.1 m8 8.1 8.6 8.8 8.9 m7 7.11 m6 6.1 6.6 6.10 5.0 m4 4.4 4.8 4.10 m3 m2 m1 1.5 m0 0.1",
        "m11 m10 m9 9.1 m8 8.1 8.6 8.8 8.9 m7 7.11 m6 6.1 6.6 6.10 5.0 m4 4.4 4.10 m3 m2 m1 1.5 m0 0.1",
        "m11 m10 m9 9.1 m8 8.1 8.6 8.8 8.9 m7 7.11 m6 6.1 6.6 6.10 5.0 m4 4.4 4.10 m3 m2 m1 1.5 m0 0.1",
    ];

    /// <summary>
    /// Verdicts for a model of any shape. On 12 layers of 12 heads these are the published ones; elsewhere a node
    /// shares the fate of the published node at its relative layer and head, so that the work has a like profile.
    /// </summary>
    /// <param name="config">Sizes.</param>
    public static IReadOnlyList<ReplayedDecision> Numerals(Gpt2Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var (current, decisions) = (Circuit.Full(config), new List<ReplayedDecision>());
        for (var pass = 0; pass < KeptAfterPass.Length; pass++)
        {
            var kept = KeptAfterPass[pass].Split(' ').Select(Parse).ToHashSet();
            var before = current;
            foreach (var node in NodePruning.Order(before, pass % 2 == 0 ? SweepDirection.Backward : SweepDirection.Forward))
            {
                var removed = !kept.Contains(Alike(node, config));
                if (removed) current = current.Without(node);
                decisions.Add(new ReplayedDecision(node, removed));
            }

            if (current.Equals(before)) break; // as a search ends
        }

        return decisions;
    }

    private static NodeId Alike(NodeId node, Gpt2Config config) =>
        new(node.Layer * Layers / config.NLayers, node.IsMlp ? node.Head : node.Head * Heads / config.NHeads);

    private static NodeId Parse(string text) => NodeId.TryParse(text, out var node) ? node : throw new InvalidOperationException($"'{text}' is no node.");
}
