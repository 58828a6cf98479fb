using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using SeqCont.Cli.Options;
using SeqCont.Kernels;

namespace SeqCont.Cli.Commands;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    private const string Description = "Finds circuits in GPT-2: which attention heads and MLPs carry a behaviour, by ablating the rest.";

    // A group comes before its commands.
    private static readonly (string Name, string Description, Func<OptionTable, Func<int>>? Create)[] Commands =
    [
        ("prune", "Searches for a circuit", null),
        ("prune nodes", "Iterative node pruning: removes heads and MLPs one by one while the model's answer survives",
            options => new PruneNodesCommand(options).Run),
        ("prune edges", "Edge pruning by path patching: which edges inside a circuit carry the model's answer",
            options => new PruneEdgesCommand(options).Run),
        ("ablate", "Scores a given circuit, or the loss of every single node", options => new AblateCommand(options).Run),
        ("compare", "Scores circuits on tasks, every one on every task, beside random circuits of their size, and says what they share",
            options => new CompareCommand(options).Run),
        ("attention", "Mean attention patterns of heads over prompts, as pictures and data", options => new AttentionCommand(options).Run),
        ("lens", "Logit lens: what the residual stream at the last position predicts after every layer",
            options => new LensCommand(options).Run),
        ("ov", "Copy and next scores of every head through its OV circuit", options => new OvCommand(options).Run),
        ("cache", "Saves activations for prompts to a safetensors file, under TransformerLens's names and in its shapes",
            options => new CacheCommand(options).Run),
        ("model", "Downloads, describes and removes models", null),
        ("model pull",
            "Downloads a GPT-2 from a hub into the cache that the hub's own tools use (HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, "
                + "HTTPS_PROXY), or goes on with a download that was broken off",
            options => new ModelPullCommand(options).Run),
        ("model list",
            "Lists the models that --model takes: the one inside, model folders under the current folder, and GPT-2s in the hub's cache",
            options => new ModelListCommand(options).Run),
        ("model info", "Describes a model: sizes, parameters, number format, SHA-256, tokenizer, revision, statistics of its tensors",
            options => new ModelInfoCommand(options).Run),
        ("model verify",
            "Computes the hashes of a model's files in the hub's cache and compares them with the hub's (exit code 1 when one differs)",
            options => new ModelVerifyCommand(options).Run),
        ("model remove", "Removes a model from the hub's cache: all its revisions, or one", options => new ModelRemoveCommand(options).Run),
        ("data", "Makes, converts and shows prompts", null),
        ("data generate", "Makes a task's prompts that the model answers, with corrupted partners, as files that --data FOLDER reads",
            options => new DataGenerateCommand(options).Run),
        ("data import",
            "Reads prompt files (.pkl without executing anything, .jsonl, or the .safetensors of data export) and writes them as .jsonl",
            options => new DataImportCommand(options).Run),
        ("data export", "Writes the prompts that the options choose: as the study's files, as token ids, or as tensors",
            options => new DataExportCommand(options).Run),
        ("data show", "Shows prompts of a file, or those that --task would use, each with its corrupted partner",
            options => new DataShowCommand(options).Run),
        ("report", "Makes one self-contained HTML page from the folders of one or several runs", options => new ReportCommand(options).Run),
        ("verify", "Measures the published results on GPT-2 small again, and says where ours differ (exit code 1 when any does)",
            options => new VerifyCommand(options).Run),
        ("bench", "Measures ablation throughput: a replayed node search, the naive engine and the machine's peak in one run",
            options => new BenchCommand(options).Run),
        ("devices",
            $"Lists the CPU's instruction sets ({InstructionSets.ForceVariable} forces one) and GPUs, which one auto takes, and why "
                + "something is not usable",
            options => new DevicesCommand(options).Run),
    ];

    /// <summary>What a user types, such as "prune nodes".</summary>
    public static IEnumerable<string> Names => Commands.Where(command => command.Create is not null).Select(command => command.Name);

    public static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand(Description);
        foreach (var (name, description, create) in Commands)
        {
            var words = name.Split(' ');
            var command = new Command(words[^1], description);
            if (CanMean(context.Arguments, words)) create?.Invoke(new OptionTable(context, command, null));
            if (create is not null) command.SetAction(parsed => create(new OptionTable(context, command, parsed))());
            (words.Length == 1 ? root : root.Subcommands.First(group => group.Name == words[0])).Add(command);
        }

        // The context reads it: whichever command it is given to, it answers what that one would ask.
        root.Add(new Option<bool>("--yes")
        {
            Description = "Do not ask before downloading a model that is missing, or removing one (default: ask on a terminal, else fail)",
            Arity = ArgumentArity.Zero,
            Recursive = true,
        });
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        root.SetAction(parsed => new HelpAction().Invoke(parsed));
        return root;
    }

    // Declaring every command's options would be a tenth of the start. A directive, such as a shell's for completion, may name any.
    private static bool CanMean(string[] typed, string[] words) =>
        words.All(typed.Contains) || typed.Any(word => word.StartsWith('['));

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
