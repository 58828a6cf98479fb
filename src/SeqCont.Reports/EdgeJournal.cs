using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// An edge search's journal in its run's folder: settings.json, and edges-trace.jsonl with a row an edge as it is decided:
/// {"index":1,"edge":"a0.h0->m0","logitDiff":2.31,"standardError":0.02,"ratio":0.76,"kept":true}. Nothing is written
/// before the first decision, so a run that fails before it leaves an earlier run's files alone.
/// </summary>
public sealed class EdgeJournal : IDisposable
{
    private readonly RunFolder _folder;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _settings;
    private readonly long _keep;
    private JournalFile? _trace;

    /// <summary>Opens the journal; takes over the decisions of an interrupted run that the folder goes on with.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="settings">All that the decisions depend on.</param>
    /// <exception cref="InvalidDataException">The interrupted run had other settings, or its trace is damaged.</exception>
    public EdgeJournal(RunFolder folder, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (_folder, _settings) = (folder, settings);
        if (!folder.Resumes) return;
        SettingsFile.Check(folder.Place(RunFolder.SettingsName), settings);
        if (File.Exists(Path)) (Decisions, _keep) = JournalFile.Read(Path, "a decision of an edge search", ReadRow, decision => decision.Index);
    }

    /// <summary>Where the decisions are.</summary>
    public string Path => System.IO.Path.Combine(_folder.Path, RunFolder.EdgeTraceName);

    /// <summary>Decisions of the interrupted run.</summary>
    public IReadOnlyList<EdgeDecision> Decisions { get; } = [];

    /// <summary>Puts a decision on disk; a whole line or, on failure, none.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(EdgeDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        Begin();
        _trace!.Append(writer =>
        {
            writer.WriteNumber("index", decision.Index);
            writer.WriteString("edge", decision.Edge.ToString());
            writer.WriteFinite("logitDiff", decision.LogitDiff.Mean);
            writer.WriteFinite("standardError", decision.LogitDiff.StandardError);
            writer.WriteFinite("ratio", decision.Ratio);
            writer.WriteBoolean("kept", decision.Kept);
        });
    }

    /// <summary>Makes sure that both files are there: a search without edges has an empty trace.</summary>
    public void Begin()
    {
        if (_trace is not null) return;
        if (!_folder.Resumes) SettingsFile.Write(_folder.Place(RunFolder.SettingsName), _settings);
        _trace = new JournalFile(_folder.Place(RunFolder.EdgeTraceName), _keep);
    }

    /// <inheritdoc/>
    public void Dispose() => _trace?.Dispose();

    private static EdgeDecision ReadRow(JsonElement row) => new(
        row.GetProperty("index").GetInt32(),
        Edge.Parse(row.GetProperty("edge").GetString()),
        new MeanLogitDiff(row.GetProperty("logitDiff").GetDouble(), row.GetProperty("standardError").GetDouble()),
        row.GetProperty("ratio").GetDouble(), row.GetProperty("kept").GetBoolean());
}
