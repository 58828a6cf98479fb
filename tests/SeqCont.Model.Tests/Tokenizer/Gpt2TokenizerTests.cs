using System.Text;
using System.Text.Json;
using SeqCont.Testing;
using SharpToken;

namespace SeqCont.Model.Tests;

[TestClass]
public sealed class Gpt2TokenizerTests
{
    private static readonly GptEncoding Published = GptEncoding.GetEncoding("r50k_base");

    public static IEnumerable<object[]> HandPicked =>
        new[]
        {
            "", " ", "  ", "   x", "\t", "\n", "\n\n\n", "\r\n", " \t \n x", "a\u00A0b", "x   ", "x \n", "\u3000日本", "\u2028",
            "Hello world", "I'm you're he's we've they'll I'd don't", "I'M DON'T 'S", "''s'''t", "’s", "12 345 6789 0", "3.14159", "a1b2",
            "½ ² ٣ Ⅷ", "é e\u0301 ñ n\u0303 Å", "Z̡͖̗̏̐ä̧̛l̷̨g̡ǭ", "😀", "👩‍👩‍👧‍👦 family", "🇩🇪🇫🇷", "👍🏽",
            "\U0001F468\u200D\U0001F4BB", "\uFEFFbom", "\0\u0001\u001F\u007F",
            "Привет мир", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก", "안녕하세요", "中文字符", "ﬁ ligature ſ", "İıŞş", "𝒳𝔘𝟙", "\uFFFD",
            "<|endoftext", "|endoftext|>", "== != <= >= -> =>", "C:\\path\\to\\file.txt", "http://a.b/c?d=e&f=g#h", "SolidGoldMagikarp",
            "_____ ----- .....",
            new string('a', 500), new string(' ', 500), new string('\n', 300), string.Concat(Enumerable.Repeat("😀", 100)),
        }.Select(text => new object[] { text });

    [TestMethod]
    [DynamicData(nameof(HandPicked))]
    public void Encode_Gpt2Vocabulary_EqualsPublishedTokens(string text) => RequireEqual(text);

    [TestMethod]
    public void Encode_RandomTexts_EqualsPublishedTokens()
    {
        var random = new Random(20231104);
        for (var i = 0; i < 4000; i++) RequireEqual(RandomText(random));
    }

    [TestMethod]
    public void Encode_RandomBytesAsText_EqualsPublishedTokens()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            RequireEqual(Encoding.UTF8.GetString(bytes));
            RequireEqual(Encoding.Latin1.GetString(bytes));
        }
    }

    [TestMethod]
    public void Encode_EveryCharacter_EqualsPublishedTokens()
    {
        for (var start = 0; start < 0x11000; start += 16)
        {
            var text = new StringBuilder();
            for (var code = start; code < start + 16; code++)
                if (Rune.IsValid(code)) text.Append(new Rune(code)).Append(code % 3 == 0 ? " " : "");
            RequireEqual(text.ToString());
        }
    }

    [TestMethod]
    public void Encode_PublishedPrompts_EqualsPublishedTokensAnd23OfThem()
    {
        var folder = SharedFolder();
        var texts = Directory.GetFiles(folder, "*.jsonl").SelectMany(File.ReadLines)
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.HasCount(13824, texts);
        foreach (var row in texts)
        {
            var text = row.GetProperty("text").GetString()!;
            RequireEqual(text);
            Assert.HasCount(23, Gpt2Files.Tokenizer.Encode(text), text);
            Gpt2Files.Tokenizer.SingleToken(row.GetProperty("corr").GetString()!);
            Gpt2Files.Tokenizer.SingleToken(row.GetProperty("incorr").GetString()!);
        }
    }

    [TestMethod]
    public void Encode_EndOfTextInText_IsTheSpecialToken()
    {
        var allowed = new HashSet<string> { Gpt2Tokenizer.EndOfTextToken };
        foreach (var text in new[] { "<|endoftext|>", "a<|endoftext|>b", "<|endoftext|><|endoftext|> x", " <|endoftext|> " })
            CollectionAssert.AreEqual(Published.Encode(text, allowed), Gpt2Files.Tokenizer.Encode(text), text);
        Assert.AreEqual(50256, Gpt2Files.Tokenizer.EndOfText);
        Assert.AreEqual(50257, Gpt2Files.Tokenizer.VocabularySize);
    }

    [TestMethod]
    public void Encode_SeveralThreads_GivesTheSameTokens()
    {
        var random = new Random(8);
        var texts = Enumerable.Range(0, 1000).Select(_ => RandomText(random)).ToArray();
        var expected = texts.Select(text => string.Join(' ', Published.Encode(text))).ToArray();
        var tokenizer = Gpt2Tokenizer.Create(Gpt2Files.OpenVocab(), Gpt2Files.OpenMerges(), "gpt2");
        Parallel.For(0, 4000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
            Assert.AreEqual(expected[i % 1000], string.Join(' ', tokenizer.Encode(texts[i % 1000]))));
    }

    [TestMethod]
    public void Encode_LoneSurrogate_IsTheReplacementCharacter() =>
        CollectionAssert.AreEqual(Gpt2Files.Tokenizer.Encode("a\uFFFDb"), Gpt2Files.Tokenizer.Encode("a\uD800b"));

    [TestMethod]
    [DataRow("numerals")]
    [DataRow("numwords")]
    [DataRow("months")]
    public void Encode_DemoVocabulary_EqualsTrainedTokens(string task)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(TestFiles.Data("demo", $"{task}-expected.json")));
        using var prompt = JsonDocument.Parse(File.ReadLines(TestFiles.Data("demo", $"{task}-clean.jsonl")).First());
        var tokens = expected.RootElement.GetProperty("tokens_first").EnumerateArray().Select(item => item.GetInt32()).ToArray();
        CollectionAssert.AreEqual(tokens, Gpt2Files.Demo().Encode(prompt.RootElement.GetProperty("text").GetString()!));
    }

    [TestMethod]
    public void Decode_EncodedText_IsTheText()
    {
        var random = new Random(3);
        var demo = Gpt2Files.Demo();
        for (var i = 0; i < 500; i++)
        {
            var text = RandomText(random);
            Assert.AreEqual(text, Gpt2Files.Tokenizer.Decode(Gpt2Files.Tokenizer.Encode(text)));
            Assert.AreEqual(text, demo.Decode(demo.Encode(text)));
        }
    }

    [TestMethod]
    public void TokenText_PartOfACharacter_ShowsItsBytes()
    {
        var parts = Gpt2Files.Tokenizer.Encode("😀").Select(Gpt2Files.Tokenizer.TokenText).ToArray();
        CollectionAssert.AreEqual(new[] { "\\xF0\\x9F\\x98", "\\x80" }, parts);
        Assert.AreEqual(" 5", Gpt2Files.Tokenizer.TokenText(642));
    }

    [TestMethod]
    public void TokenText_IdOutsideTheVocabulary_Throws()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Gpt2Files.Tokenizer.TokenText(50257));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Gpt2Files.Tokenizer.Decode([-1]));
    }

    [TestMethod]
    public void SingleToken_SeveralTokens_NamesTextAndTokens()
    {
        Assert.AreEqual(642, Gpt2Files.Tokenizer.SingleToken(" 5"));
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Files.Tokenizer.SingleToken(" 12345"));
        Assert.AreEqual("\" 12345\": expected exactly one token, got 2 (\" 123\", \"45\").", thrown.Message);
        Assert.Contains("got 0.", Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Files.Tokenizer.SingleToken("")).Message);
        Assert.IsNull(Gpt2Files.Tokenizer.TrySingleToken(" 12345"));
        Assert.AreEqual(642, Gpt2Files.Tokenizer.TrySingleToken(" 5"));
    }

    private static string SharedFolder()
    {
        var folder = TestFiles.SharedOrNull("datasets", "seqcont");
        if (folder is null) Assert.Inconclusive("../shared/datasets/seqcont is not there.");
        return folder!;
    }

    private static void RequireEqual(string text) =>
        CollectionAssert.AreEqual(Published.Encode(text), Gpt2Files.Tokenizer.Encode(text), JsonSerializer.Serialize(text));

    // No letter beyond U+FFFF: SharpToken's split is over UTF-16. HuggingFaceTests has them.
    private static string RandomText(Random random)
    {
        string[] pieces =
        [
            " ", "  ", "\n", "\t", "\r\n", "the", "Quick", "brown fox", "1", "42", "2023", "'s", "'ll", "'t", "’", ".", ", ", "...", "!?",
            "-", "é", "e\u0301", "ß", "ж",
            "日", "本語", "한", "ع", "\u200D", "😀", "👩‍💻", "\uFE0F", "\u00A0", "_", "\\", "\"", "{", "}", "Ġ", "Ċ", "½", "\u0085",
            "\u2003", "x", "Z",
        ];
        var text = new StringBuilder();
        for (var i = random.Next(1, 25); i > 0; i--) text.Append(pieces[random.Next(pieces.Length)]);
        return text.ToString();
    }
}
