using System.Text;
using System.Text.RegularExpressions;

namespace SeqCont.Fuzz;

/// <summary>What became of one input.</summary>
/// <param name="Kind">Inputs of one kind went the same way: what was read, or the message less what it quotes.</param>
/// <param name="Fault">What is wrong with that; null for nothing.</param>
/// <param name="Milliseconds">Processor time that the process took for it.</param>
/// <param name="Allocated">Bytes that it allocated.</param>
internal readonly record struct Outcome(string Kind, string? Fault, double Milliseconds, long Allocated)
{
    /// <summary>Faults of one kind have one cause, mostly: where an exception was thrown, or how a message begins.</summary>
    public string FaultKind => Fault!.Split('\n') is [var message, .. { Length: > 0 } stack]
        ? $"{message.Split(':')[0]} {stack.FirstOrDefault(line => line.Contains("SeqCont", StringComparison.Ordinal))}"
        : $"{Fault[..Math.Min(Fault.Length, 12)]} {Kind[..Math.Min(Kind.Length, 40)]}";
}

/// <summary>
/// Reads inputs of one format and judges: an input is read, or refused by a documented exception with a message of one line, within time
/// and memory.
/// </summary>
internal sealed partial class Judge(FuzzFormat format, Func<byte[], string> read)
{
    private const double MostMilliseconds = 2000;
    private const int LongestMessage = 4000;

    /// <summary>Judges one input.</summary>
    public Outcome Of(byte[] input)
    {
        var outcome = Once(input);
        // What the runtime compiles meanwhile counts too: a reader that is slow is so every time.
        for (var again = 0; again < 3 && outcome.Milliseconds > MostMilliseconds; again++)
            outcome = outcome with { Milliseconds = Math.Min(outcome.Milliseconds, Once(input).Milliseconds) };
        var most = format.AllowedBytes + (long)format.AllowedPerByte * input.Length;
        return outcome with
        {
            Fault = outcome.Fault
                ?? (outcome.Milliseconds > MostMilliseconds ? $"slow: {outcome.Milliseconds:0} ms for {input.Length} bytes" : null)
                ?? (outcome.Allocated > most ? $"allocates {outcome.Allocated} bytes for {input.Length}, at most {most} expected" : null),
        };
    }

    private Outcome Once(byte[] input)
    {
        // By the processor's time, as the machine may be busy with others; LastInput watches the clock.
        var (before, start) = (Allocated(), Environment.CpuUsage.TotalTime);
        var (kind, fault) = ("", (string?)null);
        Exception? thrown = null;
        try
        {
            kind = $"read: {Skeleton(read(input))}";
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        var (allocated, time) = (Allocated() - before, Environment.CpuUsage.TotalTime - start);
        if (thrown is not null)
        {
            kind = $"{thrown.GetType().Name}: {Skeleton(thrown.Message)}";
            fault = format.Refuses(thrown) ? ProblemOf(thrown.Message) : thrown.ToString();
        }

        return new Outcome(kind, fault, time.TotalMilliseconds, allocated);
    }

    // What other threads do besides counts too, so all threads' is asked only where it must be.
    private long Allocated() => format.IsOnManyThreads ? GC.GetTotalAllocatedBytes() : GC.GetAllocatedBytesForCurrentThread();

    private static string? ProblemOf(string message) =>
        message.Length == 0 ? "an empty message"
        : message.Length > LongestMessage ? $"a message of {message.Length} characters"
        : message.Any(IsUnsafe) ? $"a message with a control character: {Printable(message)}" : null;

    /// <summary>Whether a terminal could take a character for more than a letter.</summary>
    public static bool IsUnsafe(char letter) =>
        char.IsControl(letter)
        || letter is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    /// <summary>Text for this program's own output.</summary>
    public static string Printable(string text)
    {
        var printable = new StringBuilder();
        foreach (var letter in text) printable.Append(IsUnsafe(letter) || char.IsSurrogate(letter) ? $"\\u{(int)letter:x4}" : letter);
        return printable.ToString();
    }

    // What a message says less what it quotes from the input: two messages of one kind come from one place.
    private static string Skeleton(string message)
    {
        var bare = Quoted().Replace(message, "?");
        bare = Detail().Replace(bare, "#");
        return bare.Length > 160 ? bare[..160] : bare;
    }

    [GeneratedRegex("""'.*'|".*"|\[.*\]|got .*|at \$\..*""", RegexOptions.Singleline)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"[0-9A-Fa-f#.\-+]*[0-9][0-9A-Za-z.\-+]*|[^ -~]+")]
    private static partial Regex Detail();
}
