namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class StudyDataTests
{
    [TestMethod]
    [DataRow("numerals")]
    [DataRow("numwords")]
    [DataRow("months")]
    public void Read_PublishedFolder_PairsCleanAndCorrupted(string task)
    {
        var folder = TaskFixtures.StudyFolder();
        var prompts = StudyData.Read(folder, task, StudyData.Templates, 3);
        Assert.HasCount(9, prompts.Clean);
        var random = File.ReadLines(Path.Combine(folder, $"randDS_{task}.jsonl")).ToArray();
        for (var i = 0; i < 9; i++)
        {
            var partner = (i / 3 * 512) + (i % 3);
            Assert.Contains($"\"text\": \"{prompts.Corrupt[i].Text}\"", random[partner]);
            Assert.AreEqual(Words(prompts.Clean[i]), Words(prompts.Corrupt[i]));
        }
        StringAssert.Contains(prompts.Clean[0].Text, " done in ");
        StringAssert.Contains(prompts.Clean[3].Text, " lost in ");
        StringAssert.Contains(prompts.Clean[6].Text, " born in ");
        StringAssert.Contains(prompts.CleanSource, $"{task}_prompts_lost.jsonl");
        Assert.HasCount(1536, StudyData.Read(folder, task, StudyData.Templates, 512).Clean);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => StudyData.Read(folder, task, StudyData.Templates, 513)).Message,
            $"randDS_{task}.jsonl: expected 513 corrupted prompts per template, got 512.");
    }

    [TestMethod]
    public void Read_OnlyPickles_ReadsThem()
    {
        var published = TaskFixtures.StudyFolder();
        TaskFixtures.InTempFolder(folder =>
        {
            foreach (var file in Directory.GetFiles(published, "*months*.pkl"))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            var prompts = StudyData.Read(folder, "months", StudyData.Templates, 20);
            CollectionAssert.AreEqual(
                StudyData.Read(published, "months", StudyData.Templates, 20).Corrupt.Select(TaskFixtures.Show).ToArray(),
                prompts.Corrupt.Select(TaskFixtures.Show).ToArray());
            Assert.EndsWith("randDS_months.pkl", prompts.CorruptSource);
        });
    }

    [TestMethod]
    public void Read_MissingOrShortFiles_NamesThem() => TaskFixtures.InTempFolder(folder =>
    {
        Assert.ThrowsExactly<DirectoryNotFoundException>(
            () => StudyData.Read(Path.Combine(folder, "no"), "numerals", StudyData.Templates, 1));
        RequireMessage<FileNotFoundException>(folder, 1, "randDS_numerals.jsonl: not found, nor randDS_numerals.pkl beside it.");
        Write(folder, "randDS_numerals", 7);
        RequireMessage<InvalidDataException>(
            folder, 1, "randDS_numerals.jsonl: expected equally many rows for each of 3 templates, got 7 rows.");
        Write(folder, "randDS_numerals", 9);
        RequireMessage<FileNotFoundException>(
            folder, 1, "numerals_prompts_done.jsonl: not found, nor numerals_prompts_done.pkl beside it.");
        foreach (var template in StudyData.Templates) Write(folder, $"numerals_prompts_{template}", 2);
        Assert.HasCount(6, StudyData.Read(folder, "numerals", StudyData.Templates, 2).Clean);
        RequireMessage<InvalidDataException>(folder, 3, "numerals_prompts_done.jsonl: expected at least 3 prompts, got 2.");
        RequireMessage<InvalidDataException>(folder, 4, "randDS_numerals.jsonl: expected 4 corrupted prompts per template, got 3.");
        Write(folder, "numerals_prompts_lost", 3, corr: " 9");
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => StudyData.Read(folder, "numerals", StudyData.Templates, 2));
        StringAssert.Contains(
            thrown.Message, "randDS_numerals.jsonl: row 4: expected the answers of its clean prompt, \" 9\" and \" 4\" (");
    });

    [TestMethod]
    public void Read_FolderOfTheTasksName_IsUsedWhereTheFolderHasNone() => TaskFixtures.InTempFolder(folder =>
    {
        var inside = Directory.CreateDirectory(Path.Combine(folder, "numerals")).FullName;
        RequireMessage<FileNotFoundException>(
            folder, 1, Path.Combine("numerals", "randDS_numerals.jsonl: not found, nor randDS_numerals.pkl beside it."));
        Write(inside, "randDS_numerals", 3, corr: " 6");
        foreach (var template in StudyData.Templates) Write(inside, $"numerals_prompts_{template}", 1, corr: " 6");
        Assert.AreEqual(
            Path.Combine(inside, "randDS_numerals.jsonl"), StudyData.Read(folder, "numerals", StudyData.Templates, 1).CorruptSource);
        Write(folder, "randDS_numerals", 3);
        foreach (var template in StudyData.Templates) Write(folder, $"numerals_prompts_{template}", 1);
        Assert.AreEqual(
            Path.Combine(folder, "randDS_numerals.jsonl"), StudyData.Read(folder, "numerals", StudyData.Templates, 1).CorruptSource,
            "What lies in the folder itself comes first.");
    });

    private static void RequireMessage<T>(string folder, int numSamps, string message)
        where T : Exception =>
        Assert.AreEqual(
            Path.Combine(folder, message), Assert.ThrowsExactly<T>(
                () => StudyData.Read(folder, "numerals", StudyData.Templates, numSamps)).Message);

    private static void Write(string folder, string name, int count, string corr = " 5") =>
        PromptFile.Write(
            Path.Combine(folder, name + ".jsonl"), Enumerable.Range(0, count).Select(i => TaskFixtures.TextRow($"row {i}", corr)),
            overwrite: true);

    private static string Words(PromptRow row) => string.Join(' ', row.Text!.Split(' ').Where((_, i) => i % 4 == 0));
}
