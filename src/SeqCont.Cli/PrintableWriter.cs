using System.Text;
using SeqCont.Model;

namespace SeqCont.Cli;

/// <summary>
/// A writer before a terminal: whatever is written, text and line ends come out, and nothing that steers a terminal, hides or turns
/// what is around it. JSON stays the same JSON: what is escaped is escaped as JSON does it.
/// </summary>
internal sealed class PrintableWriter(TextWriter terminal) : TextWriter
{
    /// <summary>The writer behind, for a console that sees to its texts itself and steers the terminal.</summary>
    public TextWriter Terminal => terminal;

    /// <inheritdoc/>
    public override Encoding Encoding => terminal.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        // A line's end may be two characters; any other carriage return would write over the line.
        var end = Environment.NewLine;
        terminal.Write(BadFile.Printable((value ?? "").Replace(end, "\n"), int.MaxValue, "\n").Replace("\n", end));
    }

    /// <inheritdoc/>
    public override void Flush() => terminal.Flush();
}
