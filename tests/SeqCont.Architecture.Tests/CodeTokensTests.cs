using SeqCont.Tools;

namespace SeqCont.Architecture.Tests;

/// <summary>The measure that the sources are held to.</summary>
[TestClass]
public sealed class CodeTokensTests
{
    private const string Source = "using System;\n// a comment\nclass A { int Sum(int a, int b) { var c = a + b; return c * a; } }\n";

    [TestMethod]
    public void Count_CommentsAndUsings_AreLeftOut() => Assert.AreEqual(27, Read(Source).Count);

    [TestMethod]
    [DataRow("class B { int Add(int x, int y) { var z = x + y; return z * x; } }", 1)]
    [DataRow("class B { int Add(int x, int y) { var z = x + y; return z * y; } }", 0)]
    [DataRow("class B { int Add(int x, int y) { var z = x - y; return z * x; } }", 0)]
    public void Clones_RenamedOneToOne_AreFound(string other, int expected)
    {
        var clones = Read(Source, other).Clones(27);
        Assert.HasCount(expected, clones);
        if (expected > 0) Assert.StartsWith("27 tokens: ", clones[0]);
    }

    private static CodeTokens Read(params string[] sources)
    {
        var folder = Directory.CreateTempSubdirectory("seqcont-test-");
        try
        {
            for (var i = 0; i < sources.Length; i++) File.WriteAllText(Path.Combine(folder.FullName, $"{i}.cs"), sources[i]);
            return CodeTokens.Read([folder.FullName]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
