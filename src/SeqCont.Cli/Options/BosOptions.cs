using SeqCont.Cli.Running;

namespace SeqCont.Cli.Options;

/// <summary>Whether prompts begin with BOS, in the commands where the study has it on.</summary>
internal static class BosOptions
{
    /// <summary>True or false as asked for; null: the model's default.</summary>
    public static bool? Read(OptionTable options)
    {
        var on = options.Flag("--bos",
            "Put the model's begin-of-text token before every prompt, as the study does here (default; off for the demo model, which was "
                + "trained without)");
        var off = options.Flag("--no-bos", "Put no token before prompts");
        if (on && off) throw new UsageException("--no-bos: expected --bos or --no-bos, got both.");
        return on ? true : off ? false : null;
    }

    /// <summary>The token to put before prompts; null for none.</summary>
    /// <exception cref="InvalidDataException">One is wanted and the model names none.</exception>
    public static int? TokenOf(bool? choice, ModelSource model) =>
        choice ?? !model.IsDemo ? model.Bos(choice is null ? "; give --no-bos" : "") : null;
}
