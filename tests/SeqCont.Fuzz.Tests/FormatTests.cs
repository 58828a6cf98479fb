using SeqCont.Fuzz.Formats;

namespace SeqCont.Fuzz.Tests;

/// <summary>
/// Damaged inputs of every format, some hundreds of each, and all that once went wrong: each is read, or refused in one line by a
/// documented exception, within time and memory.
/// </summary>
[TestClass]
public sealed class FormatTests
{
    public static IEnumerable<string> Names => AllFormats.List.Select(format => format.Name);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Inputs_Damaged_AreReadOrRefusedInOneLine(string name)
    {
        var format = AllFormats.List.Single(format => format.Name == name);
        var result = Fuzzer.Run(format, Corpus.Seeds(format), 11, new FuzzBudget(format.TestInputs, TimeSpan.MaxValue));
        Assert.IsEmpty(result.Crashes, string.Join(Environment.NewLine,
            result.Crashes.Select(crash => $"{name}, seed 11, input {crash.Number}: {crash.Outcome.Fault}")));
        Assert.IsGreaterThan(1, result.Outcomes, "all inputs went the same way: the reader is not reached");
    }

    [TestMethod]
    public void Corpus_EveryFile_BelongsToAFormatAndIsSmall()
    {
        foreach (var folder in (string[])["corpus", "regressions"])
        {
            foreach (var own in Directory.GetDirectories(Path.Combine(Corpus.Root, folder)))
            {
                var name = Path.GetFileName(own);
                Assert.IsTrue(AllFormats.List.Any(format => format.Name == name || format.Corpus == name), own);
                foreach (var file in Directory.GetFiles(own)) Assert.IsLessThanOrEqualTo(1L << 16, new FileInfo(file).Length, file);
            }
        }
    }

    [TestMethod]
    public void Corpus_EveryFile_IsRead()
    {
        foreach (var format in AllFormats.List)
        {
            using var scratch = new Scratch();
            var judge = new Judge(format, format.Open(scratch));
            var read = Corpus.Seeds(format).Count(seed => judge.Of(seed).Kind.StartsWith("read", StringComparison.Ordinal));
            Assert.IsGreaterThan(0, read, $"{format.Name}: no file of its corpus is read");
        }
    }
}
