namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class SafetensorsWriterTests
{
    [TestMethod]
    public void Writer_RowsOfEveryKind_ReadBack()
    {
        using var folder = new TempFolder();
        var path = folder.File("x.safetensors");
        using (var writer = new SafetensorsWriter(
            path, [("none", "F32", [0, 2]), ("f", "F32", [3, 2]), ("i", "I64", [2]), ("h", "F16", [2]), ("last", "F32", [0])],
            new Dictionary<string, string> { ["k"] = "v\n\"" }))
        {
            for (var row = 0; row < 3; row++) writer.Append("f", [row, row + 0.5f]);
            writer.Append("i", [long.MinValue, 7L]);
            writer.Append("h", [1.5f, -2f]);
            Assert.IsFalse(File.Exists(path), "Not in place before it is complete.");
            writer.Complete();
        }
        using var file = SafetensorsFile.FromFile(path);
        Assert.AreEqual("v\n\"", file.Metadata["k"]);
        CollectionAssert.AreEqual(new[] { 0, 0.5, 1, 1.5, 2, 2.5 }, file.Open("f").Doubles());
        CollectionAssert.AreEqual(new[] { long.MinValue, 7L }, file.ReadIntegers("i"));
        CollectionAssert.AreEqual(new[] { 1.5, -2 }, file.Open("h").Doubles());
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Writer_NotCompleted_LeavesTheOldFileAndNothingElse()
    {
        using var folder = new TempFolder();
        var path = folder.File("x.safetensors");
        File.WriteAllText(path, "old");
        using (var writer = new SafetensorsWriter(path, [("f", "F32", [2])]))
        {
            writer.Append("f", [1f]);
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => writer.Complete());
            Assert.Contains("expected 2 elements, got 1", error.Message);
        }
        Assert.AreEqual("old", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Writer_Misuse_Throws()
    {
        using var folder = new TempFolder();
        using var writer = new SafetensorsWriter(folder.File("x"), [("f", "F32", [2]), ("i", "I64", [2])]);
        Assert.ThrowsExactly<ArgumentException>(() => writer.Append("f", [1L]));
        Assert.ThrowsExactly<ArgumentException>(() => writer.Append("f", [1f, 2f, 3f]));
        writer.Append("f", [1.0]);
        Assert.ThrowsExactly<ArgumentException>(() => writer.Append("f", [1.0, 2.0]));
        Assert.ThrowsExactly<ArgumentException>(() => writer.Append("i", [1.0]));
        writer.Append("i", [1L, 2L]);
        Assert.ThrowsExactly<ArgumentException>(() => writer.Append("i", [1L]));
        Assert.ThrowsExactly<ArgumentException>(() => writer.Append("none", [1L]));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => writer.Complete());
        Assert.Contains("tensor 'f': expected 2 elements, got 1", error.Message);
    }

    [TestMethod]
    public void Writer_BadDeclaration_Throws()
    {
        using var folder = new TempFolder();
        Assert.ThrowsExactly<ArgumentException>(() => new SafetensorsWriter(folder.File("x"), [("a", "F32", [1]), ("a", "F32", [1])]));
        Assert.ThrowsExactly<ArgumentException>(() => new SafetensorsWriter(folder.File("x"), [("__metadata__", "F32", [1])]));
        Assert.ThrowsExactly<ArgumentException>(() => new SafetensorsWriter(folder.File("x"), [("a", "U8", [1])]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new SafetensorsWriter(folder.File("x"), [("a", "F32", [-1])]));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }
}
