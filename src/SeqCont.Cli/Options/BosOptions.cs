using System.CommandLine;
using SeqCont.Cli.Running;
using SeqCont.Model;

namespace SeqCont.Cli.Options;

/// <summary>Whether prompts begin with BOS, in the commands where the study has it on.</summary>
internal sealed class BosOptions
{
    private readonly Option<bool> _bos = OptionFactory.Flag(
        "--bos",
        "Put the model's begin-of-text token before every prompt, as the study does here (default; off for the demo model, which was "
            + "trained without)");
    private readonly Option<bool> _noBos = OptionFactory.Flag("--no-bos", "Put no token before prompts");

    public BosOptions AddTo(Command command)
    {
        command.Add(_bos);
        command.Add(_noBos);
        return this;
    }

    /// <summary>True or false as asked for; null: the model's default.</summary>
    public bool? Read(ParseResult parsed)
    {
        var (on, off) = (parsed.GetValue(_bos), parsed.GetValue(_noBos));
        if (on && off) throw new UsageException("--no-bos: expected --bos or --no-bos, got both.");
        return on ? true : off ? false : null;
    }

    /// <summary>The token to put before prompts; null for none.</summary>
    /// <exception cref="InvalidDataException">One is wanted and the model names none.</exception>
    public static int? TokenOf(bool? choice, ModelSource model, Gpt2Tokenizer? tokenizer)
    {
        if (choice ?? !model.IsDemo) return PromptSource.BosOf(model, tokenizer, choice is null ? "; give --no-bos" : "");
        return null;
    }
}
