using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model list: what --model takes here.</summary>
internal sealed class ModelListCommand(OptionTable options)
{
    private readonly OutputChoice _output = OutputChoice.Read(options);

    private sealed record Entry(string Name, string Where, HubSnapshot? Snapshot = null)
    {
        /// <summary>For people.</summary>
        public string Description => Snapshot is null ? Where
            : $"in the cache, {ByteSize.Format(Snapshot.Bytes)}, revision {Snapshot.Commit}"
                + (Snapshot.IsComplete ? "" : "; incomplete: model pull goes on with it");
    }

    public int Run()
    {
        Entry[] models = [new(DemoModel.Name, "inside the program"), .. Folders(),
            .. Hub.Cache().List().Select(snapshot => new Entry(NameOf(snapshot), "cache", snapshot))];
        var width = models.Max(model => model.Name.Length);
        return ConsoleOutput.Print(
            _output,
            () =>
            [
                ("schema", JsonFile.Schema), ("models", Json.List(models, model =>
                [
                    ("name", model.Name), ("where", model.Where),
                    .. model.Snapshot is null ? [] : ModelNames.Fields(model.Snapshot),
                ])),
            ],
            () => models.Select(model => $"{model.Name.PadRight(width)}  {model.Description}"));
    }

    /// <summary>What to type for a revision: main needs no @.</summary>
    private static string NameOf(HubSnapshot snapshot) => snapshot.References.Contains("main") ? snapshot.Repository
        : $"{snapshot.Repository}@{(snapshot.References.Count > 0 ? snapshot.References[0] : snapshot.Commit)}";

    private static IEnumerable<Entry> Folders() =>
        from folder in Directory.EnumerateDirectories(".").Order(StringComparer.Ordinal)
        where File.Exists(Path.Combine(folder, "config.json"))
            && (File.Exists(Path.Combine(folder, "model.safetensors")) || File.Exists(Path.Combine(folder, "model.safetensors.index.json")))
        select new Entry(Path.GetFileName(folder), "a folder here");
}
