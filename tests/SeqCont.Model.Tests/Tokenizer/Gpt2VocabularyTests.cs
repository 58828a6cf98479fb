using System.Text;
using System.Text.RegularExpressions;

namespace SeqCont.Model.Tests;

[TestClass]
public sealed partial class Gpt2VocabularyTests
{
    private static readonly string Vocab = File.ReadAllText(Gpt2Files.DemoPath("vocab.json"));
    private static readonly string Merges = File.ReadAllText(Gpt2Files.DemoPath("merges.txt"));

    [TestMethod]
    public void Load_Folder_EqualsStreams()
    {
        var loaded = Gpt2Tokenizer.Load(Path.GetDirectoryName(Gpt2Files.DemoPath("vocab.json"))!);
        CollectionAssert.AreEqual(Gpt2Files.Demo().Encode("Van done in 1. Hat"), loaded.Encode("Van done in 1. Hat"));
        Assert.AreEqual(1107, loaded.EndOfText);
        Assert.AreEqual(1108, loaded.VocabularySize);
    }

    [TestMethod]
    public void Load_MissingFile_NamesIt()
    {
        var folder = Directory.CreateTempSubdirectory("seqcont-").FullName;
        try
        {
            var thrown = Assert.ThrowsExactly<FileNotFoundException>(() => Gpt2Tokenizer.Load(folder));
            Assert.AreEqual($"{Path.Combine(folder, "vocab.json")}: not found; expected GPT-2's vocab.json.", thrown.Message);
            File.WriteAllText(Path.Combine(folder, "vocab.json"), Vocab);
            thrown = Assert.ThrowsExactly<FileNotFoundException>(() => Gpt2Tokenizer.Load(folder));
            Assert.AreEqual($"{Path.Combine(folder, "merges.txt")}: not found; expected GPT-2's merges.txt.", thrown.Message);
            File.WriteAllText(Path.Combine(folder, "merges.txt"), "q");
            var bad = Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Tokenizer.Load(folder));
            Assert.StartsWith(Path.Combine(folder, "merges.txt") + ":1: ", bad.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    [DataRow("", "x: vocab.json:1: not valid JSON")]
    [DataRow("[]", "x: vocab.json: expected a JSON object")]
    [DataRow("{\"a\": 0", "x: vocab.json:1: not valid JSON")]
    [DataRow("{\"a\": 0} {}", "x: vocab.json:1: not valid JSON")]
    [DataRow("{\"a\": \"b\"}", "x: vocab.json:1: token \"a\": expected a non-negative integer id")]
    [DataRow("{\"a\": -1}", "x: vocab.json:1: token \"a\": expected a non-negative integer id")]
    [DataRow("{\"a\": 1.5}", "x: vocab.json:1: token \"a\": expected a non-negative integer id")]
    [DataRow("{\"a\": {}}", "x: vocab.json:1: token \"a\": expected a non-negative integer id")]
    [DataRow("{\"a\": 0, \"a\": 1}", "x: vocab.json:1: token \"a\" is there twice")]
    [DataRow("{\"a\": 0, \"b\": 0}", "x: vocab.json: tokens \"a\" and \"b\" have the same id 0")]
    [DataRow("{\"a\": 0, \"b\": 2147483647}", "x: vocab.json: token \"b\": expected an id below 2")]
    [DataRow("{\"\": 0}", "x: vocab.json: token 0 is empty")]
    [DataRow("{\n\"a\\ud800b\": 1,", "x: vocab.json:2: not valid JSON")]
    [DataRow("{\n\"a\\ud800b\": 1}", "x: vocab.json:2: a\\ud800b: its name is not valid text: half a surrogate pair")]
    [DataRow("{\"a\": 0,\n\"b\": \"\\ud800\"}", "x: vocab.json:2: token \"b\": expected a non-negative integer id")]
    [DataRow("{\"a\": 0}", "x: vocab.json: expected a token for every byte")]
    public void Create_BadVocab_SaysWhatIsWrong(string vocab, string message) => RequireRefusal(vocab, Merges, message);

    [TestMethod]
    [DataRow("#version: 0.2\nh e\nhe", "x: merges.txt:3: expected two tokens")]
    [DataRow("h e\nh e x", "x: merges.txt:2: expected two tokens")]
    [DataRow("h e\n e", "x: merges.txt:2: expected two tokens")]
    [DataRow("h e\nh ", "x: merges.txt:2: expected two tokens")]
    [DataRow("h qqq", "x: merges.txt:1: expected tokens of the vocabulary, got \"qqq\"")]
    [DataRow("Q Q", "x: merges.txt:1: expected tokens of the vocabulary, got \"QQ\"")]
    [DataRow("h e\nh e", "x: merges.txt:2: merge \"h e\" is there twice")]
    public void Create_BadMerges_SaysWhatIsWrong(string merges, string message) => RequireRefusal(Vocab, merges, message);

    [TestMethod]
    public void Create_MergesNotUtf8_SaysWhatIsWrong()
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() =>
            Gpt2Tokenizer.Create(new MemoryStream(Encoding.UTF8.GetBytes(Vocab)), new MemoryStream([(byte)'h', 0xFF]), "x"));
        Assert.StartsWith("x: merges.txt: not valid UTF-8", thrown.Message);
    }

    [TestMethod]
    public void Create_WithoutEndOfText_HasNone()
    {
        var vocab = Vocab.Replace(", \"<|endoftext|>\": 1107", "", StringComparison.Ordinal);
        var tokenizer = Create(Encoding.UTF8.GetBytes(vocab), Encoding.UTF8.GetBytes(Merges));
        Assert.IsNull(tokenizer.EndOfText);
        Assert.AreEqual("<|endoftext|>", tokenizer.Decode(tokenizer.Encode("<|endoftext|>")));
    }

    [TestMethod]
    [Timeout(60_000)]
    public void Create_MutatedFiles_WorksOrSaysWhatIsWrong()
    {
        var random = new Random(11);
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 2000; i++)
        {
            var (vocab, merges) = (Encoding.UTF8.GetBytes(Vocab), Encoding.UTF8.GetBytes(Merges));
            if (i % 2 == 0) vocab = i % 4 == 0 ? Mutate(vocab, random) : SwapIds(random);
            else merges = i % 4 == 1 ? Mutate(merges, random) : SwapLines(random);
            try
            {
                var tokenizer = Create(vocab, merges);
                const string text = "Van done in twelve. 😀 'tis <|endoftext|> the    Snowqueen";
                Assert.IsNotEmpty(tokenizer.Encode(text));
                tokenizer.Decode(tokenizer.Encode(text));
                accepted++;
            }
            catch (InvalidDataException exception)
            {
                Assert.StartsWith("x: ", exception.Message);
                Assert.DoesNotContain("\n", exception.Message);
                refused++;
            }
        }
        Assert.IsGreaterThan(100, accepted);
        Assert.IsGreaterThan(100, refused);
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var list = bytes.ToList();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(4))
            {
                case 0: list[at] = (byte)random.Next(256); break;
                case 1: list.RemoveRange(at, Math.Min(random.Next(1, 50), list.Count - at)); break;
                case 2: list.InsertRange(at, list.GetRange(at, Math.Min(random.Next(1, 50), list.Count - at))); break;
                default: list[at] ^= (byte)(1 << random.Next(8)); break;
            }
        }
        return [.. list];
    }

    private static byte[] SwapIds(Random random)
    {
        var (a, b) = (random.Next(1108), random.Next(1108));
        return Encoding.UTF8.GetBytes(Numbers().Replace(Vocab, match =>
            match.Value == $": {a}" ? $": {b}" : match.Value == $": {b}" ? $": {a}" : match.Value));
    }

    private static byte[] SwapLines(Random random)
    {
        var lines = Merges.Split('\n');
        var (a, b) = (random.Next(1, lines.Length), random.Next(1, lines.Length));
        (lines[a], lines[b]) = (lines[b], lines[a]);
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }

    private static Gpt2Tokenizer Create(byte[] vocab, byte[] merges) =>
        Gpt2Tokenizer.Create(new MemoryStream(vocab), new MemoryStream(merges), "x");

    private static void RequireRefusal(string vocab, string merges, string message)
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() =>
            Create(Encoding.UTF8.GetBytes(vocab), Encoding.UTF8.GetBytes(merges)));
        Assert.StartsWith(message, thrown.Message);
        Assert.DoesNotContain("\n", thrown.Message);
    }

    [GeneratedRegex(": [0-9]+")]
    private static partial Regex Numbers();
}
