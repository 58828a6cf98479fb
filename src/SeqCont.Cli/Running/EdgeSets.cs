using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>How the kept edges of a file are scored as a whole.</summary>
internal static class EdgeSets
{
    /// <summary>The file's nodes, patch and paths, with an ablation.</summary>
    public static EdgePruningConfig Config(EdgesRecord edges, AblationConfig ablation, long? memory) => new()
    {
        Circuit = edges.Circuit,
        InputSends = edges.InputSends,
        Ablation = ablation,
        Patch = AblationOptions.Kind(edges.Patch),
        Paths = edges.Paths == RunFile.Name(EdgePaths.AsPublished) ? EdgePaths.AsPublished : EdgePaths.Strict,
        Memory = memory,
    };
}
