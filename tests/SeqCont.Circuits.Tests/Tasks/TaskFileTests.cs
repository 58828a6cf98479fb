using System.Text;
using System.Text.RegularExpressions;

namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class TaskFileTests
{
    private const string Members = """ "members": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] """;

    private static readonly TaskGenerator Generator = new(TaskFixtures.DemoWords, TaskFixtures.DemoTokenizer);

    [TestMethod]
    public void Read_MembersOnly_HasTheStudysTemplatesAndTheBuiltInWords()
    {
        var task = Read($"{{{Members}}}");
        Assert.AreEqual("file", task.Name);
        Assert.AreEqual(3, task.Starts);
        CollectionAssert.AreEqual(StudyData.Templates.ToArray(), task.TemplateNames.ToArray());
        CollectionAssert.AreEqual(TaskFixtures.DemoWords.Names.ToArray(), task.Words["names"].ToArray());
        Assert.IsEmpty(task.Companions);
        var prompts = Generator.Generate(task, 4, seed: 0).Clean;
        Assert.HasCount(12, prompts);
        StringAssert.EndsWith(prompts[1].Text, " done in", StringComparison.Ordinal);
        Assert.Contains("in Tuesday.", prompts[1].Text!);
        Assert.AreEqual((" Saturday", " Friday"), (prompts[1].Corr.Text, prompts[1].Incorr.Text));
    }

    [TestMethod]
    public void Read_Everything_IsUsed()
    {
        var task = Read($$$"""
            {"schema": 1, "name": "days", {{{Members}}},
             "templates": {"b": {"text": "The {word} of {member}!", "words": "mine"},
             "a": {"text": "{word} born in {member}.", "words": "names"}},
             "words": {"mine": ["Gold", "Moon", "Snake", "Coin", "Nut", "Van", "Zyzzyva"]}}
            """);
        Assert.AreEqual("days", task.Name);
        CollectionAssert.AreEqual(new[] { "b", "a" }, task.TemplateNames.ToArray());
        var prompts = Generator.Generate(task, 2, seed: 5).Clean;
        Assert.IsTrue(
            Regex.IsMatch(
                prompts[0].Text!,
                @"^(The (Gold|Moon|Snake|Coin|Nut|Van) of (Mon|Tues|Wednes|Thurs)day! ){4}The (Gold|Moon|Snake|Coin|Nut|Van) of$"),
                prompts[0].Text);
        StringAssert.EndsWith(prompts[2].Text, " born in", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow("", "not valid JSON")]
    [DataRow("[]", "expected a task file, a JSON object")]
    [DataRow("{}", "members: missing; expected the sequence")]
    [DataRow("""{"schema": 2, "members": ["a", "b", "c", "d", "e"]}""", "expected schema 1, got 2")]
    [DataRow("""{"members": ["a", "b", "c", "d"]}""", "members: expected more than 4 members, got 4")]
    [DataRow("""{"members": ["a", "b", "c", "d", "a"]}""", "members: expected different members, got \"a\" twice")]
    [DataRow("""{"members": ["a", "b", 3, "d", "e"]}""", "members[2]: expected text that is not empty, got 3")]
    [DataRow("""{"members": ["a", "b", " c", "d", "e"]}""", "members[2]: expected a word without spaces around it")]
    [DataRow("""{"members": ["a", "b", "{member}", "d", "e"]}""", "members[2]: expected a word without")]
    [DataRow("""{"members": "abcde"}""", "members: expected a list of words")]
    [DataRow("""{"member": ["a", "b", "c", "d", "e"]}""", "member: is not a field of a task file")]
    [DataRow("""{"name": "../x", "members": ["a", "b", "c", "d", "e"]}""", "name: expected letters, digits, - and _")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {}}""", "templates: expected an object of at least one template")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"a/b": {"text": "{word} {member}"}}}""",
        "templates.a/b: expected names of letters")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {}}}""", "templates.t.text: missing; expected text such as")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{member} of {word}"}}}""",
        "templates.t.text: expected one \"{member}\", after a space")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{word} of {member} and {member}"}}}""",
        "templates.t.text: expected one \"{member}\"")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{word} of {thing} {member}"}}}""",
        "templates.t.text: expected no places but")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{other} {member}"}}}""",
        "templates.t.text: expected no {other}")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{word} {member}", "words": "verbs"}}}""",
        "templates.t.words: expected one of names, objects, got \"verbs\"")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{word} {member}"}}, "others": {"members": ["a","""
        + """ "b", "c", "d", "e"]}}""", "templates.t.text: expected the place {other}")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{other} {member}"}}, "others": {"members": ["a"]}}""",
        "others.members: expected more than 4 members, got 1")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{other} {member}"}}, "others": {"members": ["a","""
        + """ "b", "c", "d", "e"], "order": "up"}}""", "others.order: expected in-order or random, got \"up\"")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "words": ["x"]}""", "words: expected an object of word lists")]
    [DataRow("""{"members": ["a", "b", "c", "d", "e"], "members": []}""", ":1: members: is there twice.")]
    public void Read_BadFile_OneLineThatNamesFileAndField(string json, string says)
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => Read(json));
        Assert.StartsWith("t.json:", thrown.Message);
        Assert.Contains(says, thrown.Message);
        Assert.DoesNotContain('\n', thrown.Message);
    }

    [TestMethod]
    public void ReadFile_NameAndSource_AreTheFiles() => TaskFixtures.InTempFolder(folder =>
    {
        var path = Path.Combine(folder, "my-days.json");
        Assert.ThrowsExactly<FileNotFoundException>(() => TaskFile.Read(path, TaskFixtures.DemoWords));
        File.WriteAllText(path, $"{{{Members}}}");
        var task = TaskFile.Read(path, TaskFixtures.DemoWords);
        Assert.AreEqual("my-days", task.Name);
        Assert.AreEqual($"{path}, generator seed 7", Generator.Generate(task, 1, seed: 7).CleanSource);
    });

    [TestMethod]
    public void BuiltIn_EveryTask_MakesPromptsOfOneLength()
    {
        CollectionAssert.IsSubsetOf(
            new[] { "numerals", "numwords", "months", "weekdays", "letters", "ordinals", "interleaved", "interleaved-random" },
            BuiltInTasks.Names.ToArray());
        foreach (var name in BuiltInTasks.Names)
        {
            var task = BuiltInTasks.Open(name, TaskFixtures.DemoWords);
            Assert.AreEqual(name, task.Name);
            var prompts = Generator.Generate(task, 30, seed: 1);
            Assert.HasCount(30 * task.Templates.Count, prompts.Clean);
            var set = PromptSet.Create(prompts.Clean, TaskFixtures.DemoTokenizer, TaskFixtures.Sizes(64, 1108), null, name);
            Assert.HasCount(1, set.Tokens.Select(tokens => tokens.Length).Distinct().ToList(), name);
            Assert.HasCount(set.Count, set.Tokens.Select(tokens => string.Join(' ', tokens)).Distinct().ToList(), name);
        }

        Assert.ThrowsExactly<ArgumentException>(() => BuiltInTasks.Open("years", TaskFixtures.DemoWords));
    }

    [TestMethod]
    [DataRow("interleaved", true)]
    [DataRow("interleaved-random", false)]
    public void Interleaved_Numbers_AreInOrderOrNot(string name, bool inOrder)
    {
        var task = BuiltInTasks.Open(name, TaskFixtures.DemoWords);
        foreach (var row in Generator.Generate(task, 100, seed: 2).Clean)
        {
            var words = row.Text!.Split(' ');
            Assert.HasCount(9, words);
            var months = words.Where((_, i) => i % 2 == 1).Select(word => task.Members.ToList().IndexOf(word)).ToArray();
            CollectionAssert.AreEqual(Enumerable.Range(months[0], 4).ToArray(), months);
            Assert.AreEqual(" " + task.Members[months[^1] + 1], row.Corr.Text);
            var numbers = words.Where((_, i) => i % 2 == 0)
                .Select(word => int.Parse(word, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            if (inOrder) CollectionAssert.AreEqual(Enumerable.Range(numbers[0], 5).ToArray(), numbers);
            else Assert.AreNotEqual(numbers[3] + 1, numbers[4]);
        }
    }

    [TestMethod]
    public void Generate_MoreThanThereAre_SaysHowMany()
    {
        var task = BuiltInTasks.Open("interleaved", TaskFixtures.DemoWords);
        Assert.HasCount(128, Generator.Generate(task, 128, seed: 0).Clean);
        Assert.AreEqual("template bare: expected 129 different prompts, but interleaved has no more than 128.",
            Assert.ThrowsExactly<InvalidDataException>(() => Generator.Generate(task, 129, seed: 0)).Message);
    }

    private static TaskDefinition Read(string json) =>
        TaskFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(json)), "t.json", "file", TaskFixtures.DemoWords);
}
