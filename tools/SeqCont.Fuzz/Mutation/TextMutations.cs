using System.Text;

namespace SeqCont.Fuzz.Mutation;

/// <summary>Changes of text that keep it text: words, numbers.</summary>
internal static class TextMutations
{
    /// <summary>One change.</summary>
    public static byte[] Change(byte[] text, byte[][] words, Random random)
    {
        if (text.Length == 0) return words[random.Next(words.Length)];
        if (random.Next(2) == 0 && ReplaceNumber(text, random) is { } replaced) return replaced;
        var at = random.Next(text.Length);
        var end = Math.Min(at + random.Next(12), text.Length);
        return [.. text[..at], .. words[random.Next(words.Length)], .. text[end..]];
    }

    // Another number in the place of one of the text's.
    private static byte[]? ReplaceNumber(byte[] text, Random random)
    {
        int[] starts = [.. Enumerable.Range(0, text.Length)
            .Where(i => IsDigit(text[i]) && (i == 0 || !IsDigit(text[i - 1])))];
        if (starts.Length == 0) return null;
        var start = starts[random.Next(starts.Length)];
        var end = start;
        while (end < text.Length && IsDigit(text[end])) end++;
        var number = Encoding.UTF8.GetBytes(Interesting.Numbers[random.Next(Interesting.Numbers.Length)]);
        return [.. text[..start], .. number, .. text[end..]];
    }

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';
}
