using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// Where the nodes of a circuit graph stand: input left, logits right, a column a layer with its heads from the top
/// and its MLP half a step to the right, in one row with all other MLPs. A node has the same place in every circuit
/// of a model, so that circuits can be compared and united.
/// </summary>
internal sealed class GraphLayout
{
    /// <summary>How far an edge between MLPs is pulled down at most, in pixels.</summary>
    public const double DeepestBow = 76;

    private const double Margin = 20, EndWidth = 52, Top = 34, SpaceForArcs = 64, Gap = 14;

    private readonly double[] _x, _y;

    /// <summary>Lays a model out.</summary>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="split">Whether heads show their q, k and v apart.</param>
    public GraphLayout(NodeSpace nodes, bool split)
    {
        Nodes = nodes;
        IsSplit = split;
        (NodeWidth, NodeHeight, PortStep) = split ? (48, 36, 11) : (36, 22, 0);
        var rowStep = NodeHeight + 8;
        Step = Math.Clamp(1030.0 / nodes.NLayers, 2 * NodeWidth + 12, 240);
        var firstColumn = Margin + EndWidth + Step / 2 + NodeWidth / 2 - 8;
        var mlpRow = Top + nodes.NHeads * rowStep + Gap + NodeHeight / 2;
        (_x, _y) = (new double[nodes.Count], new double[nodes.Count]);
        for (var i = 1; i < nodes.Logits; i++)
        {
            var node = nodes.At(i);
            _x[i] = firstColumn + node.Layer * Step + (node.IsMlp ? Step / 2 : 0);
            _y[i] = node.IsMlp ? mlpRow : Top + node.Index * rowStep + NodeHeight / 2;
        }

        var middle = (Top + mlpRow + NodeHeight / 2) / 2;
        (_x[NodeSpace.Input], _y[NodeSpace.Input]) = (Margin + EndWidth / 2, middle);
        (_x[nodes.Logits], _y[nodes.Logits]) = (_x[nodes.Logits - 1] + Step / 2 + EndWidth / 2 - 8, middle);
        Width = _x[nodes.Logits] + EndWidth / 2 + Margin;
        Height = mlpRow + NodeHeight / 2 + SpaceForArcs;
    }

    /// <summary>The nodes.</summary>
    public NodeSpace Nodes { get; }

    /// <summary>Whether heads show their q, k and v apart.</summary>
    public bool IsSplit { get; }

    /// <summary>Between the columns of two layers, in pixels.</summary>
    public double Step { get; }

    /// <summary>Of a head or MLP, in pixels.</summary>
    public double NodeWidth { get; }

    /// <summary>Of a head or MLP, in pixels.</summary>
    public double NodeHeight { get; }

    /// <summary>From a head's q to its k, in pixels; 0 where they are not shown apart.</summary>
    public double PortStep { get; }

    /// <summary>In pixels.</summary>
    public double Width { get; }

    /// <summary>In pixels.</summary>
    public double Height { get; }

    /// <summary>A node's middle.</summary>
    public (double X, double Y) At(int node) => (_x[node], _y[node]);

    /// <summary>A node's width: the input and the logits are wider.</summary>
    public double WidthOf(int node) => node == NodeSpace.Input || node == Nodes.Logits ? EndWidth : NodeWidth;

    /// <summary>
    /// The curve of an edge: a cubic Bezier's four points. Where sender and receiver stand in one row with others
    /// between them it bows out: below the MLPs, between two rows of heads. report's graph.js has the same rule.
    /// </summary>
    /// <param name="edge">The edge; at the receiver's site it enters.</param>
    /// <param name="shift">Aside, in pixels, so that edges of several circuits lie side by side.</param>
    public (double X, double Y)[] Curve(Edge edge, double shift)
    {
        var (from, to, site) = (Nodes.Number(edge.Sender), Nodes.Number(edge.Receiver), edge.Receiver.Site);
        var (x1, y1) = (_x[from] + WidthOf(from) / 2, _y[from] + shift);
        var (x2, y2) = (_x[to] - WidthOf(to) / 2, _y[to] + shift + (site == Site.Whole ? 0 : ((int)site - 2) * PortStep));
        var along = Math.Max(14, (x2 - x1) * 0.42);
        var bow = 0.0;
        if (_y[from] == _y[to] && x2 - x1 > Step * 0.7)
            bow = _y[from] == _y[Nodes.Logits - 1] ? Math.Min(DeepestBow, 22 + (x2 - x1) * 0.06) : -(NodeHeight + 8) * 0.66;
        return [(x1, y1), (x1 + along, y1 + bow), (x2 - along, y2 + bow), (x2, y2)];
    }
}
