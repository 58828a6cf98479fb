using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The verdicts of the published node search on GPT-2 small for the numerals task (Lan, Torr, Barez, arXiv
/// 2311.04131): 239 decisions in four passes.
/// </summary>
public static class PublishedDecisions
{
    private const string Task = "numerals";

    /// <summary>
    /// Verdicts for a model of any shape. On 12 layers of 12 heads these are the published ones; elsewhere a node
    /// shares the fate of the published node at its relative layer and head, so that the work has a like profile.
    /// </summary>
    /// <param name="config">Sizes.</param>
    public static IReadOnlyList<ReplayedDecision> Numerals(ModelConfig config)
    {
        var published = PublishedFigures.Gpt2Small();
        NodeId Alike(NodeId node) => node with
        {
            Layer = node.Layer * published.Space.NLayers / config.NLayers,
            Index = node.Index * published.Space.NHeads / config.NHeads,
        };
        var gone = new HashSet<NodeId>();
        var (current, decisions) = (Circuit.Full(config), new List<ReplayedDecision>());
        foreach (var pass in published.Nodes[Task].Trace.GroupBy(decision => (decision.Iteration, decision.Direction)))
        {
            // A pass tries the nodes in a fixed order, so what it leaves says everything.
            gone.UnionWith(pass.Where(decision => decision.Removed).Select(decision => decision.Node));
            var before = current;
            foreach (var node in NodePruning.Order(before, pass.Key.Direction))
            {
                var removed = gone.Contains(Alike(node));
                if (removed) current = current.Without(node);
                decisions.Add(new ReplayedDecision(node, removed));
            }

            if (current.Equals(before)) break; // as a search ends
        }

        return decisions;
    }
}
