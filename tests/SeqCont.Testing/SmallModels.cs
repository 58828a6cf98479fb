using SeqCont.Model;

namespace SeqCont.Testing;

/// <summary>Models small enough for a naive run.</summary>
public static class SmallModels
{
    /// <summary>Random weights wide enough that attention and MLPs do something.</summary>
    public static Gpt2Weights Random(Gpt2Config config, int seed) => RandomWeights.Create(config, seed, deviation: 0.4);
}
