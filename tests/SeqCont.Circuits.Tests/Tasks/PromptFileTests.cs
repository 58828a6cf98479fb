using System.Text;

namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class PromptFileTests
{
    [TestMethod]
    public void ReadJsonl_TextAndTokens_GivesRowsAndKeepsOtherFields()
    {
        var rows = Read("""
            {"S1": "1", "text": "A in 1.", "corr": " 5", "incorr": " 4", "note": {"deep": [1, 2.50]}}

            {"tokens": [5, 17, 0], "corr": 9, "incorr": 3}
            """ + "\r\n  \r\n");
        Assert.HasCount(2, rows);
        Assert.AreEqual("A in 1.||\" 5\"|\" 4\"|S1=1;note={\"deep\": [1, 2.50]}", TaskFixtures.Show(rows[0]));
        Assert.AreEqual("|5 17 0|9|3|", TaskFixtures.Show(rows[1]));
    }

    [TestMethod]
    [DataRow("[1]", "expected a JSON object, got a list.")]
    [DataRow("{\"text\": \"a\"", "not valid JSON")]
    [DataRow("{\"text\": \"a\", \"corr\": \"b\", \"incorr\": \"c\"} x", "not valid JSON")]
    [DataRow("{\"text\": \"a\", \"text\": \"b\", \"corr\": \"b\", \"incorr\": \"c\"}", "text: is there twice.")]
    [DataRow("{\"text\": \"a\", \"incorr\": \"c\"}", "field corr is missing.")]
    [DataRow("{\"text\": \"a\", \"corr\": \"c\"}", "field incorr is missing.")]
    [DataRow("{\"corr\": \"b\", \"incorr\": \"c\"}", "expected a field text or tokens, got neither.")]
    [DataRow("{\"text\": \"a\", \"tokens\": [1], \"corr\": 1, \"incorr\": 2}", "expected a field text or tokens, got both.")]
    [DataRow("{\"text\": \"\", \"corr\": \"b\", \"incorr\": \"c\"}", "text: expected text that is not empty, got \"\".")]
    [DataRow("{\"text\": 7, \"corr\": \"b\", \"incorr\": \"c\"}", "text: expected text that is not empty, got 7.")]
    [DataRow("{\"text\": \"a\", \"corr\": \"\", \"incorr\": \"c\"}", "corr: expected text that is not empty, got \"\".")]
    [DataRow("{\"text\": \"a\", \"corr\": null, \"incorr\": \"c\"}", "corr: expected text or a token id of 0 or more, got null.")]
    [DataRow("{\"text\": \"a\", \"corr\": 3, \"incorr\": \"c\"}", "corr: expected text, as the row has text, got 3.")]
    [DataRow("{\"tokens\": [1], \"corr\": 3, \"incorr\": \"c\"}", "incorr: expected a token id, as the row has tokens, got \"c\".")]
    [DataRow("{\"tokens\": [1], \"corr\": 3, \"incorr\": \"c\\n\"}", "incorr: expected a token id, as the row has tokens, got \"c\\n\".")]
    [DataRow("{\"tokens\": [1], \"corr\": -3, \"incorr\": 1}", "corr: expected text or a token id of 0 or more, got -3.")]
    [DataRow("{\"tokens\": [1], \"corr\": 1.5, \"incorr\": 1}", "corr: expected text or a token id of 0 or more, got 1.5.")]
    [DataRow("{\"tokens\": [], \"corr\": 3, \"incorr\": 1}", "tokens: expected a list of token ids that is not empty, got an empty list.")]
    [DataRow("{\"tokens\": \"1 2\", \"corr\": 3, \"incorr\": 1}", "tokens: expected a list of token ids that is not empty, got \"1 2\".")]
    [DataRow("{\"tokens\": [1, -2], \"corr\": 3, \"incorr\": 1}", "tokens[1]: expected token ids, integers of 0 or more, got -2.")]
    [DataRow("{\"tokens\": [1, 99999999999], \"corr\": 3, \"incorr\": 1}",
        "tokens[1]: expected token ids, integers of 0 or more, got 99999999999.")]
    [DataRow("{\"text\": \"\\ud800\", \"corr\": \"b\", \"incorr\": \"c\"}", "text: not valid text: half a surrogate pair.")]
    [DataRow("{\"\\ud800\": 1, \"text\": \"a\", \"corr\": \"b\", \"incorr\": \"c\"}",
        @"\ud800: its name is not valid text: half a surrogate pair.")]
    public void ReadJsonl_BadLine_NamesFileLineAndFault(string line, string message)
    {
        var good = """{"text": "a", "corr": "b", "incorr": "c"}""";
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => Read($"{good}\n\n{line}\n{good}"));
        Assert.StartsWith("p.jsonl:3: " + message, thrown.Message);
        Assert.DoesNotContain("\n", thrown.Message);
    }

    [TestMethod]
    public void ReadJsonl_DeepOrLongLine_IsRefused()
    {
        var deep = Assert.ThrowsExactly<InvalidDataException>(() => Read(new string('[', 100_000)));
        Assert.StartsWith("p.jsonl:1: not valid JSON", deep.Message);
        var endless = Assert.ThrowsExactly<InvalidDataException>(() => Read("\n" + new string(' ', PromptFile.MaxLineLength + 1)));
        Assert.AreEqual("p.jsonl:2: expected a line of at most 1048576 characters, got more.", endless.Message);
    }

    [TestMethod]
    public void ReadJsonl_MissingFileOrBadUtf8_IsRefused() => TaskFixtures.InTempFolder(folder =>
    {
        var path = Path.Combine(folder, "p.jsonl");
        Assert.StartsWith($"{path}: not found", Assert.ThrowsExactly<FileNotFoundException>(() => PromptFile.Read(path)).Message);
        File.WriteAllBytes(path, [(byte)'{', 0xFF, (byte)'}']);
        Assert.StartsWith($"{path}:1: not valid UTF-8", Assert.ThrowsExactly<InvalidDataException>(() => PromptFile.Read(path)).Message);
    });

    [TestMethod]
    public void WriteJsonl_ReadBack_GivesTheSameRows() => TaskFixtures.InTempFolder(folder =>
    {
        var rows = Read("""
            {"text": "Ä \"q\" \\ 😀 <b>", "corr": " ö", "incorr": " 4", "S1": "é", "x": [1.50,null,{"y":true}]}
            {"tokens": [5, 17, 0], "corr": 9, "incorr": 3, "template": "done"}
            """);
        var path = Path.Combine(folder, "out.jsonl");
        PromptFile.Write(path, rows);
        CollectionAssert.AreEqual(rows.Select(TaskFixtures.Show).ToArray(), PromptFile.Read(path).Select(TaskFixtures.Show).ToArray());
        Assert.AreEqual("""{"tokens":[5,17,0],"corr":9,"incorr":3,"template":"done"}""", File.ReadAllLines(path)[1]);
        Assert.HasCount(1, Directory.GetFiles(folder));
    });

    [TestMethod]
    public void WriteJsonl_FileIsThere_IsKeptUnlessOverwritten() => TaskFixtures.InTempFolder(folder =>
    {
        var path = Path.Combine(folder, "out.jsonl");
        File.WriteAllText(path, "old");
        var thrown = Assert.ThrowsExactly<IOException>(() => PromptFile.Write(path, [TaskFixtures.TextRow("a")]));
        Assert.AreEqual($"{path}: is there already and is not overwritten.", thrown.Message);
        Assert.AreEqual("old", File.ReadAllText(path));
        Assert.ThrowsExactly<NotSupportedException>(() => PromptFile.Write(path, FailingRows(), overwrite: true));
        Assert.AreEqual("old", File.ReadAllText(path));
        PromptFile.Write(path, [TaskFixtures.TextRow("a")], overwrite: true);
        Assert.AreEqual("""{"text":"a","corr":" 5","incorr":" 4"}""" + "\n", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(folder));
    });

    [TestMethod]
    [Timeout(60_000)]
    public void ReadJsonl_MutatedLines_WorksOrNamesTheLine()
    {
        var original = Encoding.UTF8.GetBytes("""
            {"text": "Van done in 1. Hat", "corr": " 5", "incorr": " 4", "S1": "1"}
            {"tokens": [5, 17, 0], "corr": 9, "incorr": 3}
            """);
        var random = new Random(5);
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 5000; i++)
        {
            var bytes = (byte[])original.Clone();
            for (var count = random.Next(1, 4); count > 0; count--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(i % 2 == 0 ? 128 : 256);
            try
            {
                using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, true));
                PromptFile.ReadJsonl(reader, "p.jsonl");
                accepted++;
            }
            catch (InvalidDataException exception)
            {
                Assert.StartsWith("p.jsonl:", exception.Message);
                Assert.DoesNotContain("\n", exception.Message);
                refused++;
            }
        }
        Assert.IsGreaterThan(100, accepted);
        Assert.IsGreaterThan(100, refused);
    }

    private static IEnumerable<PromptRow> FailingRows()
    {
        yield return TaskFixtures.TextRow("a");
        throw new NotSupportedException();
    }

    private static IReadOnlyList<PromptRow> Read(string text) => PromptFile.ReadJsonl(new StringReader(text), "p.jsonl");
}
