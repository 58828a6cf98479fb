using System.Diagnostics;

namespace SeqCont.Architecture.Tests;

/// <summary>
/// The libraries' public API is text under version control, so that a change of it is seen and meant. To accept one:
/// <c>dotnet run -c Release --project tools/SeqCont.Tools -- public-api tests/data/api</c>.
/// </summary>
[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void PublicApi_EqualsTheSnapshot()
    {
        var actual = Directory.CreateTempSubdirectory("seqcont-api").FullName;
        try
        {
            using var tool = Process.Start(new ProcessStartInfo(
                "dotnet", [Path.Combine(AppContext.BaseDirectory, "SeqCont.Tools.dll"), "public-api", actual]))!;
            tool.WaitForExit();
            Assert.AreEqual(0, tool.ExitCode);
            var expected = Path.Combine(Repository.Root, "tests", "data", "api");
            var names = Directory.EnumerateFiles(actual).Select(Path.GetFileName).Order().ToArray();
            CollectionAssert.AreEqual(Directory.EnumerateFiles(expected).Select(Path.GetFileName).Order().ToArray(), names);
            foreach (var name in names)
                Assert.AreEqual(File.ReadAllText(Path.Combine(expected, name!)), File.ReadAllText(Path.Combine(actual, name!)),
                    $"{name}: the public API changed; see this class's comment.");
        }
        finally
        {
            Directory.Delete(actual, recursive: true);
        }
    }
}
