namespace SeqCont.Testing;

/// <summary>Where tests find their files.</summary>
public static class TestFiles
{
    /// <summary>The folder that holds SeqCont.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or folder of tests/data: fixtures made for this project.</summary>
    public static string Data(params ReadOnlySpan<string> parts) => Path.Combine([Root, "tests", "data", .. parts]);

    /// <summary>
    /// A file or folder of ../shared beside the repository: values published by others, which are read there
    /// and not copied. Null when absent; the test then ends as inconclusive, saying which path it missed.
    /// </summary>
    public static string? SharedOrNull(params ReadOnlySpan<string> parts)
    {
        var path = Path.GetFullPath(Path.Combine([Root, "..", "shared", .. parts]));
        return Path.Exists(path) ? path : null;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "SeqCont.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No SeqCont.sln above {AppContext.BaseDirectory}.");
    }
}
