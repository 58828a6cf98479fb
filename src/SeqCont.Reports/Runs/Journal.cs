using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>How one kind of decision stands in its journal.</summary>
/// <param name="FileName">The journal's name in a run's folder.</param>
/// <param name="What">What a row is, for error messages.</param>
/// <param name="Read">Reads a row.</param>
/// <param name="Write">A row's fields.</param>
/// <param name="Index">A decision's number, from 1.</param>
public sealed record JournalRow<T>(
    string FileName, string What, Func<JsonField, T> Read, Func<T, Json> Write, Func<T, int> Index);

/// <summary>
/// A search's journal in its run's folder: the settings, and every decision as it falls. Nothing is written
/// before the first decision, so a run that fails before it leaves an earlier run's files alone.
/// </summary>
public sealed class Journal<T> : IDisposable
{
    private readonly RunFolder _folder;
    private readonly JournalRow<T> _row;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _settings;
    private readonly long _keep;
    private JournalFile? _file;

    /// <summary>Opens the journal; takes over the decisions of an interrupted run that the folder goes on with.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="row">The kind of decision.</param>
    /// <param name="settings">All that the decisions depend on.</param>
    /// <exception cref="InvalidDataException">The interrupted run had other settings, or its journal is damaged.</exception>
    public Journal(RunFolder folder, JournalRow<T> row, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(row);
        (_folder, _row, _settings) = (folder, row, settings);
        if (!folder.Resumes) return;
        SettingsFile.Check(folder.Place(RunFolder.SettingsName), settings);
        if (File.Exists(Path)) (Decisions, _keep) = JournalFile.Read(Path, row);
    }

    /// <summary>Where the decisions are.</summary>
    public string Path => System.IO.Path.Combine(_folder.Path, _row.FileName);

    /// <summary>Decisions of the interrupted run.</summary>
    public IReadOnlyList<T> Decisions { get; } = [];

    /// <summary>Reads the decisions of a journal; a last line without an end was cut off, and is left out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="row">The kind of decision.</param>
    /// <exception cref="InvalidDataException">It is damaged; the message names the line.</exception>
    public static IReadOnlyList<T> Read(string path, JournalRow<T> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return JournalFile.Read(path, row).Rows;
    }

    /// <summary>Puts a decision on disk.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(T decision)
    {
        Begin();
        _file!.Append(_row.Write(decision));
    }

    /// <summary>Makes sure that both files are there: a search without candidates has an empty journal.</summary>
    public void Begin()
    {
        if (_file is not null) return;
        if (!_folder.Resumes) SettingsFile.Write(_folder.Place(RunFolder.SettingsName), _settings);
        _file = new JournalFile(_folder.Place(_row.FileName), _keep);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
