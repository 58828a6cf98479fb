using SeqCont.Fuzz.Mutation;

namespace SeqCont.Fuzz;

/// <summary>A kind of input that is not trusted, and how it is read.</summary>
/// <param name="Name">As the command line and the corpus folder call it.</param>
/// <param name="Make">What it is made of.</param>
/// <param name="Open">
/// Prepares what stands beside the input, and returns what reads one: it returns in a word what was read, throws what the reader is
/// documented to throw, or <see cref="BrokenPromise"/>.
/// </param>
internal sealed record FuzzFormat(string Name, Make Make, Func<Scratch, Func<byte[], string>> Open)
{
    /// <summary>The corpus folder's name.</summary>
    public string Corpus { get; init; } = Name;

    /// <summary>Words that the format knows, for mutations.</summary>
    public string[] Words { get; init; } = [];

    /// <summary>The same where they are no text.</summary>
    public byte[][] Bits { get; init; } = [];

    /// <summary>Which exceptions say that an input is bad.</summary>
    public Func<Exception, bool> Refuses { get; init; } = exception => exception is InvalidDataException;

    /// <summary>Inputs that a test tries.</summary>
    public int TestInputs { get; init; } = 300;

    /// <summary>Whether other threads than the one that asks read it: what all threads allocate then counts.</summary>
    public bool IsOnManyThreads { get; init; }

    /// <summary>Bytes that may be allocated whatever the input.</summary>
    public long AllowedBytes { get; init; } = 4 << 20;

    /// <summary>Bytes that may be allocated for each byte of the input.</summary>
    public int AllowedPerByte { get; init; } = 200;
}

/// <summary>A reader did not keep what it promises: what was written reads back otherwise, or text went into a page as it was.</summary>
internal sealed class BrokenPromise(string message) : Exception(message);

/// <summary>A folder for one run's files, in memory where the machine has one; gone afterwards.</summary>
internal sealed class Scratch : IDisposable
{
    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"seqcont-fuzz-{Guid.NewGuid():N}")).FullName;

    /// <summary>The place of a file or folder.</summary>
    public string At(params ReadOnlySpan<string> names) => Path.Combine([Folder, .. names]);

    /// <summary>Puts a file in its place, and its folder too.</summary>
    public string Put(byte[] bytes, params ReadOnlySpan<string> names)
    {
        var path = At(names);
        if (names.Length > 1) Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
