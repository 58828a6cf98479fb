using System.Globalization;
using SeqCont.Fuzz;
using SeqCont.Fuzz.Formats;

// Nothing that is read here may reach a network.
Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
Environment.SetEnvironmentVariable("NO_COLOR", "1");
Coverage.Start();
try
{
    return new FuzzCommand(args).Run();
}
catch (FormatException exception)
{
    var names = string.Join(", ", AllFormats.List.Select(format => format.Name));
    Console.Error.WriteLine($"error: {exception.Message} Formats: all, {names}.");
    return 2;
}

/// <summary>What was typed: formats, and options with one value each.</summary>
internal sealed class FuzzCommand
{
    private readonly Dictionary<string, string> _values = new()
    {
        ["--seconds"] = "",
        ["--inputs"] = "",
        ["--seed"] = "1",
        ["--corpus"] = "",
        ["--crashes"] = "crashes",
        ["--replay"] = "",
        ["--afl"] = "",
    };

    private readonly List<FuzzFormat> _formats = [];

    /// <summary>Parses.</summary>
    /// <exception cref="FormatException">It cannot be meant.</exception>
    public FuzzCommand(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (_values.ContainsKey(args[i]) && i + 1 < args.Length) _values[args[i]] = args[++i];
            else if (args[i].StartsWith('-'))
                throw new FormatException($"{args[i]}: expected {string.Join(", ", _values.Keys)}, each with a value.");
            else
            {
                FuzzFormat[] named = [.. AllFormats.List.Where(format => args[i] == "all" || format.Name == args[i])];
                _formats.AddRange(named.Length > 0 ? named : throw new FormatException($"{args[i]}: no such format."));
            }
        }

        if (_formats.Count == 0) _formats.AddRange(AllFormats.List);
    }

    /// <summary>Runs; 1 where an input went wrong.</summary>
    public int Run()
    {
        if (_values["--replay"].Length > 0) return Replay(_values["--replay"]);
        if (_values["--afl"].Length > 0) return UnderAfl();
        var budget = new FuzzBudget(
            Number("--inputs") ?? (_values["--seconds"].Length > 0 ? long.MaxValue : 10_000),
            Number("--seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue);
        var corpus = _values["--corpus"] is { Length: > 0 } own ? own : null;
        var (crashes, inputs, longest, largest, time) = (0, 0L, 0.0, 0L, 0.0);
        Console.WriteLine(
            $"{"format",-24} {"inputs",9} {"outcomes",8} {"branches",8} {"crashes",7} {"longest ms",10} {"largest KB",10} {"inputs/s",8}");
        foreach (var format in _formats)
        {
            FuzzResult result;
            using (var last = new LastInput(_values["--crashes"], format.Name))
                result = Fuzzer.Run(format, Corpus.Seeds(format, corpus), Seed, budget, last);
            Print(result.Format, result.Inputs, $"{result.Outcomes}", $"{(Coverage.IsOn ? result.Branches : "")}", result.Crashes.Count,
                result.LongestMilliseconds, result.LargestAllocation, result.Seconds);
            foreach (var crash in result.Crashes) Save(format, crash);
            (crashes, inputs, time) = (crashes + result.Crashes.Count, inputs + result.Inputs, time + result.Seconds);
            (longest, largest) = (Math.Max(longest, result.LongestMilliseconds), Math.Max(largest, result.LargestAllocation));
        }

        Print("all", inputs, "", "", crashes, longest, largest, time);
        if (Directory.Exists(_values["--crashes"]) && !Directory.EnumerateFileSystemEntries(_values["--crashes"]).Any())
            Directory.Delete(_values["--crashes"]);
        return crashes == 0 ? 0 : 1;
    }

    private int Seed => (int)(Number("--seed") ?? 1);

    private static void Print(
        string name, long inputs, string outcomes, string branches, int crashes, double longest, long largest, double seconds) =>
        Console.WriteLine(FormattableString.Invariant($"{name,-24} {inputs,9} {outcomes,8} {branches,8} {crashes,7} {longest,10:0.0} ")
            + FormattableString.Invariant($"{largest / 1024,10} {inputs / Math.Max(seconds, 1e-3),8:0}"));

    private long? Number(string name) => _values[name].Length == 0 ? null
        : long.TryParse(_values[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException($"{name}: expected a whole number, got '{_values[name]}'.");

    private void Save(FuzzFormat format, Crash crash)
    {
        var path = Path.Combine(_values["--crashes"], format.Name, crash.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, crash.Input);
        Console.WriteLine($"  crash: {format.Name}, seed {Seed}, input {crash.Number}: {Judge.Printable(First(crash.Outcome.Fault!, 3))}");
        Console.WriteLine($"    again: dotnet run -c Release --project tools/SeqCont.Fuzz -- {format.Name} --replay {path}");
    }

    private static string First(string text, int lines) => string.Join(" | ", text.Split('\n').Take(lines).Select(line => line.Trim()));

    // AFL++ gives inputs on the standard input, and sees a fault as an exception that nobody caught.
    private int UnderAfl()
    {
        using var scratch = new Scratch();
        var judge = new Judge(_formats[0], _formats[0].Open(scratch));
        SharpFuzz.Fuzzer.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            if (judge.Of(input.ToArray()).Fault is { } fault) throw new BrokenPromise(fault);
        });
        return 0;
    }

    private int Replay(string path)
    {
        using var scratch = new Scratch();
        var outcome = new Judge(_formats[0], _formats[0].Open(scratch)).Of(LastInput.Read(path));
        Console.WriteLine(
            FormattableString.Invariant($"{outcome.Kind}; {outcome.Milliseconds:0.0} ms, {outcome.Allocated} bytes allocated"));
        if (outcome.Fault is not null) Console.WriteLine(outcome.Fault);
        return outcome.Fault is null ? 0 : 1;
    }
}
