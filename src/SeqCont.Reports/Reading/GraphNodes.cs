using System.Globalization;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// The nodes of a model's graph, numbered: 0 is the input, then layer by layer its heads and its MLP, last the
/// logits. Edges go from lower to higher numbers.
/// </summary>
/// <param name="NLayers">Layers.</param>
/// <param name="NHeads">Heads in a layer.</param>
internal sealed record GraphNodes(int NLayers, int NHeads)
{
    /// <summary>The input's number.</summary>
    public const int Input = 0;

    /// <summary>How many there are.</summary>
    public int Count => NLayers * (NHeads + 1) + 2;

    /// <summary>The logits' number.</summary>
    public int Logits => Count - 1;

    /// <summary>A head's or MLP's number.</summary>
    public int Of(NodeId node) => 1 + node.Layer * (NHeads + 1) + (node.IsMlp ? NHeads : node.Head);

    /// <summary>The head or MLP of a number that is neither the input nor the logits.</summary>
    public NodeId At(int number)
    {
        var (layer, place) = Math.DivRem(number - 1, NHeads + 1);
        return place == NHeads ? NodeId.Mlp(layer) : new NodeId(layer, place);
    }

    /// <summary>The number's name in edges: "input", "a9.h1", "m9" or "logits".</summary>
    public string Name(int number) => number == Input ? "input" : number == Logits ? "logits" : At(number).ToString();

    /// <summary>The short name on pictures: "9.1" for a head.</summary>
    public string Label(int number) => number == Input || number == Logits || At(number).IsMlp
        ? Name(number)
        : string.Create(CultureInfo.InvariantCulture, $"{At(number).Layer}.{At(number).Head}");

    /// <summary>The number of a name, or -1 where the model has no such node.</summary>
    public int Find(string name)
    {
        if (name == "input") return Input;
        if (name == "logits") return Logits;
        return NodeId.TryParse(name, out var node) && node.Layer < NLayers && node.Head < NHeads ? Of(node) : -1;
    }

    /// <summary>Whether a sender's output can reach a receiver's input: heads of one layer do not see each other.</summary>
    public bool CanReach(int from, int to)
    {
        if (from >= to || from == Logits || to == Input) return false;
        if (from == Input || to == Logits) return true;
        var (sender, receiver) = (At(from), At(to));
        return sender.Layer < receiver.Layer || (receiver.IsMlp && !sender.IsMlp);
    }
}
