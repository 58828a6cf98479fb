using SeqCont.Model;

namespace SeqCont.Tools;

/// <summary>Writes a model of a GPT-2 shape with random weights, a piece at a time.</summary>
internal static class RandomModel
{
    /// <summary>Runs; null when it was typed wrongly.</summary>
    public static int? Run(Options options)
    {
        if (options.Words is not [var shape, var folder]) return null;
        var config = shape switch
        {
            "small" => ModelConfig.Small,
            "medium" => ModelConfig.Medium,
            "large" => ModelConfig.Large,
            "xl" => ModelConfig.Xl,
            _ => null,
        };
        var dtype = options.Text("--dtype", "f32").ToUpperInvariant();
        if (config is null || dtype is not ("F32" or "F16" or "BF16")) return null;
        using var weights = RandomWeights.Create(config, options.Number("--seed", 0));
        weights.Save(folder, dtype, options.Number("--shards", 1, least: 1));
        return 0;
    }
}
