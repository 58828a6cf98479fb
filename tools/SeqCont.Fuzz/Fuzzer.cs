using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using SeqCont.Fuzz.Mutation;

namespace SeqCont.Fuzz;

/// <summary>How long to go on: by inputs, which makes a run repeatable, or by time.</summary>
/// <param name="Inputs">The most inputs.</param>
/// <param name="Time">The longest time.</param>
internal readonly record struct FuzzBudget(long Inputs, TimeSpan Time);

/// <summary>An input that went wrong.</summary>
/// <param name="Input">Its bytes.</param>
/// <param name="Number">The how many-th it was; 0 for one of the corpus.</param>
/// <param name="Outcome">What became of it.</param>
internal sealed record Crash(byte[] Input, long Number, Outcome Outcome)
{
    /// <summary>A file's name that no other input has.</summary>
    public string Name => Convert.ToHexStringLower(SHA256.HashData(Input))[..16];
}

/// <summary>What a run over one format found.</summary>
internal sealed record FuzzResult(
    string Format, long Inputs, int Outcomes, int Branches, IReadOnlyList<Crash> Crashes, double LongestMilliseconds,
    long LargestAllocation, double Seconds);

/// <summary>Changes and crosses inputs of one format, and keeps those that went a new way as parents of others.</summary>
internal static class Fuzzer
{
    private const int MostParents = 4000;
    private const int MostCrashes = 20;

    /// <summary>Runs.</summary>
    /// <param name="format">The format.</param>
    /// <param name="seeds">Inputs to begin with; each is read as it is.</param>
    /// <param name="seed">Of all choices.</param>
    /// <param name="budget">When to end.</param>
    /// <param name="last">Told every input before it is read; null for none.</param>
    public static FuzzResult Run(FuzzFormat format, IReadOnlyList<byte[]> seeds, int seed, FuzzBudget budget, LastInput? last = null)
    {
        using var scratch = new Scratch();
        var run = new State(new Judge(format, format.Open(scratch)), last);
        foreach (var input in seeds) run.Take(input, 0);
        run.Parents = [.. seeds];
        var random = new Random(SeedOf(format.Name, seed));
        var mutator = new Mutator(format.Make, format.Words, format.Bits, random);
        var clock = Stopwatch.StartNew();
        var number = 0L;
        while (number < budget.Inputs && clock.Elapsed < budget.Time && run.Crashes.Count < MostCrashes)
        {
            // Late parents went new ways: they are chosen as often as all others together.
            var parents = run.Parents;
            var from = random.Next(2) == 0 ? 0 : Math.Max(0, parents.Count - 64);
            run.Take(mutator.Child(parents[random.Next(from, parents.Count)], parents[random.Next(parents.Count)]), ++number);
        }

        return new FuzzResult(format.Name, number, run.Kinds.Count, run.Coverage.Count, run.Crashes, run.Longest, run.Largest,
            clock.Elapsed.TotalSeconds);
    }

    // The same on every machine and in every process, which string.GetHashCode is not.
    private static int SeedOf(string name, int seed) => seed ^ BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private sealed class State(Judge judge, LastInput? last)
    {
        private readonly HashSet<string> _faults = [];

        public List<byte[]> Parents { get; set; } = [];

        public HashSet<string> Kinds { get; } = [];

        public List<Crash> Crashes { get; } = [];

        public Coverage Coverage { get; } = new();

        public double Longest { get; private set; }

        public long Largest { get; private set; }

        public void Take(byte[] input, long number)
        {
            last?.Note(input);
            Coverage.Clear();
            var outcome = judge.Of(input);
            var isNew = Coverage.IsNew();
            if (number > 0) (Longest, Largest) = (Math.Max(Longest, outcome.Milliseconds), Math.Max(Largest, outcome.Allocated));
            if ((Kinds.Add(outcome.Kind) || isNew) && Parents.Count < MostParents) Parents.Add(input);
            // One crash of a kind is enough.
            if (outcome.Fault is not null && _faults.Add(outcome.FaultKind)) Crashes.Add(new Crash(input, number, outcome));
        }
    }
}
