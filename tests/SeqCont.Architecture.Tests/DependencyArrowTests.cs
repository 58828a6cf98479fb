using System.Xml.Linq;

namespace SeqCont.Architecture.Tests;

/// <summary>Dependencies point one way: Cli -> Reports -> Circuits -> Model -> Engine -> Kernels.</summary>
[TestClass]
public sealed class DependencyArrowTests
{
    private static readonly string[] Rooms = ["Kernels", "Engine", "Model", "Circuits", "Reports", "Cli"];

    private static string ProjectOf(string room) =>
        Path.Combine(Repository.Root, room == "Kernels" ? "kernels" : "src", $"SeqCont.{room}", $"SeqCont.{room}.csproj");

    private static IEnumerable<string> ReferencesOf(string room) =>
        XDocument.Load(ProjectOf(room)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute(
                "Include")!.Value.Replace('\\', '/'))["SeqCont.".Length..]);

    [TestMethod]
    public void Projects_ReferenceOnlyTheRoomBelow()
    {
        for (var i = 0; i < Rooms.Length; i++)
        {
            string[] expected = i == 0 ? [] : [Rooms[i - 1]];
            CollectionAssert.AreEqual(expected, ReferencesOf(Rooms[i]).ToArray(),
                $"{Rooms[i]} must reference {string.Join(", ", expected)} and nothing else.");
        }
    }

    [TestMethod]
    public void Sources_NameNoRoomAbove()
    {
        var offenders = new List<string>();
        for (var i = 0; i < Rooms.Length; i++)
        {
            var folder = Path.GetDirectoryName(ProjectOf(Rooms[i]))!;
            foreach (var file in SourcesUnder(folder))
                foreach (var above in Rooms.Skip(i + 1))
                    if (File.ReadAllText(file).Contains($"SeqCont.{above}", StringComparison.Ordinal))
                        offenders.Add($"{file} names SeqCont.{above}");
        }
        Assert.IsEmpty(offenders, string.Join(Environment.NewLine, offenders));
    }

    [TestMethod]
    public void Reports_NeverRunAModel()
    {
        var folder = Path.GetDirectoryName(ProjectOf("Reports"))!;
        var offenders = SourcesUnder(folder)
            .Where(file => File.ReadAllText(file).Contains("SeqCont.Engine", StringComparison.Ordinal)).ToArray();
        Assert.IsEmpty(offenders, string.Join(", ", offenders));
    }

    [TestMethod]
    public void UnsafeBlocks_OnlyInKernels()
    {
        foreach (var room in Rooms)
        {
            var allowed = XDocument.Load(ProjectOf(room)).Descendants("AllowUnsafeBlocks").Any();
            Assert.AreEqual(room == "Kernels", allowed, room);
        }
    }

    private static IEnumerable<string> SourcesUnder(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal)
                && !file.Replace('\\', '/').Contains("/bin/", StringComparison.Ordinal));
}
