using System.Text;
using System.Text.RegularExpressions;

namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed partial class TaskGeneratorTests
{
    private static readonly TaskGenerator Generator = new(TaskFixtures.DemoWords, TaskFixtures.DemoTokenizer);

    [TestMethod]
    [DataRow("numerals")]
    [DataRow("numwords")]
    [DataRow("months")]
    public void Generate_Prompts_HaveTheStudysShape(string task)
    {
        var members = TaskFixtures.DemoWords.Members[task].ToList();
        var prompts = Generator.Generate(task, 200, seed: 0);
        Assert.HasCount(600, prompts.Clean);
        Assert.HasCount(600, prompts.Corrupt);
        Assert.HasCount(600, prompts.Clean.Select(row => row.Text).Distinct().ToList());
        for (var i = 0; i < 600; i++)
        {
            var (clean, corrupt) = (Parse(prompts.Clean[i]), Parse(prompts.Corrupt[i]));
            var start = i % 200 % 8;
            Assert.AreEqual(new[] { "done", "lost", "born" }[i / 200], clean.Verb);
            Assert.AreEqual(clean.Verb, corrupt.Verb);
            CollectionAssert.AreEqual(members.GetRange(start, 4), clean.Members);
            Assert.AreEqual(" " + members[start + 4], prompts.Clean[i].Corr.Text);
            Assert.AreEqual(" " + members[start + 3], prompts.Clean[i].Incorr.Text);
            Assert.AreEqual((prompts.Clean[i].Corr, prompts.Clean[i].Incorr), (prompts.Corrupt[i].Corr, prompts.Corrupt[i].Incorr));
            CollectionAssert.AreEqual(clean.Words, corrupt.Words);
            CollectionAssert.AllItemsAreUnique(clean.Words);
            Assert.AreNotEqual(members.IndexOf(corrupt.Members[2]) + 1, members.IndexOf(corrupt.Members[3]));
            RequireFields(prompts.Clean[i], clean.Members, StudyData.Templates[i / 200]);
            RequireFields(prompts.Corrupt[i], corrupt.Members, StudyData.Templates[i / 200]);
        }
    }

    [TestMethod]
    public void Generate_CorruptedMembers_CoverAllMembersAndRepeat()
    {
        var corrupt = Generator.Generate("months", 512, seed: 4).Corrupt.Select(row => Parse(row).Members).ToList();
        for (var place = 0; place < 4; place++)
            Assert.HasCount(12, corrupt.Select(members => members[place]).Distinct().ToList());
        Assert.IsGreaterThan(500, corrupt.Count(members => members.Distinct().Count() < 4));
    }

    [TestMethod]
    public void Generate_DemoTokenizer_GivesPromptsOfOneLength()
    {
        foreach (var task in TaskFixtures.Tasks)
        {
            var prompts = Generator.Generate(task, 64, seed: 1);
            foreach (var rows in new[] { prompts.Clean, prompts.Corrupt })
                foreach (var tokens in PromptSet.Create(
                    rows, TaskFixtures.DemoTokenizer, TaskFixtures.Sizes(64, 1108), null, prompts.CleanSource).Tokens)
                    Assert.HasCount(23, tokens);
        }
    }

    [TestMethod]
    public void Generate_Seed_MeansTheSamePromptsForEver()
    {
        var prompts = Generator.Generate("numerals", 64, seed: 0);
        Assert.AreEqual("generator seed 0", prompts.CleanSource);
        Assert.AreEqual("Gold done in 1. Moon done in 2. Snake done in 3. Coin done in 4. Nut done in", prompts.Clean[0].Text);
        Assert.AreEqual("Gold done in 7. Moon done in 4. Snake done in 5. Coin done in 3. Nut done in", prompts.Corrupt[0].Text);
        Assert.AreEqual(
            "0672f05f5755baa57576d37999ca2f29fed855aad183a397ee928c4e5c7619a8",
            PromptSet.Create(prompts.Clean, TaskFixtures.DemoTokenizer, TaskFixtures.Sizes(64, 1108), null, "p").Sha256);
        Assert.AreNotEqual(prompts.Clean[0].Text, Generator.Generate("numerals", 64, seed: 1).Clean[0].Text);
    }

    [TestMethod]
    public void Generate_FewerSamples_AreTheFirstOfMore()
    {
        var (few, many) = (Generator.Generate("months", 5, seed: 9), Generator.Generate("months", 40, seed: 9));
        for (var i = 0; i < 15; i++)
        {
            Assert.AreEqual(many.Clean[(i / 5 * 40) + (i % 5)].Text, few.Clean[i].Text);
            Assert.AreEqual(many.Corrupt[(i / 5 * 40) + (i % 5)].Text, few.Corrupt[i].Text);
        }
    }

    [TestMethod]
    public void Generate_WordsOfSeveralTokens_AreNotUsed()
    {
        var words = TaskFixtures.DemoWords with { Objects = ["Zyzzyva", "Xylophone", .. TaskFixtures.DemoWords.Objects.Take(6)] };
        var used = new TaskGenerator(words, TaskFixtures.DemoTokenizer).Generate("numerals", 100, seed: 2).Clean.Take(200)
            .SelectMany(row => Parse(row).Words);
        CollectionAssert.AreEquivalent(words.Objects.Skip(2).ToList(), used.Distinct().ToList());
    }

    [TestMethod]
    public void Generate_NotPossible_SaysWhy()
    {
        Assert.StartsWith("task: expected one of months, numerals, numwords, got \"years\".",
            Assert.ThrowsExactly<ArgumentException>(() => Generator.Generate("years", 1, 0)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Generator.Generate("months", 0, 0));
        RequireRefusal(TaskFixtures.DemoWords with { Objects = ["Van", "Hat", "Zyzzyva", "Sun", "Oil"] }, 1,
            "template done: expected more than 4 words that are one token");
        RequireRefusal(TaskFixtures.DemoWords with { Objects = ["Van", "Hat", "Ring", "Sun", "Oil"] }, 961,
            "template done: expected words for 961 different prompts, got 5 words.");
        RequireRefusal(TaskFixtures.DemoWords with
        {
            Members =
            new Dictionary<string, IReadOnlyList<string>> { ["numerals"] = ["1", "2", "12345", "4", "5"] }
        }, 1,
            "\" 12345\": expected exactly one token");
        RequireRefusal(TaskFixtures.DemoWords with
        {
            Members =
            new Dictionary<string, IReadOnlyList<string>> { ["numerals"] = ["1", "2"] }
        }, 1,
            "numerals: expected more than 4 members, got 2.");
    }

    [TestMethod]
    [DataRow("", "words.json:1: not valid JSON")]
    [DataRow("null", "words.json: expected a JSON object, got null.")]
    [DataRow("{\"objects\": 5}", "words.json:1: objects: expected a list of words, got 5.")]
    [DataRow("{\"objects\": []}", "words.json: names: missing; expected a list of words.")]
    [DataRow("{\"objects\": [null], \"names\": [], \"verbs\": [], \"templates\": {}, \"sequences\": {}, \"task_members\": {}}",
        "words.json:1: objects[0]: expected a word that is not empty, got null.")]
    [DataRow("{\"objects\": [], \"names\": [], \"verbs\": [], \"templates\": {}, \"sequences\": {}, \"task_members\": {\"m\": null}}",
        "words.json:1: task_members.m: expected a list of words, got null.")]
    [DataRow("{\"objects\": [], \"names\": [], \"verbs\": [], \"templates\": {\"t\": null}, \"sequences\": {}, \"task_members\": {}}",
        "words.json:1: templates.t: expected an object, got null.")]
    [DataRow("{\"objects\": null, \"names\": [], \"verbs\": [], \"templates\": {}, \"sequences\": {}, \"task_members\": {}}",
        "words.json:1: objects: expected a list of words, got null.")]
    public void ReadWords_BadFile_NamesIt(string json, string message)
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(
            () => TaskWords.Read(new MemoryStream(Encoding.UTF8.GetBytes(json)), "words.json"));
        Assert.StartsWith(message, thrown.Message);
    }

    [TestMethod]
    public void SplitMix64_SeedZero_GivesThePublishedSequence()
    {
        // Stream 0 starts where the published generator of that first output's seed starts.
        var state = 0xE220A8397B1DCDAFUL;
        var expected = Reference(ref state);
        Assert.AreEqual(expected, new SplitMix64(0).Next());
        Assert.AreNotEqual(expected, new SplitMix64(0, stream: 1).Next());
        Assert.AreNotEqual(expected, new SplitMix64(1).Next());
    }

    [TestMethod]
    public void SplitMix64_Bound_IsMetEvenly()
    {
        var draws = new SplitMix64(6);
        var counts = new int[7];
        for (var i = 0; i < 7000; i++) counts[draws.Next(7)]++;
        foreach (var count in counts) Assert.IsInRange(850, 1150, count);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => draws.Next(0));
    }

    private static ulong Reference(ref ulong state)
    {
        state = unchecked(state + 0x9E3779B97F4A7C15UL);
        var bits = unchecked((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL);
        bits = unchecked((bits ^ (bits >> 27)) * 0x94D049BB133111EBUL);
        return bits ^ (bits >> 31);
    }

    private static void RequireRefusal(TaskWords words, int numSamps, string message) =>
        Assert.StartsWith(message, Assert.ThrowsExactly<InvalidDataException>(
            () => new TaskGenerator(words, TaskFixtures.DemoTokenizer).Generate("numerals", numSamps, 0)).Message);

    private static void RequireFields(PromptRow row, List<string> members, string template)
    {
        var fields = row.Other.ToDictionary(field => field.Key, field => field.Value.Text());
        CollectionAssert.AreEqual(members, new[] { fields["S1"], fields["S2"], fields["S3"], fields["S4"] });
        Assert.AreEqual(template, fields["template"]);
    }

    private static (List<string> Words, List<string> Members, string Verb) Parse(PromptRow row)
    {
        var match = Shape().Match(row.Text!);
        Assert.IsTrue(match.Success, row.Text);
        var verbs = match.Groups["verb"].Captures.Select(capture => capture.Value).Distinct().ToList();
        Assert.HasCount(1, verbs);
        return (match.Groups["word"].Captures.Select(capture => capture.Value).ToList(),
            match.Groups["member"].Captures.Select(capture => capture.Value).ToList(), verbs[0]);
    }

    [GeneratedRegex(@"^(?:(?<word>\w+) (?<verb>\w+) in (?<member>\w+)\. ){4}(?<word>\w+) (?<verb>\w+) in$")]
    private static partial Regex Shape();
}
