using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>README's walk-through, read from there and run: every command succeeds and leaves the files that its comment names.</summary>
[TestClass]
public sealed class WalkThroughTests
{
    private static readonly string[] Shown =
        ["data generate", "prune nodes", "prune edges", "ablate --data walk/data --each", "attention", "lens", "ov", "compare", "report"];

    [TestMethod]
    public void Readme_WalkThrough_RunsAsItStands()
    {
        var text = File.ReadAllText(Path.Combine(TestFiles.Root, "README.md"));
        var block = text[text.IndexOf("## Walk-through", StringComparison.Ordinal)..].Split("```")[1];
        using var folder = new TemporaryFolder();
        var (commands, promised) = (0, new List<string>());
        foreach (var line in block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('#'))
            {
                promised.AddRange(line[(line.LastIndexOf(':') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
                continue;
            }

            StringAssert.StartsWith(line, "seqcont ");
            string[] args = [.. line.Split(' ')[1..].Select(word => word.StartsWith("walk/", StringComparison.Ordinal)
                ? folder.File(word) : word)];
            var run = Invocation.Run(args);
            Assert.AreEqual(0, run.Code, $"{line}: {run.Error}");
            commands++;
        }

        foreach (var command in Shown) Assert.Contains($"\nseqcont {command} ", block);
        Assert.IsGreaterThan(8, commands);
        Assert.IsGreaterThan(8, promised.Count);
        foreach (var name in promised)
            Assert.IsNotEmpty(Directory.GetFiles(folder.Path, name, SearchOption.AllDirectories), $"{name} was promised and is not there");
    }
}
