using SeqCont.Model;

namespace SeqCont.Testing;

/// <summary>Models small enough for tests, with layers that matter.</summary>
public static class SmallModels
{
    /// <summary>Random weights with a deviation of 0.3; sizes are distinct so that swapped axes show.</summary>
    public static Gpt2Weights Random(
        int seed = 1, int nLayers = 2, int nHeads = 3, int dHead = 5, int dMlp = 37, int nCtx = 11, int dVocab = 29,
        double deviation = 0.3) =>
        RandomWeights.Create(Config(nLayers, nHeads, dHead, dMlp, nCtx, dVocab), seed, deviation);

    /// <summary>Random weights of given sizes, wide enough that attention and MLPs do something.</summary>
    public static Gpt2Weights Random(ModelConfig config, int seed) => RandomWeights.Create(config, seed, deviation: 0.4);

    public static ModelConfig Config(int nLayers = 2, int nHeads = 3, int dHead = 5, int dMlp = 37, int nCtx = 11, int dVocab = 29) => new()
    {
        NLayers = nLayers,
        NHeads = nHeads,
        DModel = nHeads * dHead,
        DMlp = dMlp,
        NCtx = nCtx,
        DVocab = dVocab,
        BosTokenId = dVocab - 1,
    };
}
