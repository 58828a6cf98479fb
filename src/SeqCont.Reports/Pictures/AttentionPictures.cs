using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>Mean attention patterns as pictures, SVG.</summary>
public static class AttentionPictures
{
    /// <summary>
    /// attention-9.1.svg: queries down, keys across, tokens along both axes, the entries of the head's role outlined; of more
    /// than 96 positions the last 96, which hold the answer's place. Every entry says its value when pointed at.
    /// </summary>
    /// <param name="head">Pattern, role and the entries to mark.</param>
    /// <param name="tokens">Labels, one a position, spaces as they are.</param>
    /// <param name="caption">What the mean is over, such as "mean over 384 numerals prompts".</param>
    /// <returns>An SVG document.</returns>
    /// <exception cref="ArgumentException">There are more or fewer tokens than positions.</exception>
    public static string Head(HeadAttention head, IReadOnlyList<string> tokens, string caption)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(caption);
        if (tokens.Count != head.Pattern.Length)
            throw new ArgumentException($"tokens: expected {head.Pattern.Length}, one a position, got {tokens.Count}.");
        return new AttentionPicture(
            new AttentionHead(head.Head, head.Role?.NameInFiles(), [.. head.Highlights.Select(cell => (cell.Query, cell.Key))],
                head.Pattern), [.. tokens], inPage: false, caption).Draw();
    }
}
