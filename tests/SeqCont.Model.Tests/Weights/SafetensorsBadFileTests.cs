using System.Text;
using static SeqCont.Model.Tests.Weights.SafetensorsBytes;

namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class SafetensorsBadFileTests
{
    private const string A = """ "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]} """;

    [TestMethod]
    [DataRow("[1]", 0, "not a JSON object")]
    [DataRow(" {}", 0, "not a JSON object")]
    [DataRow("{  ", 0, "not valid JSON")]
    [DataRow("{} {}", 0, "header")]
    [DataRow("{}x", 0, "not valid JSON")]
    [DataRow("""{"a":5}""", 0, "'a'", "expected a JSON object", "Number")]
    [DataRow("""{"a":null}""", 0, "'a'", "expected a JSON object")]
    [DataRow("""{"a":{}}""", 0, "'a'", "no dtype")]
    [DataRow("""{"a":{"dtype":"F32"}}""", 0, "'a'", "no shape")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "'a'", "no data_offsets")]
    [DataRow("""{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "unknown dtype 'F31'")]
    [DataRow("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "unexpected 'dtype' of type Number")]
    [DataRow("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "dtype is given twice")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "'a'", "shape is given twice")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"scale":2}}""", 4, "'a'", "unexpected 'scale'")]
    [DataRow("""{"a":{"dtype":"F32","shape":4,"data_offsets":[0,4]}}""", 4, "'a'", "shape: expected an array")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "'a'", "shape: expected whole numbers")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "'a'", "shape: expected whole numbers")]
    [DataRow("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "'a'", "shape: expected whole numbers")]
    [DataRow("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "'a'", "shape: expected whole numbers")]
    [DataRow("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "'a'", "shape: expected whole numbers")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "'a'", "does not fit 63 bits")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", 0, "'a'", "does not fit 63 bits")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "'a'", "expected [begin, end]")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "'a'", "begin <= end")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "'a'", "data_offsets: expected whole numbers")]
    [DataRow("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a'", "expected 12 bytes for F32 [3], got 8")]
    [DataRow("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8, "'a'", "expected 4 bytes for F16 [2], got 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "'a'", "end 8 lies beyond the data section of 7 bytes")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775800,9223372036854775804]}}""", 4, "'a'", "lies beyond")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "'b'",
        "overlaps")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8,
        "overlaps")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "'b'",
        "hole", "expected begin 4, got 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a'", "hole")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "end at byte 4", "8 bytes")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a'",
        "listed twice")]
    [DataRow("""{"__metadata__":{"k":1}}""", 0, "__metadata__", "'k'", "Number")]
    [DataRow("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "__metadata__", "'k'", "twice")]
    [DataRow("""{"__metadata__":"text"}""", 0, "__metadata__", "expected a JSON object")]
    [DataRow("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "not valid JSON")]
    [DataRow("""{"a\nb\u2028":5}""", 0, "a\\nb\\u2028")]
    public void FromMemory_BadHeader_NamesFileAndTensor(string header, int dataBytes, params string[] parts)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Open(header, dataBytes));
        AssertMessage(error, ["some.safetensors: ", .. parts]);
    }

    [TestMethod]
    public void FromMemory_ManyNestedArrays_IsAnError()
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Open("{\"a\":" + new string('[', 100_000), 0));
        AssertMessage(error, "some.safetensors: ");
    }

    [TestMethod]
    public void FromMemory_TooManyTensorsOrAxes_IsAnError()
    {
        var tensors = string.Join(",", Enumerable.Range(0, 100_001)
            .Select(i => $"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"));
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Open("{" + tensors + "}", 0)), "some.safetensors: ",
            "more than 100000 tensors");
        var ones = string.Join(",", Enumerable.Repeat(1, 17));
        var wide = "{\"a\":{\"dtype\":\"U8\",\"shape\":[" + ones + "],\"data_offsets\":[0,1]}}";
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => Open(wide, 1)), "tensor 'a'", "shape: expected at most 16 numbers");
    }

    [TestMethod]
    public void FromMemory_LfsPointer_IsNamed()
    {
        var pointer = Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 548105171\n");
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.FromMemory(pointer, "x")), "x: ", "Git LFS pointer");
    }

    [TestMethod]
    public void FromMemory_NotUtf8_IsAnError()
    {
        byte[] header = [.. Encoding.ASCII.GetBytes("{\"a"), 0xff, .. Encoding.ASCII.GetBytes("\":{}}")];
        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.FromMemory(Make(header, 0), "x"));
        AssertMessage(error, "x: ", "not UTF-8");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(9)]
    public void FromMemory_TooShort_IsAnError(int bytes)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.FromMemory(new byte[bytes], "x"));
        AssertMessage(error, "x: ", "at least 10 bytes", $"got {bytes}");
    }

    [TestMethod]
    [DataRow(60UL)]
    [DataRow(100_000_001UL)]
    [DataRow(0x7fffffffffffffffUL)]
    [DataRow(0xffffffffffffffffUL)]
    public void FromMemory_HeaderLongerThanFile_IsAnErrorBeforeAnythingIsAllocated(ulong claimed)
    {
        var bytes = Make(Encoding.UTF8.GetBytes("{" + A + "}"), 0, claimed);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.FromMemory(bytes, "x"));
        Assert.IsLessThan(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
        AssertMessage(error, "x: ", $"claims {claimed} bytes");
    }

    [TestMethod]
    public void FromFile_HeaderAboveTheBound_IsAnErrorBeforeItIsRead()
    {
        using var folder = new TempFolder();
        var path = folder.File("huge.safetensors");
        using (var stream = File.Create(path))
        {
            stream.Write(BitConverter.GetBytes(150_000_000UL));
            stream.SetLength(200_000_000);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsFile.FromFile(path));
        Assert.IsLessThan(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
        AssertMessage(error, path, "at most 100000000");
    }

    [TestMethod]
    public void FromFile_Missing_IsFileNotFound() =>
        Assert.ThrowsExactly<FileNotFoundException>(() =>
            SafetensorsFile.FromFile(Path.Combine(Path.GetTempPath(), "seqcont-no-such-file")));

    [TestMethod]
    public void FromFile_CutShortWhileOpen_ReadIsAnError()
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Windows does not let another writer cut an open file.");
        using var folder = new TempFolder();
        var path = folder.File("a.safetensors");
        File.WriteAllBytes(path, Make("{" + A + "}", 8));
        using var file = SafetensorsFile.FromFile(path);
        Cut(path);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => file.Open("a").Floats());
        AssertMessage(error, path, "became shorter");
    }

    [TestMethod]
    public void Open_WrongKind_NamesTensorAndDType()
    {
        using var file = Open(
            """{"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"u":{"dtype":"U8","shape":[1],"data_offsets":[8,9]},"f":"""
                + """{"dtype":"F32","shape":[1],"data_offsets":[9,13]},"none":{"dtype":"F32","shape":[0,3],"data_offsets":[13,13]}}""", 13);
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => file.Open("i")), "some.safetensors: tensor 'i'", "got I64");
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => file.Open("u")), "tensor 'u'", "got U8");
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => file.Open("none")), "tensor 'none'", "[0, 3]");
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => file.ReadIntegers("f")), "tensor 'f'", "got F32");
        AssertMessage(Assert.ThrowsExactly<InvalidDataException>(() => file.Open("g")), "tensor 'g'", "not in the file");
    }

    [TestMethod]
    public void Read_OutOfRangeOrDisposed_Throws()
    {
        var file = Open("{" + A + "}", 8);
        var tensor = file.Open("a");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tensor.Read(1, new float[2]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tensor.Read(-1, new double[1]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tensor.Read(long.MaxValue, new float[2]));
        file.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => tensor.Read(0, new float[2]));
    }

    // Another program's view of the file: locks between .NET handles are advisory and would stop this one.
    private static void Cut(string path)
    {
        using var process = System.Diagnostics.Process.Start("truncate", ["-s", "70", path]);
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode);
    }
}
