using System.Buffers.Binary;
using System.Text;
using SeqCont.Testing;

namespace SeqCont.Model.Tests.Weights;

/// <summary>
/// Thousands of damaged files: each loads, or is an InvalidDataException of one line; none crashes, hangs or
/// makes the reader allocate beyond a small multiple of the file.
/// </summary>
[TestClass]
public sealed class HostileFileTests
{
    private const int Trials = 20_000;

    private static readonly string[] Fragments =
        ["-1", "0", "9223372036854775807", "18446744073709551616", "1e308", "[]", "{}", "null", "true", "\"\"", "\"F16\"", "\"I64\"",
            "\"\\ud800\"",
         "\\u0000", "[[[[", "]]", "}}", ",", ":", "{\"a\":1}", "\"wte.weight\"", "\"__metadata__\"", "0.5", "é", "\"data_offsets\":[0,4]"];

    [TestMethod]
    public void Safetensors_Damaged_LoadsOrSaysWhy()
    {
        var random = new Random(11);
        var sources = new[] { Small(), File.ReadAllBytes(TestFiles.Data("tiny", "models", "tiny-2x3", "model.safetensors")) };
        var (refused, accepted) = (0, 0);
        for (var trial = 0; trial < Trials; trial++)
        {
            var bytes = Damage(sources[trial % 8 == 0 ? 1 : 0], random);
            if (Survives($"trial {trial}", bytes.Length, () => ReadEverything(bytes))) accepted++;
            else refused++;
        }
        Assert.IsGreaterThan(Trials / 2, refused);
        Assert.IsGreaterThan(Trials / 20, accepted);
    }

    [TestMethod]
    public void Model_DamagedWeightsOrConfig_LoadsOrSaysWhy()
    {
        var random = new Random(12);
        var config = File.ReadAllBytes(TestFiles.Data("tiny", "models", "tiny-2x3", "config.json"));
        var weights = File.ReadAllBytes(TestFiles.Data("tiny", "models", "tiny-2x3", "model.safetensors"));
        var (refused, accepted) = (0, 0);
        for (var trial = 0; trial < Trials; trial++)
        {
            var (json, tensors) = trial % 3 == 0 ? (config, Damage(weights, random)) : (DamageText(config, random), weights);
            if (Survives($"trial {trial}", json.Length + tensors.Length, () => LoadModel(json, tensors))) accepted++;
            else refused++;
        }
        Assert.IsGreaterThan(Trials / 3, refused);
        Assert.IsGreaterThan(Trials / 20, accepted);
    }

    private static bool Survives(string trial, int bytes, Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read();
            return true;
        }
        catch (InvalidDataException error)
        {
            Assert.IsFalse(error.Message.Any(char.IsControl), $"{trial}: {error.Message}");
            Assert.IsLessThan(2000, error.Message.Length, trial);
            return false;
        }
        catch (Exception error)
        {
            throw new AssertFailedException($"{trial}: {error}");
        }
        finally
        {
            Assert.IsLessThan(50L * bytes + 1_000_000, GC.GetAllocatedBytesForCurrentThread() - before, $"{trial}: allocated too much");
        }
    }

    private static void ReadEverything(byte[] bytes)
    {
        using var file = SafetensorsFile.FromMemory(bytes, "x");
        foreach (var name in file.Names)
        {
            if (file.Entry(name).DType is "I64" or "I32") file.ReadIntegers(name);
            else file.Open(name).Doubles();
        }
    }

    private static void LoadModel(byte[] config, byte[] bytes)
    {
        using var weights = ModelLoader.Load("x", config, "config.json", new WeightFiles(SafetensorsFile.FromMemory(bytes, "x")));
        _ = weights.WE.Doubles();
    }

    private static byte[] Damage(byte[] source, Random random)
    {
        var bytes = source.ToArray();
        var header = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        switch (random.Next(6))
        {
            case 0: // bits of the header
                for (var flips = random.Next(1, 4); flips > 0; flips--) bytes[8 + random.Next(header)] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1: // cut short, anywhere or in the first bytes
                return bytes[..random.Next(random.Next(2) == 0 ? bytes.Length : 40)];
            case 2: // the header's length
                var length = random.Next(3) switch
                {
                    0 => (ulong)random.NextInt64(),
                    1 => (ulong)random.Next(2 * header),
                    _ => (ulong)(header + random.Next(-3, 4))
                };
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
                return bytes;
            case 3: // more or fewer data
                return random.Next(2) == 0 ? [.. bytes, .. new byte[random.Next(1, 20)]] : bytes[..^random.Next(1, 20)];
            case 4: // values: always sound
                bytes[8 + header + random.Next(bytes.Length - 8 - header)] ^= (byte)random.Next(1, 256);
                return bytes;
            default: // the header's text, with its length kept right
                var text = DamageText(bytes[8..(8 + header)], random);
                byte[] edited = [.. new byte[8], .. text, .. bytes[(8 + header)..]];
                BinaryPrimitives.WriteUInt64LittleEndian(edited, (ulong)text.Length);
                return edited;
        }
    }

    private static byte[] DamageText(byte[] text, Random random)
    {
        var at = random.Next(text.Length);
        var length = Math.Min(random.Next(12), text.Length - at);
        var fragment = Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]);
        return random.Next(5) switch
        {
            0 => [.. text[..at], .. text[(at + length)..]],
            1 => [.. text[..at], .. fragment, .. text[at..]],
            2 => [.. text[..at], .. fragment, .. text[(at + length)..]],
            3 => [.. text[..at], .. text[at..(at + length)], .. text[at..]],
            _ => ReplaceNumber(text, random),
        };
    }

    // Another number in the place of one of the text's numbers.
    private static byte[] ReplaceNumber(byte[] text, Random random)
    {
        var starts = Enumerable.Range(1, text.Length - 1)
            .Where(i => char.IsAsciiDigit((char)text[i]) && !char.IsAsciiDigit((char)text[i - 1])).ToArray();
        var start = starts[random.Next(starts.Length)];
        var end = start;
        while (end < text.Length && char.IsAsciiDigit((char)text[end])) end++;
        string[] numbers = ["0", "-1", "1", "2", "3", "7", "2147483647", "2147483648", "4611686018427387904", "1e3", "12.0"];
        return [.. text[..start], .. Encoding.ASCII.GetBytes(numbers[random.Next(numbers.Length)]), .. text[end..]];
    }

    private static byte[] Small() => SafetensorsBytes.Make(
        """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F16","shape":"""
            + """[4],"data_offsets":[24,32]},"c":{"dtype":"I64","shape":[1,2],"data_offsets":[32,48]}}""", 48);
}
