using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>What the commands on a hub's models have in common.</summary>
internal static class ModelNames
{
    public static string Read(OptionTable options, string description) =>
        options.Argument<string>("NAME", description, ArgumentArity.ExactlyOne);

    /// <exception cref="UsageException">The text names no model of a hub.</exception>
    public static HubName Parse(string command, string text) =>
        text == DemoModel.Name ? throw new UsageException($"{command}: demo is inside the program.")
        : HubName.TryParse(text, out var name) ? name
        : throw new UsageException(
            $"{command}: expected gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2 or OWNER/NAME, perhaps with @REVISION, got '{text}'.");

    /// <summary>A revision in the cache as JSON fields.</summary>
    public static Json Fields(HubSnapshot snapshot) =>
    [
        ("repository", snapshot.Repository), ("revision", snapshot.Commit), ("references", Json.List(snapshot.References, name => name)),
        ("folder", snapshot.Folder), ("bytes", snapshot.Bytes), ("complete", snapshot.IsComplete),
    ];
}
