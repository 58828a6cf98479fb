using System.Buffers.Binary;
using System.Text;

namespace SeqCont.Model.Tests.Weights;

/// <summary>Safetensors files made by hand, sound or not.</summary>
internal static class SafetensorsBytes
{
    /// <summary>Eight bytes of header length, the header, data bytes 0, 1, 2, ...</summary>
    internal static byte[] Make(string header, int dataBytes) => Make(Encoding.UTF8.GetBytes(header), dataBytes);

    internal static byte[] Make(byte[] header, int dataBytes, ulong? claimed = null)
    {
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed ?? (ulong)header.Length);
        header.CopyTo(bytes, 8);
        for (var i = 0; i < dataBytes; i++) bytes[8 + header.Length + i] = (byte)i;
        return bytes;
    }

    internal static SafetensorsFile Open(string header, int dataBytes) =>
        SafetensorsFile.FromMemory(Make(header, dataBytes), "some.safetensors");

    internal static double[] Doubles(this Engine.Tensor tensor)
    {
        var values = new double[tensor.Length];
        tensor.Read(0, values.AsSpan());
        return values;
    }

    internal static float[] Floats(this Engine.Tensor tensor)
    {
        var values = new float[tensor.Length];
        tensor.Read(0, values.AsSpan());
        return values;
    }

    /// <summary>The message is one line and has the parts.</summary>
    internal static void AssertMessage(Exception error, params ReadOnlySpan<string> parts)
    {
        Assert.IsFalse(error.Message.AsSpan().ContainsAny('\n', '\r'), error.Message);
        foreach (var part in parts) Assert.Contains(part, error.Message);
    }
}

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("seqcont-").FullName;

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    internal void CopyFrom(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) System.IO.File.Copy(file, File(System.IO.Path.GetFileName(file)));
    }

    public void Dispose() => Directory.Delete(Path, true);
}
