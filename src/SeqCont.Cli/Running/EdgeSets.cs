using SeqCont.Circuits;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>How the kept edges of a file are scored as a whole.</summary>
internal static class EdgeSets
{
    /// <summary>The file's nodes, patch and paths, with an ablation.</summary>
    public static EdgePruningConfig Config(EdgesRecord edges, AblationConfig ablation, long? memory) => edges.Search with
    {
        Ablation = ablation,
        Paths = edges.Search.Paths == EdgePaths.AsPublished ? EdgePaths.AsPublished : EdgePaths.Strict,
        Memory = memory,
    };
}
