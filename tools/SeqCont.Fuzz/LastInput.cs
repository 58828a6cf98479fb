using System.IO.MemoryMappedFiles;
using SeqCont.Fuzz.Mutation;

namespace SeqCont.Fuzz;

/// <summary>
/// The input that is being read, in a file that outlives the process: where a reader ends the process or never returns, it is there.
/// </summary>
internal sealed class LastInput : IDisposable
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Timer _watch;
    private long _number, _seen;

    /// <summary>Opens the file and starts to watch.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="format">Of the inputs.</param>
    public LastInput(string folder, string format)
    {
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, $"{format}.last");
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Create, null, Mutator.MostBytes + sizeof(int));
        _view = _file.CreateViewAccessor();
        _watch = new Timer(_ => Watch(format), null, Most, Most);
    }

    /// <summary>Notes an input before it is read.</summary>
    public void Note(byte[] input)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(sizeof(int), input, 0, Math.Min(input.Length, Mutator.MostBytes));
        Interlocked.Increment(ref _number);
    }

    /// <summary>The input of a file that a process left behind.</summary>
    public static byte[] Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return path.EndsWith(".last", StringComparison.Ordinal) ? bytes[sizeof(int)..(sizeof(int) + BitConverter.ToInt32(bytes))] : bytes;
    }

    public void Dispose()
    {
        _watch.Dispose();
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    private void Watch(string format)
    {
        var number = Interlocked.Read(ref _number);
        if (number != _seen || number == 0)
        {
            _seen = number;
            return;
        }

        Console.Error.WriteLine($"{format}: no end in {Most.TotalSeconds} s; again: {format} --replay {_path}");
        Environment.Exit(1);
    }
}
