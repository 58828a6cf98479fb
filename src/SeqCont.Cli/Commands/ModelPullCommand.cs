using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model pull: a model from a hub into the cache.</summary>
internal sealed class ModelPullCommand(OptionTable options)
{
    private readonly string _name = ModelNames.Read(
        options, "gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2 or OWNER/NAME; with @REVISION a branch, a tag or a commit");

    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        var name = ModelNames.Parse("model pull", _name);
        var view = new PullView(_output);
        var snapshot = Hub.Pull(name, Hub.Settings(), view, _output.Context.CancellationToken);
        return ConsoleOutput.Print(
            _output,
            () =>
            [
                ("schema", JsonFile.Schema), ("name", $"{name}"), .. ModelNames.Fields(snapshot), ("downloadedBytes", view.Downloaded),
            ],
            () =>
            [
                $"{name}: {ByteSize.Format(snapshot.Bytes)}, "
                    + (view.Downloaded == 0 ? "all of it was here" : $"{ByteSize.Format(view.Downloaded)} of it downloaded"),
                $"revision {snapshot.Commit}",
                $"folder   {snapshot.Folder}",
            ]);
    }
}
