using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model list: what --model takes here.</summary>
internal static class ModelListCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("list", "Lists the models that --model takes: the one inside, and model folders under the current folder");
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, output.Read(parsed)));
        return command;
    }

    private static int Run(CommandContext context, OutputChoice output)
    {
        List<(string Name, string Where)> models = [(DemoModel.Name, "inside the program"), .. Folders()];
        var writer = context.Terminal.Out;
        if (output.Json)
        {
            JsonOutput.Write(writer, json =>
            {
                json.WriteNumber("schema", JsonFile.Schema);
                json.WriteStartArray("models");
                foreach (var (name, where) in models)
                {
                    json.WriteStartObject();
                    json.WriteString("name", name);
                    json.WriteString("where", where);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return CommandLine.Done;
        }

        var width = models.Max(model => model.Name.Length);
        foreach (var (name, where) in models) writer.WriteLine($"{name.PadRight(width)}  {where}");
        writer.Flush();
        return CommandLine.Done;
    }

    private static IEnumerable<(string Name, string Where)> Folders() =>
        from folder in Directory.EnumerateDirectories(".").Order(StringComparer.Ordinal)
        where File.Exists(Path.Combine(folder, "config.json"))
            && (File.Exists(Path.Combine(folder, "model.safetensors")) || File.Exists(Path.Combine(folder, "model.safetensors.index.json")))
        select (Path.GetFileName(folder), "a folder here");
}
