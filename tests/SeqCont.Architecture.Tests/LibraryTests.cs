using System.Diagnostics;
using System.Xml.Linq;

namespace SeqCont.Architecture.Tests;

/// <summary>The rooms as libraries: an outsider's program, and what packages say.</summary>
[TestClass]
public sealed class LibraryTests
{
    [TestMethod]
    public void Example_ThirtyLines_FindTheDemosCircuit()
    {
        Assert.IsLessThanOrEqualTo(30, File.ReadAllLines(Path.Combine(Repository.Root, "tools", "library-example", "Program.cs")).Length);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "SeqCont.LibraryExample.dll"));
        using var process = Process.Start(start)!;
        var printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode);
        Assert.Contains("circuit: a0.h0, a0.h1, a0.h2, a0.h3, a0.h4, a0.h5, a0.h6, a0.h7, m0, m1, m2, m3", printed);
        Assert.Contains("faithfulness 0.8146, 48 candidates", printed);
    }

    [TestMethod]
    [DataRow("kernels/SeqCont.Kernels")]
    [DataRow("src/SeqCont.Engine")]
    [DataRow("src/SeqCont.Model")]
    [DataRow("src/SeqCont.Circuits")]
    [DataRow("src/SeqCont.Reports")]
    public void Room_IsAPackage_ThatSaysWhatItIsFor(string room)
    {
        var project = Path.Combine(Repository.Root, room, $"{Path.GetFileName(room)}.csproj");
        Assert.IsGreaterThan(40, XDocument.Load(project).Descendants("Description").Single().Value.Length);
        Assert.IsEmpty(XDocument.Load(project).Descendants("IsPackable"), "packed as Directory.Build.props says");
    }
}
