namespace SeqCont.Cli;

/// <summary>Where output goes.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Errors, and what is for people when <paramref name="Out"/> is read by a program.</param>
/// <param name="OutIsTerminal">Whether a person sees <paramref name="Out"/>.</param>
/// <param name="ErrorIsTerminal">Whether a person sees <paramref name="Error"/>.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool OutIsTerminal, bool ErrorIsTerminal)
{
    public static Terminal OfProcess() => new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);
}

/// <summary>What every command is given.</summary>
/// <param name="Arguments">As typed.</param>
/// <param name="Terminal">Where output goes.</param>
/// <param name="CancellationToken">Set by Ctrl-C.</param>
internal sealed record CommandContext(string[] Arguments, Terminal Terminal, CancellationToken CancellationToken)
{
    /// <summary>The command as typed, quoted where a shell would need it.</summary>
    public string FullCommand => string.Join(' ', Arguments.Prepend("seqcont").Select(Quoted));

    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./,:=@%+~".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
