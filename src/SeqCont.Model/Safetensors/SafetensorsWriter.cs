using System.Numerics;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// Writes a safetensors file piece by piece, so that arrays larger than memory can be written. The tensors are
/// declared first and then filled in that order. The file is written beside its place and moved there by
/// <see cref="Complete"/>; without that, nothing remains.
/// </summary>
/// <param name="path">The file's place. An existing file is replaced when the new one is complete.</param>
/// <param name="tensors">Names, types (F32, F16, BF16, F64, I64) and shapes (no negative size), in the order in which they are
/// filled.</param>
/// <param name="metadata">Entries of __metadata__, or null.</param>
/// <exception cref="ArgumentException">A name is used twice or reserved, a type is not writable, a size is negative.</exception>
/// <exception cref="IOException">The file cannot be made, or the disk has not got the room.</exception>
public sealed class SafetensorsWriter(
    string path, IReadOnlyList<(string Name, string DType, IReadOnlyList<long> Shape)> tensors,
    IReadOnlyDictionary<string, string>? metadata = null) : IDisposable
{
    private readonly SafetensorsPieces _file = new(path, tensors, metadata);
    private int _current;
    private long _written;

    /// <summary>Writes tensors of numbers to a file, reading them piece by piece.</summary>
    /// <param name="path">The file's place.</param>
    /// <param name="tensors">Names and tensors.</param>
    /// <param name="dtype">F32, F16, BF16 or F64.</param>
    /// <param name="metadata">Entries of __metadata__, or null.</param>
    public static void Write(
        string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, string dtype = "F32",
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        using var writer = new SafetensorsWriter(
            path, [.. tensors.Select(item => (item.Name, dtype, (IReadOnlyList<long>)[.. item.Tensor.Shape]))], metadata);
        foreach (var (name, tensor) in tensors) tensor.ReadPieces(piece => writer.Append(name, piece));
        writer.Complete();
    }

    /// <summary>Writes the next elements of a tensor, in C order, rounded to its type.</summary>
    /// <typeparam name="T">long for a tensor of type I64, double or float for one of numbers.</typeparam>
    /// <param name="name">The tensor whose turn it is.</param>
    /// <param name="values">Its next elements: a row, a block, everything.</param>
    /// <exception cref="InvalidOperationException">It is another tensor's turn, or these are too many elements.</exception>
    public void Append<T>(string name, ReadOnlySpan<T> values) where T : unmanaged, INumber<T>
    {
        InvalidOperationException Bad(string problem) => new($"{_file.Path}: tensor '{name}': {problem}");
        var entry = Next();
        if (entry is null || entry.Name != name) throw Bad($"expected '{entry?.Name ?? "nothing more"}' next.");
        if (!SafetensorsPieces.Takes<T>(entry)) throw Bad($"its dtype is {entry.DType}.");
        if (values.Length > entry.Length - _written)
            throw Bad($"expected at most {entry.Length - _written} more elements, got {values.Length}.");
        _file.Write(name, _written, values);
        _written += values.Length;
    }

    /// <summary>Puts the file in its place.</summary>
    /// <exception cref="InvalidOperationException">A tensor is not filled.</exception>
    public void Complete()
    {
        if (Next() is { } entry)
            throw new InvalidOperationException($"{_file.Path}: tensor '{entry.Name}': expected {entry.Length} elements, got {_written}.");
        _file.Complete();
    }

    /// <summary>Ends writing; a file that was not completed is removed.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>The tensor whose turn it is; null after the last.</summary>
    private SafetensorsEntry? Next()
    {
        for (; _current < _file.Entries.Count && _written == _file.Entries[_current].Length; _written = 0) _current++;
        return _file.Entries.ElementAtOrDefault(_current);
    }
}
