using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>The same tokens as Hugging Face's own library.</summary>
[TestClass]
public sealed class HuggingFaceTests
{
    [TestMethod]
    public void Encode_RandomTextsOfAllPlanes_EqualsHuggingFace()
    {
        var oracle = new HuggingFace(HuggingFace.TokenizerJson(Gpt2Files.OpenVocab(), Gpt2Files.OpenMerges()));
        var random = new Random(13);
        for (var i = 0; i < 6000; i++) RequireEqual(oracle, Gpt2Files.Tokenizer, RandomTexts.Next(random));
    }

    /// <summary>Every code point between letters, digits, signs and spaces; the tables of both are of the same Unicode version.</summary>
    [TestMethod]
    public void Encode_EveryCodePoint_EqualsHuggingFace()
    {
        // One merge of each kind of neighbour with each byte a character may end in shows what the character was taken for.
        var (vocab, merges) = (new JsonObject(), new StringBuilder());
        for (var value = 0; value < 256; value++) vocab.Add($"{ByteAlphabet.Character((byte)value)}", value);
        foreach (var neighbour in "a1!")
            for (var value = 0; value < 0xC0; value++)
            {
                var last = ByteAlphabet.Character((byte)value);
                vocab.Add($"{last}{neighbour}", vocab.Count);
                merges.Append($"{last} {neighbour}\n");
            }

        MemoryStream Vocab() => new(Encoding.UTF8.GetBytes(vocab.ToJsonString()));
        MemoryStream Merges() => new(Encoding.UTF8.GetBytes(merges.ToString()));
        var oracle = new HuggingFace(HuggingFace.TokenizerJson(Vocab(), Merges()));
        var own = Gpt2Tokenizer.Create(Vocab(), Merges(), "bytes");
        var text = new StringBuilder();
        // Planes 4 to 13 are unassigned, 15 and 16 for private use: one in 64 of theirs.
        for (var code = 0; code < 0x110000; code += code is (>= 0x40000 and < 0xE0000) or >= 0xF0000 ? 64 : 1)
        {
            if (Rune.IsValid(code)) text.Append($"{new Rune(code)}a{new Rune(code)}1{new Rune(code)}! \n");
            if (text.Length < 10_000) continue;
            RequireEqual(oracle, own, text.ToString());
            text.Clear();
        }
    }

    [TestMethod]
    [DataRow("1-astral-letters")]
    [DataRow("2-added-tokens")]
    [DataRow("3-tokenizer-json-only")]
    public void Encode_CaseOfAPublicReport_IsAsHuggingFaceHasIt(string name)
    {
        string FileOf(string file) => File.ReadAllText(TestFiles.Data("cases", name, file));
        var text = JsonNode.Parse(FileOf("p.jsonl"))!["text"]!.GetValue<string>();
        var expected = JsonSerializer.Deserialize<int[]>(FileOf("expected-tokens.json"))!;
        CollectionAssert.AreEqual(expected, Gpt2Tokenizer.Load(TestFiles.Data("cases", name, "model")).Encode(text));
    }

    [TestMethod]
    public void Encode_LetterBeyondTheBasicPlane_LeavesTheContractionWhole() => CollectionAssert.AreEqual(
        new[] { 172, 254, 106, 115, 338, 6128 }, Gpt2Files.Tokenizer.Encode("𠮷's shop"));

    [TestMethod]
    public void Gpt2_VocabularyInsideTheLibrary_EqualsGpt2sFiles()
    {
        var own = VocabularyFile.Read(Gpt2Files.OpenVocab(), "vocab.json", Gpt2Files.OpenMerges(), "merges.txt");
        var inside = Gpt2Ranks.Read();
        CollectionAssert.AreEqual(own.Ids.OrderBy(pair => pair.Value).ToArray(), inside.Ids.OrderBy(pair => pair.Value).ToArray());
        CollectionAssert.AreEqual(own.Merges, inside.Merges);
        Assert.AreEqual(50256, Gpt2Tokenizer.Gpt2().EndOfText);
    }

    private static void RequireEqual(HuggingFace oracle, Gpt2Tokenizer own, string text)
    {
        var (expected, actual) = (oracle.Encode(text), own.Encode(text));
        if (!expected.AsSpan().SequenceEqual(actual)) CollectionAssert.AreEqual(expected, actual, JsonSerializer.Serialize(text));
    }
}
