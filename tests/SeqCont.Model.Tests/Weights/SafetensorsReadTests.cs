using SeqCont.Engine;
using SeqCont.Testing;
using static SeqCont.Model.Tests.Weights.SafetensorsBytes;

namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class SafetensorsReadTests
{
    /// <summary>All 65,536 patterns, at lengths that leave a scalar tail: the widening is the BCL's, bit for bit.</summary>
    [TestMethod]
    public void FromHalf_EveryPattern_EqualsTheScalarConversion()
    {
        var patterns = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var wide = new float[65536];
        Widening.Widen(patterns.AsSpan(0, 65535), wide, isHalf: true);
        for (var i = 0; i < 65535; i++) AssertSame((float)BitConverter.UInt16BitsToHalf(patterns[i]), wide[i], i);
    }

    [TestMethod]
    public void FromBFloat16_EveryPattern_IsTheUpperHalfOfAFloat()
    {
        var patterns = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var wide = new float[65536];
        Widening.Widen(patterns.AsSpan(0, 65533), wide, isHalf: false);
        for (var i = 0; i < 65533; i++) AssertSame(BitConverter.UInt32BitsToSingle((uint)i << 16), wide[i], i);
    }

    [TestMethod]
    [DataRow("F32", 0.0)]
    [DataRow("F64", 0.0)]
    [DataRow("F16", 0.0005)]
    [DataRow("BF16", 0.004)]
    public void WriterAndReader_EachDType_RoundTripWithinItsPrecision(string dtype, double relative)
    {
        using var folder = new TempFolder();
        var path = folder.File("x.safetensors");
        // Longer than a chunk, and a second tensor so that offsets are not all zero.
        var values = Numbers(3, 9001);
        SafetensorsWriter.Write(path, [("first", new ArrayTensor("first", Numbers(4, 7), 7)), ("x", new ArrayTensor("x", values, 9001))],
            dtype);
        using var file = SafetensorsFile.FromFile(path);
        Assert.AreEqual(dtype, file.Entry("x").DType);
        var floats = file.Open("x").Floats();
        var doubles = file.Open("x").Doubles();
        for (var i = 0; i < values.Length; i++)
        {
            Assert.AreEqual(values[i], doubles[i], relative * Math.Abs(values[i]), $"{dtype}[{i}]");
            Assert.AreEqual((float)doubles[i], floats[i], $"{dtype}[{i}]");
        }
        var again = folder.File("again.safetensors");
        SafetensorsWriter.Write(again, [("first", file.Open("first")), ("x", file.Open("x"))], dtype);
        CollectionAssert.AreEqual(File.ReadAllBytes(path), File.ReadAllBytes(again), "What is representable is written back bit for bit.");
    }

    [TestMethod]
    public void Writer_BFloat16_RoundsTiesToEvenAndKeepsNaN()
    {
        // 1 + 2^-8 and 1 + 3 * 2^-8 lie half way between neighbours.
        double[] values = [1 + 1 / 256.0, 1 + 3 / 256.0, double.NaN, double.PositiveInfinity, 1e-40];
        using var folder = new TempFolder();
        SafetensorsWriter.Write(folder.File("x"), [("x", new ArrayTensor("x", values, 5))], "BF16");
        using var file = SafetensorsFile.FromFile(folder.File("x"));
        var read = file.Open("x").Doubles();
        Assert.AreEqual(1.0, read[0]);
        Assert.AreEqual(1 + 4 / 256.0, read[1]);
        Assert.IsTrue(double.IsNaN(read[2]));
        Assert.AreEqual(double.PositiveInfinity, read[3]);
        Assert.AreEqual(1e-40, read[4], 1e-40);
    }

    [TestMethod]
    [DataRow("F32")]
    [DataRow("F64")]
    [DataRow("F16")]
    [DataRow("BF16")]
    public void Read_AnyPiece_EqualsThatPieceOfTheWhole(string dtype)
    {
        using var folder = new TempFolder();
        SafetensorsWriter.Write(folder.File("x"), [("x", new ArrayTensor("x", Numbers(5, 20011), 20011))], dtype);
        using var file = SafetensorsFile.FromFile(folder.File("x"));
        using var copy = SafetensorsFile.FromMemory(File.ReadAllBytes(folder.File("x")), "copy");
        var tensor = file.Open("x");
        var whole = copy.Open("x").Doubles();
        var random = new Random(6);
        for (var trial = 0; trial < 200; trial++)
        {
            var start = random.Next(20011);
            var count = random.Next(20011 - start + 1);
            var wide = new double[count];
            var narrow = new float[count];
            tensor.Read(start, wide.AsSpan());
            tensor.Read(start, narrow.AsSpan());
            Assert.IsTrue(whole.AsSpan(start, count).SequenceEqual(wide), $"{dtype} double {start} {count}");
            for (var i = 0; i < count; i++) Assert.AreEqual((float)wide[i], narrow[i], $"{dtype} float {start} {count}");
        }
    }

    [TestMethod]
    public void Read_FromManyThreads_GivesEveryoneTheSame()
    {
        using var file = SafetensorsFile.FromFile(TestFiles.Data("tiny", "models", "tiny-12x12", "model.safetensors"));
        var names = file.Names;
        var expected = names.ToDictionary(name => name, name => file.Open(name).Doubles());
        Parallel.For(0, 1000, i =>
        {
            var name = names[i * 37 % names.Count];
            Assert.IsTrue(expected[name].AsSpan().SequenceEqual(file.Open(name).Doubles()), name);
        });
    }

    [TestMethod]
    public void FromMemory_EveryKind_ListsAndReads()
    {
        using var file = Open(
            """{"__metadata__":{"format":"pt"},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},"i":{"data_offsets":"""
                + """[2,10],"shape":[1,2],"dtype":"I32"},"s":{"dtype":"F16","shape":[],"data_offsets":"""
                + """[10,12]},"e":{"dtype":"F32","shape":[0],"data_offsets":[12,12]}}   """,
            12);
        CollectionAssert.AreEqual(new[] { "b", "i", "s", "e" }, file.Names.ToArray());
        Assert.AreEqual("pt", file.Metadata["format"]);
        CollectionAssert.AreEqual(new long[] { 0x05040302, 0x09080706 }, file.ReadIntegers("i"));
        CollectionAssert.AreEqual(new long[] { 1, 2 }, file.Entry("i").Shape.ToArray());
        Assert.AreEqual((double)BitConverter.UInt16BitsToHalf(0x0b0a), file.Open("s").Doubles().Single());
        Assert.AreEqual(2L, file.Entry("b").Length);
        Assert.IsFalse(file.Contains("x"));
    }

    [TestMethod]
    public void ReadIntegers_FixtureTokens_AreInTheVocabulary()
    {
        using var file = SafetensorsFile.FromFile(TestFiles.Data("tiny", "a_logits", "tiny-2x3.safetensors"));
        var tokens = file.ReadIntegers("tokens");
        Assert.HasCount(80, tokens);
        Assert.IsTrue(tokens.All(token => token is >= 0 and < 61));
        Assert.IsGreaterThan(10, tokens.Distinct().Count());
    }

    [TestMethod]
    public void ComputeSha256_OfAFile_IsTheHashOfItsBytes()
    {
        var path = TestFiles.Data("tiny", "models", "tiny-2x3", "model.safetensors");
        using var file = SafetensorsFile.FromFile(path);
        Assert.AreEqual(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))),
            new WeightFiles(file).ComputeSha256());
    }

    private static double[] Numbers(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (double)(float)((random.NextDouble() + 0.1) * (random.Next(2) * 2 - 1)))];
    }

    private static void AssertSame(float expected, float actual, int pattern)
    {
        if (float.IsNaN(expected)) Assert.IsTrue(float.IsNaN(actual), $"pattern {pattern:x4}");
        else Assert.AreEqual(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(actual), $"pattern {pattern:x4}");
    }
}
