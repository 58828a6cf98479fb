namespace SeqCont.Model;

/// <summary>Which heads and MLPs are computed; the others are constants.</summary>
/// <param name="Heads">Ascending head numbers per layer, [layer][].</param>
/// <param name="Mlps">Per layer.</param>
public sealed record LiveNodes(int[][] Heads, bool[] Mlps)
{
    /// <summary>Everything computed: the unablated model.</summary>
    public static LiveNodes All(ModelConfig config) =>
        new([.. Enumerable.Range(0, config.NLayers).Select(_ => Enumerable.Range(0, config.NHeads).ToArray())],
            [.. Enumerable.Repeat(true, config.NLayers)]);

    /// <summary>The same heads, every MLP computed: how the published MLP means are made.</summary>
    public LiveNodes WithAllMlps() => this with { Mlps = [.. Enumerable.Repeat(true, Mlps.Length)] };
}
