namespace SeqCont.Model;

/// <summary>
/// GPT-2's way of writing any byte as one visible character: printable Latin-1 stands for itself, the other
/// bytes take the characters from U+0100 on, in ascending order of byte.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly Dictionary<char, byte> Bytes = Characters.Index().ToDictionary(pair => pair.Item, pair => (byte)pair.Index);

    /// <summary>The character that stands for a byte.</summary>
    public static char Character(byte value) => Characters[value];

    /// <summary>The byte that a character stands for; null when it stands for none.</summary>
    public static byte? Byte(char character) => Bytes.TryGetValue(character, out var value) ? value : null;

    private static char[] MakeCharacters()
    {
        var next = 256;
        return [.. Enumerable.Range(0, 256).Select(value =>
            (char)(value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? value : next++))];
    }
}
