namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class SafetensorsPiecesTests
{
    [TestMethod]
    public void Write_InAnyOrder_ReadsBackAndLeavesTheRestZero()
    {
        using var folder = new TempFolder();
        var path = folder.File("x.safetensors");
        using (var file = new SafetensorsWriter(path, [("a", "F32", [3, 2]), ("i", "I64", [2]), ("none", "F32", [0]), ("h", "F16", [2, 2])],
            new Dictionary<string, string> { ["k"] = "v" }))
        {
            file.Write("h", 2, [1.5, -2]);
            file.Write("a", 4, [4.5, 5]);
            file.Write("i", 1, [long.MinValue]);
            file.Write("a", 0, [0.5, 1]);
            file.Write("none", 0, ReadOnlySpan<double>.Empty);
            Assert.IsFalse(File.Exists(path), "Not in place before it is complete.");
            Assert.ThrowsExactly<InvalidOperationException>(() => file.Complete(), "Not full.");
            file.Complete(isFull: false);
            Assert.AreEqual(file.Bytes, new FileInfo(path).Length);
        }
        using var read = SafetensorsFile.FromFile(path);
        Assert.AreEqual("v", read.Metadata["k"]);
        CollectionAssert.AreEqual(new[] { 0.5, 1, 0, 0, 4.5, 5 }, read.Open("a").Doubles());
        CollectionAssert.AreEqual(new[] { 0, 0, 1.5, -2 }, read.Open("h").Doubles());
        CollectionAssert.AreEqual(new[] { 0, long.MinValue }, read.ReadIntegers("i"));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Dispose_NotCompleted_LeavesTheOldFileAndNothingElse()
    {
        using var folder = new TempFolder();
        var path = folder.File("x.safetensors");
        File.WriteAllText(path, "old");
        using (var file = new SafetensorsWriter(path, [("a", "F32", [2])])) file.Write("a", 0, [1.0]);
        Assert.AreEqual("old", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Write_Misuse_Throws()
    {
        using var folder = new TempFolder();
        using var file = new SafetensorsWriter(folder.File("x"), [("a", "F32", [2]), ("i", "I64", [2])]);
        Assert.ThrowsExactly<ArgumentException>(() => file.Write("b", 0, [1.0]));
        Assert.ThrowsExactly<ArgumentException>(() => file.Write("i", 0, [1.0]));
        Assert.ThrowsExactly<ArgumentException>(() => file.Write("a", 0, [1L]));
        Assert.ThrowsExactly<ArgumentException>(() => file.Write("a", 1, [1.0, 2.0]));
        Assert.ThrowsExactly<ArgumentException>(() => file.Write("a", -1, [1.0]));
        Assert.Throws<IOException>(() => new SafetensorsWriter(folder.File("no/x"), [("a", "F32", [2])]));
    }

    /// <summary>No disk has an exabyte: the room is taken before any work, and the message names the file that was asked for.</summary>
    [TestMethod]
    public void Open_MoreThanTheDiskHolds_SaysSoAndLeavesNothing()
    {
        using var folder = new TempFolder();
        var path = folder.File("x.safetensors");
        var error = Assert.Throws<IOException>(() => new SafetensorsWriter(path, [("a", "F32", [1L << 58])]));
        Assert.Contains(path, error.Message);
        Assert.DoesNotContain(".partial", error.Message);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }
}
