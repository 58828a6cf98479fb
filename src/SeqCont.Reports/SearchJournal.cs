using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// A search's journal in its run's folder: the settings, and every decision as it falls. Nothing is written
/// before the first decision, so a run that fails before it leaves an earlier run's files alone.
/// </summary>
public sealed class SearchJournal : IDisposable
{
    private readonly RunFolder _folder;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _settings;
    private readonly long _keep;
    private TraceFile? _trace;

    /// <summary>Opens the journal; takes over the decisions of an interrupted run that the folder goes on with.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="settings">All that the decisions depend on.</param>
    /// <exception cref="InvalidDataException">The interrupted run had other settings, or its trace is damaged.</exception>
    public SearchJournal(RunFolder folder, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (_folder, _settings) = (folder, settings);
        if (!folder.Resumes) return;
        SettingsFile.Check(folder.Place(RunFolder.SettingsName), settings);
        if (File.Exists(Path)) (Decisions, _keep) = TraceFile.Read(Path);
    }

    /// <summary>Where the decisions are.</summary>
    public string Path => System.IO.Path.Combine(_folder.Path, RunFolder.TraceName);

    /// <summary>Decisions of the interrupted run.</summary>
    public IReadOnlyList<NodeDecision> Decisions { get; } = [];

    /// <summary>Puts a decision on disk.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(NodeDecision decision)
    {
        Begin();
        _trace!.Append(decision);
    }

    /// <summary>Makes sure that both files are there: a search without candidates has an empty trace.</summary>
    public void Begin()
    {
        if (_trace is not null) return;
        if (!_folder.Resumes) SettingsFile.Write(_folder.Place(RunFolder.SettingsName), _settings);
        _trace = new TraceFile(_folder.Place(RunFolder.TraceName), _keep);
    }

    /// <inheritdoc/>
    public void Dispose() => _trace?.Dispose();
}
