namespace SeqCont.Fuzz;

/// <summary>Inputs on disk, a folder a format: corpus, what people really have; regressions, what once went wrong.</summary>
internal static class Corpus
{
    /// <summary>The tool's own folder in the repository.</summary>
    public static string Root { get; } = Path.Combine(RepositoryRoot(), "tools", "SeqCont.Fuzz");

    /// <summary>The files of a format in a folder of formats, by name; none where it has none.</summary>
    public static IReadOnlyList<string> Files(string folder, string format) =>
        Path.Combine(folder, format) is var own && Directory.Exists(own) ? [.. Directory.GetFiles(own).Order(StringComparer.Ordinal)] : [];

    /// <summary>What a run begins with: the corpus, and what once went wrong.</summary>
    public static IReadOnlyList<byte[]> Seeds(FuzzFormat format, string? corpus = null)
    {
        byte[][] seeds =
        [
            .. Files(corpus ?? Path.Combine(Root, "corpus"), format.Corpus).Concat(Files(Path.Combine(Root, "regressions"), format.Name))
                .Select(File.ReadAllBytes),
        ];
        return seeds.Length > 0 ? seeds : [[]];
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "SeqCont.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No SeqCont.sln above {AppContext.BaseDirectory}.");
    }
}
