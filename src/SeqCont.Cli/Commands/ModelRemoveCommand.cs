using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model remove: revisions out of the cache, and the files that no other revision uses.</summary>
internal sealed class ModelRemoveCommand(OptionTable options)
{
    private readonly string _name = ModelNames.Read(
        options, "As model list shows it; with @REVISION one branch, tag or commit, without it all revisions");

    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        var (name, cache, context) = (ModelNames.Parse("model remove", _name), Hub.Cache(), _output.Context);
        var snapshots = cache.Removable(name);
        if (snapshots.Count == 0)
            throw new DirectoryNotFoundException($"{name}: not in the cache {cache.Folder}; 'seqcont model list' shows what is.");
        var what = string.Join(", ", snapshots.Select(snapshot =>
            $"{snapshot.Repository} {snapshot.Commit[..12]} ({ByteSize.Format(snapshot.Bytes)})"));
        if (!context.Yes && !context.Terminal.Asks($"Remove {what} from {cache.Folder}?", context.CancellationToken))
            throw new IOException($"{name}: nothing was removed; --yes removes {what} from {cache.Folder}.");
        var freedBytes = cache.Remove(snapshots).Bytes;
        return ConsoleOutput.Print(
            _output, () =>
            [
                ("schema", JsonFile.Schema), ("name", $"{name}"),
                ("removed", Json.List(snapshots, snapshot => [("repository", snapshot.Repository), ("revision", snapshot.Commit)])),
                ("freedBytes", freedBytes),
            ], () => [$"removed {what}; {ByteSize.Format(freedBytes)} freed"]);
    }
}
