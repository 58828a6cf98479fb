using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model list: what --model takes here.</summary>
internal static class ModelListCommand
{
    private sealed record Entry(string Name, string Where, HubSnapshot? Snapshot = null);

    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "list",
            "Lists the models that --model takes: the one inside, model folders under the current folder, and GPT-2s in the hub's cache");
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, output.Read(parsed)));
        return command;
    }

    private static int Run(CommandContext context, OutputChoice output)
    {
        List<Entry> models = [new(DemoModel.Name, "inside the program"), .. Folders(),
            .. Hub.Cache().List().Select(snapshot => new Entry(NameOf(snapshot), "cache", snapshot))];
        if (output.Json) WriteJson(context.Terminal.Out, models);
        else WriteText(context.Terminal.Out, models);
        return CommandLine.Done;
    }

    private static void WriteJson(TextWriter writer, List<Entry> models) => JsonOutput.Write(writer, json =>
    {
        json.WriteNumber("schema", JsonFile.Schema);
        json.WriteStartArray("models");
        foreach (var model in models)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteString("where", model.Where);
            if (model.Snapshot is { } snapshot) ModelNames.WriteSnapshot(json, snapshot);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void WriteText(TextWriter writer, List<Entry> models)
    {
        var width = models.Max(model => model.Name.Length);
        foreach (var model in models)
            writer.WriteLine($"{model.Name.PadRight(width)}  {(model.Snapshot is { } snapshot ? Describe(snapshot) : model.Where)}");
        writer.Flush();
    }

    private static string Describe(HubSnapshot snapshot)
    {
        var incomplete = snapshot.IsComplete ? "" : "; incomplete: model pull goes on with it";
        return $"in the cache, {ByteSize.Format(snapshot.Bytes)}, revision {snapshot.Commit}{incomplete}";
    }

    /// <summary>What to type for a revision: main needs no @.</summary>
    private static string NameOf(HubSnapshot snapshot) =>
        snapshot.References.Contains("main")
            ? snapshot.Repository : $"{snapshot.Repository}@{(snapshot.References.Count > 0 ? snapshot.References[0] : snapshot.Commit)}";

    private static IEnumerable<Entry> Folders() =>
        from folder in Directory.EnumerateDirectories(".").Order(StringComparer.Ordinal)
        where File.Exists(Path.Combine(folder, "config.json"))
            && (File.Exists(Path.Combine(folder, "model.safetensors")) || File.Exists(Path.Combine(folder, "model.safetensors.index.json")))
        select new Entry(Path.GetFileName(folder), "a folder here");
}
