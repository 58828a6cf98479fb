using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Cli.Tests;

/// <summary>The demo model with some of its numbers changed.</summary>
internal static class ExtremeModel
{
    /// <summary>Changes one tensor's numbers: index and value to value.</summary>
    public readonly record struct Change(string Tensor, Func<int, float, float> Of);

    /// <summary>Every number times a factor, within float32.</summary>
    public static Change Times(string tensor, float factor) =>
        new(tensor, (_, value) => Math.Clamp(value * factor, float.MinValue, float.MaxValue));

    /// <summary>Every number the same.</summary>
    public static Change All(string tensor, float value) => new(tensor, (_, _) => value);

    /// <summary>One number.</summary>
    public static Change One(string tensor, int at, float value) => new(tensor, (i, old) => i == at ? value : old);

    /// <summary>Writes the model's files into a folder.</summary>
    public static string Write(string folder, params ReadOnlySpan<Change> changes)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])["config.json", "vocab.json", "merges.txt"])
            File.WriteAllBytes(Path.Combine(folder, name), Read(name));
        var bytes = Read("model.safetensors");
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        foreach (var change in changes)
        {
            var offsets = header.RootElement.GetProperty(change.Tensor).GetProperty("data_offsets");
            var values = MemoryMarshal.Cast<byte, float>(
                bytes.AsSpan(8 + headerLength)[offsets[0].GetInt32()..offsets[1].GetInt32()]);
            for (var i = 0; i < values.Length; i++) values[i] = change.Of(i, values[i]);
        }

        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), bytes);
        return folder;
    }

    private static byte[] Read(string name)
    {
        using var stream = DemoModel.Open(name);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
