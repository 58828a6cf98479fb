using SeqCont.Circuits;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>A circuit, or a number for each of its nodes, as a grid: layers down, heads across, MLPs beside.</summary>
internal static class CircuitGrid
{
    /// <summary>Kept nodes marked.</summary>
    public static IEnumerable<Markup> Of(Circuit circuit, bool unicode)
    {
        var (kept, gone) = unicode ? ("■", "·") : ("#", ".");
        return Grid(circuit.Space, circuit.Space.NHeads > 10 ? 3 : 2, node => circuit.Contains(node) ? (kept, "green") : (gone, "grey"));
    }

    /// <summary>The score left when a node goes; a node that was not tried is a dot.</summary>
    public static IEnumerable<Markup> Of(Circuit circuit, IReadOnlyList<NodeEffect> effects)
    {
        var scores = effects.ToDictionary(effect => effect.Node, effect => 100 * effect.Faithfulness);
        return Grid(circuit.Space, 7, node =>
            scores.TryGetValue(node, out var score) ? (Short(score), Colour(score)) : (".", "grey"));
    }

    /// <summary>Six letters at most, so that a column keeps its gap.</summary>
    private static string Short(double score) =>
        $"{score:0.0}" is { Length: <= 6 } tenths ? tenths : $"{score:0}" is { Length: <= 6 } whole ? whole : $"{score:0e+0}";

    private static IEnumerable<Markup> Grid(NodeSpace space, int width, Func<NodeId, (string Text, string Colour)> cell)
    {
        var mlpWidth = Math.Max(width, 3) + 2;
        var numbers = string.Concat(Enumerable.Range(0, space.NHeads).Select(head => $"{head}".PadLeft(width)));
        yield return Line($"layer  {"head".PadLeft(width + 3)}");
        yield return Line($"       {numbers}{"MLP".PadLeft(mlpWidth)}");
        for (var layer = 0; layer < space.NLayers; layer++)
        {
            var cells = Enumerable.Range(0, space.NHeads).Select(head => Coloured(cell(new NodeId(layer, head)), width));
            yield return new Markup($"{layer,5}  {string.Concat(cells)}{Coloured(cell(NodeId.Mlp(layer)), mlpWidth)}");
        }
    }

    private static Markup Line(string text) => new(Markup.Escape(text.TrimEnd()));

    private static string Coloured((string Text, string Colour) cell, int width) =>
        $"[{cell.Colour}]{Markup.Escape(cell.Text.PadLeft(width))}[/]";

    // The further from the full model's 100, the hotter.
    private static string Colour(double score) => Math.Abs(score - 100) switch
    {
        < 1 => "grey",
        < 5 => "default",
        < 20 => "yellow",
        < 50 => "darkorange",
        _ => "red",
    };
}
