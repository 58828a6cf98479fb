using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>
/// The folder of one run. It is claimed before the run's work starts, so that a wrong place is known at once,
/// and an earlier run's files stay until the new run has something to write.
/// </summary>
public sealed class RunFolder
{
    /// <summary>The circuit's file.</summary>
    public const string CircuitName = "circuit.json";

    /// <summary>The journal's file.</summary>
    public const string TraceName = "trace.jsonl";

    /// <summary>The file of answers to every prompt.</summary>
    public const string PerPromptName = "per-prompt.jsonl";

    /// <summary>The file of single-node effects.</summary>
    public const string EachName = "each.jsonl";

    /// <summary>The file that says what was run.</summary>
    public const string RunName = "run.json";

    /// <summary>The file of what a search's decisions depend on.</summary>
    public const string SettingsName = "settings.json";

    /// <summary>The file of scored edges.</summary>
    public const string EdgesName = "edges.json";

    /// <summary>The journal of an edge search.</summary>
    public const string EdgeTraceName = "edges-trace.jsonl";

    /// <summary>The logit lens's file.</summary>
    public const string LensName = "lens.json";

    /// <summary>The logit lens's file of every prompt.</summary>
    public const string LensPerPromptName = "lens-per-prompt.jsonl";

    /// <summary>The picture of the lens, row by row.</summary>
    public const string LensRowsName = "lens-rows.svg";

    /// <summary>The picture of probabilities against sequence length.</summary>
    public const string LensLengthsName = "lens-lengths.svg";

    /// <summary>The file of OV scores.</summary>
    public const string OvName = "ov.json";

    /// <summary>The picture of OV scores.</summary>
    public const string OvPictureName = "ov.svg";

    /// <summary>The picture of negative OV scores.</summary>
    public const string OvNegativePictureName = "ov-negative.svg";

    private static readonly string[] Names =
    [
        SettingsName, CircuitName, TraceName, EdgesName, EdgeTraceName, PerPromptName, EachName, RunName,
        LensName, LensPerPromptName, LensRowsName, LensLengthsName, OvName, OvPictureName, OvNegativePictureName, .. AttentionFile.Patterns,
        .. CompareFile.Patterns,
    ];

    private readonly bool _made;
    private readonly IReadOnlyList<string> _patterns;
    private bool _begun;

    private RunFolder(string path, bool made, IReadOnlyList<string> patterns) => (Path, _made, _patterns) = (path, made, patterns);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Makes sure of a folder that a run can write to.</summary>
    /// <param name="path">The folder; made when it is not there.</param>
    /// <param name="force">Whether a folder that holds files may be used; an earlier run's files are then replaced.</param>
    /// <param name="resume">Whether to go on with the interrupted run that the folder holds, if it holds one.</param>
    /// <exception cref="IOException">The folder holds files and neither is given, holds files but no run to resume, or
    /// cannot be written to.</exception>
    public static RunFolder Claim(string path, bool force, bool resume = false)
    {
        var made = IsNew(path);
        // What a killed process was writing when it ended is no run's file.
        var holdsFiles = !made && Directory.EnumerateFileSystemEntries(path).Any(entry =>
            !entry.EndsWith(WholeFile.Partial, StringComparison.Ordinal));
        var holdsRun = resume && File.Exists(System.IO.Path.Combine(path, SettingsName));
        if (holdsFiles && resume && !holdsRun)
            throw new IOException($"{path}: holds files, but no run that could be resumed ({SettingsName} is missing).");
        if (holdsFiles && !resume && !force)
            throw new IOException($"{path}: holds files already; give --force to replace a run, or another folder.");
        RequireWritable(path);
        return new RunFolder(path, made, Names) { _begun = holdsRun };
    }

    /// <summary>
    /// Makes sure of a folder that an analysis can add its files to: beside a run's, which stay, but not over its own
    /// earlier ones.
    /// </summary>
    /// <param name="path">The folder; made when it is not there.</param>
    /// <param name="patterns">The names of the analysis's files, * for any characters.</param>
    /// <param name="force">Whether its earlier files may be replaced.</param>
    /// <exception cref="IOException">The folder holds such files and force is not given, or cannot be written to.</exception>
    public static RunFolder ClaimBeside(string path, IReadOnlyList<string> patterns, bool force)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        var made = IsNew(path);
        if (!made && !force && Matching(path, patterns).FirstOrDefault() is { } there)
            throw new IOException($"{there}: is there already; give --force to replace it.");
        RequireWritable(path);
        return new RunFolder(path, made, patterns);
    }

    private static bool IsNew(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(path) ? throw new IOException($"{path}: expected a folder, got a file.") : !Directory.Exists(path);
    }

    private static IEnumerable<string> Matching(string path, IReadOnlyList<string> patterns) =>
        patterns.SelectMany(pattern => Directory.EnumerateFiles(path, pattern));

    private static void RequireWritable(string path)
    {
        var probe = System.IO.Path.Combine(path, $"{Guid.NewGuid():N}{WholeFile.Partial}");
        try
        {
            Directory.CreateDirectory(path);
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: expected a folder that can be written to: {exception.Message}", exception);
        }
    }

    /// <summary>Whether this goes on with an interrupted run.</summary>
    public bool Resumes => _begun && File.Exists(System.IO.Path.Combine(Path, SettingsName));

    /// <summary>The place of a file; an earlier run's files are gone from then on.</summary>
    public string Place(string name)
    {
        if (!_begun)
        {
            foreach (var old in Matching(Path, _patterns).ToList()) File.Delete(old);
            _begun = true;
        }

        return System.IO.Path.Combine(Path, name);
    }

    /// <summary>Gives the folder up when nothing was written: one that was made for the run goes again.</summary>
    public void Abandon()
    {
        if (_made && !_begun && Directory.Exists(Path) && !Directory.EnumerateFileSystemEntries(Path).Any()) Directory.Delete(Path);
    }
}
