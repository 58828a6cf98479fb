using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model remove: revisions out of the cache, and the files that no other revision uses.</summary>
internal static class ModelRemoveCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("remove", "Removes a model from the hub's cache: all its revisions, or one");
        var name = ModelNames.Argument("As model list shows it; with @REVISION one branch, tag or commit, without it all revisions");
        command.Add(name);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, ModelNames.Parse("model remove", parsed.GetRequiredValue(name)), output.Read(parsed)));
        return command;
    }

    private static int Run(CommandContext context, HubName name, OutputChoice output)
    {
        var cache = Hub.Cache();
        var snapshots = cache.Removable(name);
        if (snapshots.Count == 0)
            throw new DirectoryNotFoundException($"{name}: not in the cache {cache.Folder}; 'seqcont model list' shows what is.");
        var what = string.Join(", ", snapshots.Select(snapshot =>
            $"{snapshot.Repository} {snapshot.Commit[..12]} ({ByteSize.Format(snapshot.Bytes)})"));
        if (!context.Yes && !context.Terminal.Asks($"Remove {what} from {cache.Folder}?", context.CancellationToken))
            throw new IOException($"{name}: nothing was removed; --yes removes {what} from {cache.Folder}.");
        var removal = cache.Remove(snapshots);
        var writer = context.Terminal.Out;
        if (output.Json)
        {
            JsonOutput.Write(writer, json =>
            {
                json.WriteNumber("schema", JsonFile.Schema);
                json.WriteString("name", name.ToString());
                json.WriteStartArray("removed");
                foreach (var snapshot in snapshots)
                {
                    json.WriteStartObject();
                    json.WriteString("repository", snapshot.Repository);
                    json.WriteString("revision", snapshot.Commit);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteNumber("freedBytes", removal.Bytes);
            });
            return CommandLine.Done;
        }

        writer.WriteLine($"removed {what}; {ByteSize.Format(removal.Bytes)} freed");
        writer.Flush();
        return CommandLine.Done;
    }
}
