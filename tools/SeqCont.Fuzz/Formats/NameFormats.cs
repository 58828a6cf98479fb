using System.Text;
using SeqCont.Circuits;
using SeqCont.Cli;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;
using SeqCont.Fuzz.Mutation;
using SeqCont.Model;

namespace SeqCont.Fuzz.Formats;

/// <summary>Names and arguments as they are typed.</summary>
internal static class NameFormats
{
    private static readonly string[] Names =
    [
        "gpt2", "gpt2-small", "openai-community/gpt2", "@main", "@", "a0.h0", "a0.h0<q>", "m0", "0.0", "input", "logits", "->", "4GB",
        "1.5GiB",
        "512", "KiB", "blocks.0.attn.hook_z", "blocks.*.hook_resid_pre", "hook_embed", "*", "?", ",", "https://huggingface.co",
        "http://[::1]:80",
        "W/\"", "%00", "..",
    ];

    // Commands that stop at the model, which is not there, once all of their options were read.
    private static readonly string[][] Commands =
    [
        ["prune", "nodes"], ["prune", "edges"], ["ablate"], ["attention"], ["lens"], ["ov"], ["cache"], ["compare"], ["data", "show"],
        ["data", "export"],
    ];

    private static readonly string[] Options =
    [
        "--task\nmonths", "--tasks\nmonths,numerals", "--num-samps\n3", "--seed\n7", "--bos", "--memory\n4GB", "--threads\n2",
        "--device\ncpu",
        "--threshold\n20", "--pos\nlast", "--pos\n-1", "--hooks\nblocks.0.attn.hook_z", "--heads\n0.1,1.0", "--drop\nm0", "--each",
        "--json",
        "--clean\nx", "--corrupt\nx", "--random\n3", "--help", "--verbose", "--", "-x", "--ablation\nzero", "--early-stop\n0.1",
        "--quiet",
    ];

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("names", Make.Lines, _ => One(Samples.Config())) { Words = Names, Refuses = IsUsage },
        new("arguments", Make.Lines, _ => Arguments) { Words = [.. Options, .. Names], AllowedBytes = 16 << 20 },
    ];

    private static bool IsUsage(Exception exception) => exception is UsageException or InvalidDataException;

    // Every reader of names reads every text; what it takes, it takes again as it prints it.
    private static Func<byte[], string> One(ModelConfig config) => bytes =>
    {
        var text = Encoding.UTF8.GetString(bytes);
        var kind = new List<string>();
        if (HubName.TryParse(text, out var name)) Take("hub", $"{name}", again => HubName.TryParse(again, out name) ? $"{name}" : "");
        if (NodeId.TryParse(text, out var node)) Take("node", $"{node}", again => $"{NodeId.Parse(again)}");
        if (Edge.TryParse(text, out var edge)) Take("edge", $"{edge}", again => $"{Edge.Parse(again)}");
        if (ByteSize.Parse(text) is { } size) kind.Add($"size {(size < 1000 ? "small" : "large")}");
        if (HubDigest.FromETag(text) is { } digest) Take("digest", digest, again => HubDigest.FromETag(again) ?? "");
        Try("hooks", () => HookNames.Parse(text, config).Count);
        Try("nodes", () => NodeList.Parse("--drop", text, "nodes such as m0", "", _ => true).Length);
        Try("endpoint", () => HubSettings.FromEnvironment(
            variable => variable is "HF_ENDPOINT" ? text : variable is "HF_TOKEN" ? "t" : null, "fuzz").Endpoint.AbsoluteUri.Length);
        Try("token", () => HubSettings.FromEnvironment(variable => variable is "HF_TOKEN" ? text : null, "fuzz").Token?.Length ?? 0,
            text.Trim());
        return kind.Count == 0 ? throw new UsageException("no name of any kind") : string.Join(", ", kind);

        void Take(string what, string said, Func<string, string> again)
        {
            kind.Add(what);
            AllFormats.Same(what, said, again(said));
        }

        // What was typed wrongly is escaped where it is printed, which the arguments show; a secret is in no message.
        void Try(string what, Func<int> read, string? secret = null)
        {
            try
            {
                _ = read();
                kind.Add(what);
            }
            catch (Exception exception) when (exception is UsageException || (IsUsage(exception) && !exception.Message.Any(Judge.IsUnsafe)))
            {
                if (secret?.Length > 8 && exception.Message.Contains(secret, StringComparison.Ordinal))
                    throw new BrokenPromise("a secret in a message");
            }
        }
    };

    // A line an argument; the first says which command.
    private static string Arguments(byte[] bytes)
    {
        string[] typed = Encoding.UTF8.GetString(bytes).Split('\n');
        var command = Commands[typed[0].Length % Commands.Length];
        string[] given = [.. typed.Skip(1).Where(text => !text.StartsWith("--model", StringComparison.Ordinal)
            && !text.StartsWith("--out", StringComparison.Ordinal))];
        string[] arguments = [.. command, "--model", "/nowhere/at/all", .. given];
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = CommandLine.Run(arguments, new Terminal(output, errors, false, false));
        var said = errors.ToString().TrimEnd('\n', '\r');
        if (code == CommandLine.Done) return output.ToString().Length > 0 ? "help" : throw new BrokenPromise("nothing said");
        if (code is not (CommandLine.Failed or CommandLine.WrongUsage)) throw new BrokenPromise($"exit code {code}");
        if (said.StartsWith("error: unexpected ", StringComparison.Ordinal))
            throw new BrokenPromise(Judge.Printable(said));
        if (!given.Contains("--verbose") && said.Any(Judge.IsUnsafe))
            throw new BrokenPromise($"an error of several lines: {Judge.Printable(said)}");
        return $"exit {code}, {said}";
    }
}
