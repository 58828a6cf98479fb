namespace SeqCont.Cli;

/// <summary>Where output goes, and where answers come from.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Errors, and what is for people when <paramref name="Out"/> is read by a program.</param>
/// <param name="OutIsTerminal">Whether a person sees <paramref name="Out"/>.</param>
/// <param name="ErrorIsTerminal">Whether a person sees <paramref name="Error"/>.</param>
/// <param name="ReadLine">A person's next answer; null: there is nobody to ask.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool OutIsTerminal, bool ErrorIsTerminal, Func<string?>? ReadLine = null)
{
    /// <summary>Results, safe for a terminal.</summary>
    public TextWriter Out { get; } = new PrintableWriter(Out);

    /// <summary>Errors and what is for people, safe for a terminal.</summary>
    public TextWriter Error { get; } = new PrintableWriter(Error);

    public static Terminal OfProcess() => new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected,
        Console.IsInputRedirected ? null : Console.ReadLine);

    /// <summary>Asks a person, who can say yes; false where nobody is there.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C was the answer.</exception>
    public bool Asks(string question, CancellationToken cancellationToken)
    {
        if (ReadLine is not { } answers || !ErrorIsTerminal) return false;
        Error.Write($"{question} [y/N] ");
        Error.Flush();
        // A read that waits for a key cannot be ended; it is left behind.
        var answer = Task.Run(answers, CancellationToken.None).WaitAsync(cancellationToken).GetAwaiter().GetResult();
        return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}

/// <summary>What every command is given.</summary>
/// <param name="Arguments">As typed.</param>
/// <param name="Terminal">Where output goes.</param>
/// <param name="CancellationToken">Set by Ctrl-C.</param>
internal sealed record CommandContext(string[] Arguments, Terminal Terminal, CancellationToken CancellationToken)
{
    /// <summary>The command as typed, quoted where a shell would need it.</summary>
    public string FullCommand => string.Join(' ', Arguments.Prepend("seqcont").Select(Quoted));

    /// <summary>Whether --yes answers what would be asked.</summary>
    public bool Yes => Arguments.Contains("--yes");

    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./,:=@%+~".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
