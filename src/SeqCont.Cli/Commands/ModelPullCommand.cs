using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model pull: a model from a hub into the cache.</summary>
internal static class ModelPullCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "pull",
            "Downloads a GPT-2 from a hub into the cache that the hub's own tools use (HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, "
                + "HTTPS_PROXY), or goes on with a download that was broken off");
        var name = ModelNames.Argument(
            "gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2 or OWNER/NAME; with @REVISION a branch, a tag or a commit");
        command.Add(name);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, ModelNames.Parse("model pull", parsed.GetRequiredValue(name)), output.Read(parsed)));
        return command;
    }

    private static int Run(CommandContext context, HubName name, OutputChoice output)
    {
        var view = new PullView(context.Terminal, output.Quiet);
        var snapshot = Hub.Pull(name, Hub.Settings(), view, context.CancellationToken);
        var writer = context.Terminal.Out;
        if (output.Json)
        {
            JsonOutput.Write(writer, json =>
            {
                json.WriteNumber("schema", JsonFile.Schema);
                json.WriteString("name", name.ToString());
                ModelNames.WriteSnapshot(json, snapshot);
                json.WriteNumber("downloadedBytes", view.Downloaded);
            });
            return CommandLine.Done;
        }

        writer.WriteLine(
            $"{name}: {ByteSize.Format(snapshot.Bytes)}, "
                + $"{(view.Downloaded == 0 ? "all of it was here" : $"{ByteSize.Format(view.Downloaded)} of it downloaded")}");
        writer.WriteLine($"revision {snapshot.Commit}");
        writer.WriteLine($"folder   {snapshot.Folder}");
        writer.Flush();
        return CommandLine.Done;
    }
}
