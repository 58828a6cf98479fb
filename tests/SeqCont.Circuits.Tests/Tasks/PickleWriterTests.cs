using System.Text;

namespace SeqCont.Circuits.Tests;

/// <summary>Prompts as pickles, read back by the reader that knows what Python writes.</summary>
[TestClass]
public sealed class PickleWriterTests
{
    [TestMethod]
    public void Write_EveryKindOfField_ReadsBack() => TaskFixtures.InTempFolder(folder =>
    {
        const string integers = "\"n\":-70000,\"large\":9223372036854775807,\"least\":-2147483649";
        var lines = """
            {"text":"a €\n\\x 😀","corr":" 5","incorr":" 4",INTEGERS,"b":true,"c":false,"z":null,"seen":[1,300],"none":[],"ключ":"é"}
            {"tokens":[5,17,50256],"corr":9,"incorr":3,"S1":"1"}

            """.Replace("INTEGERS", integers, StringComparison.Ordinal);
        var rows = PromptFile.ReadJsonl(new StringReader(lines), "lines");
        var path = Path.Combine(folder, "p.pkl");
        PromptFile.Write(path, rows);
        using var stream = new MemoryStream();
        PromptFile.WriteRows(stream, PromptFile.Read(path));
        Assert.AreEqual(Encoding.UTF8.GetString(JsonLines(rows)), Encoding.UTF8.GetString(stream.ToArray()));
        Assert.ThrowsExactly<IOException>(() => PromptFile.Write(path, rows));
        PromptFile.Write(path, [], overwrite: true);
        Assert.IsEmpty(PromptFile.Read(path));
    });

    /// <summary>
    /// These bytes were given to Python's pickle.loads, which made [{'text': 'a', 'corr': ' 5', 'incorr': ' 4', 'n': [1]}] of them.
    /// </summary>
    [TestMethod]
    public void Write_OneRow_HasTheseBytes() => TaskFixtures.InTempFolder(folder =>
    {
        var path = Path.Combine(folder, "p.pkl");
        PromptFile.Write(path, PromptFile.ReadJsonl(new StringReader("""{"text":"a","corr":" 5","incorr":" 4","n":[1]}"""), "line"));
        Assert.AreEqual("gAJdKH0oWAQAAAB0ZXh0WAEAAABhWAQAAABjb3JyWAIAAAAgNVgGAAAAaW5jb3JyWAIAAAAgNFgBAAAAbl0oSgEAAABldWUu",
            Convert.ToBase64String(File.ReadAllBytes(path)));
    });

    [TestMethod]
    [DataRow("0.5")]
    [DataRow("""{"a":1}""")]
    [DataRow("""[1,"2"]""")]
    [DataRow("9223372036854775808")]
    public void Write_FieldThatPicklesOfPromptsNeverHave_NamesItAndLeavesNothing(string value) => TaskFixtures.InTempFolder(folder =>
    {
        var path = Path.Combine(folder, "p.pkl");
        var rows = PromptFile.ReadJsonl(
            new StringReader("""{"text":"a","corr":"b","incorr":"c"}""" + "\n" + """{"text":"a","corr":"b","incorr":"c","odd":""" + value
                + "}"), "lines");
        var error = Assert.ThrowsExactly<InvalidDataException>(() => PromptFile.Write(path, rows));
        Assert.StartsWith($"{path}: row 2: odd: a pickle takes text", error.Message);
        Assert.IsEmpty(Directory.GetFiles(folder));
    });

    [TestMethod]
    [DataRow("numerals_prompts_done")]
    [DataRow("months_prompts_names")]
    [DataRow("randDS_numwords")]
    public void Write_StudysPrompts_ReadBackAsPublished(string name)
    {
        var study = TaskFixtures.StudyFolder();
        TaskFixtures.InTempFolder(folder =>
        {
            var published = PromptFile.Read(Path.Combine(study, name + ".pkl"));
            PromptFile.Write(Path.Combine(folder, "p.pkl"), published);
            CollectionAssert.AreEqual(JsonLines(published), JsonLines(PromptFile.Read(Path.Combine(folder, "p.pkl"))));
        });
    }

    private static byte[] JsonLines(IEnumerable<PromptRow> rows)
    {
        using var stream = new MemoryStream();
        PromptFile.WriteRows(stream, rows);
        return stream.ToArray();
    }
}
