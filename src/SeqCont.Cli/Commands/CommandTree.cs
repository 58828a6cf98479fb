using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SeqCont.Cli.Commands;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    private const string Description = "Finds circuits in GPT-2: which attention heads and MLPs carry a behaviour, by ablating the rest.";

    public static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand(Description)
        {
            Group("prune", "Searches for a circuit", PruneNodesCommand.Build(context), PruneEdgesCommand.Build(context)),
            AblateCommand.Build(context),
            CompareCommand.Build(context),
            AttentionCommand.Build(context),
            LensCommand.Build(context),
            OvCommand.Build(context),
            CacheCommand.Build(context),
            Group("model", "Downloads, describes and removes models", ModelPullCommand.Build(context), ModelListCommand.Build(context),
                ModelInfoCommand.Build(context), ModelRemoveCommand.Build(context)),
            Group("data", "Makes, converts and shows prompts", DataGenerateCommand.Build(context), DataImportCommand.Build(context),
                DataExportCommand.Build(context), DataShowCommand.Build(context)),
            ReportCommand.Build(context),
            VerifyCommand.Build(context),
            BenchCommand.Build(context),
            DevicesCommand.Build(context),
        };
        // The context reads it: whichever command it is given to, it answers what that one would ask.
        root.Add(new Option<bool>(
            "--yes")
        {
            Description = "Do not ask before downloading a model that is missing, or removing one (default: ask on a "
                + "terminal, else fail)",
            Arity = ArgumentArity.Zero,
            Recursive = true
        });
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        root.SetAction(parsed => new HelpAction().Invoke(parsed));
        return root;
    }

    private static Command Group(string name, string description, params Command[] commands)
    {
        var group = new Command(name, description);
        foreach (var command in commands) group.Add(command);
        return group;
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var commit = ProgramVersion.Commit is { } id ? $" ({id[..Math.Min(id.Length, 12)]})" : "";
            parseResult.InvocationConfiguration.Output.WriteLine($"seqcont {ProgramVersion.Version}{commit}");
            return CommandLine.Done;
        }
    }
}
