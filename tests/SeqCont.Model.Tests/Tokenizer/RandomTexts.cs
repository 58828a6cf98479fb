using System.Text;

namespace SeqCont.Model.Tests;

/// <summary>Texts of every plane and script, with what tokenizers trip over.</summary>
internal static class RandomTexts
{
    private static readonly string[] Pieces =
    [
        "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'RE", "'Ll", "'", "''", "’s", "ſ", "'ſ", "the", " Quick", "brown fox", "x",
        "1", "42", " 2023", "٣", "१२", "Ⅷ", "½", "²", "𝟙", "𐒡", "๓", "㉈", "é", "e\u0301", "\u0301", "\u20DD", "ZͯA", "ß", "İ", "ж",
        "日", "本語", "한", "각", "ع", "न\u092Eस\u094Dते", "𠮷", "𝒳", "𐐷", "ꟸ", "𞤀", "😀", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪",
        "🅰", "Ⓐ", "\u200D", "\uFE0F", "\uFEFF", "\u00AD", "\0", "\u0001", "\u001C", "\u001F", "\u007F", "\u0085", "\u009F",
        "_", "‿", "-", "...", "\\", "\"", "{", "Ġ", "Ċ", "\uFFFD",
        "\uE000", "\U000F0000", "\u0378", "\uFFFF", "\U0010FFFF",
    ];

    private static readonly string[] Spaces =
    [
        " ", "  ", "   ", "\t", "\n", "\r\n", "\u000B", "\f", "\u0085", "\u00A0", "\u1680", "\u180E", "\u2000", "\u2003", "\u200A",
        "\u200B", "\u2028", "\u2029", "\u202F", "\u205F", "\u2060", "\u3000",
    ];

    /// <summary>A text of some pieces, spaces, random code points of any plane and the words given.</summary>
    public static string Next(Random random, params string[] words)
    {
        var text = new StringBuilder();
        for (var i = random.Next(1, 25); i > 0; i--)
            text.Append(random.Next(words.Length == 0 ? 3 : 5) switch
            {
                0 => Spaces[random.Next(Spaces.Length)],
                1 => Pieces[random.Next(Pieces.Length)],
                2 => CodePoint(random).ToString(),
                _ => words[random.Next(words.Length)],
            });
        return text.ToString();
    }

    private static Rune CodePoint(Random random)
    {
        // Half of them from where most letters are.
        var code = random.Next(random.Next(2) == 0 ? 0x3000 : 0x110000);
        return Rune.IsValid(code) ? new Rune(code) : Rune.ReplacementChar;
    }
}
