using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;

namespace SeqCont.Engine.Tests;

/// <summary>A backend and the reference side by side, fed with the same float32 numbers.</summary>
internal sealed class Pair(string backend, int threads = 2, int seed = 1) : IDisposable
{
    private readonly Random _random = new(seed);

    public IOps Tested { get; } = Backends.Open(backend, threads);

    public ReferenceOps Reference { get; } = new();

    public IEnumerable<IOps> Both => [Tested, Reference];

    public void Dispose()
    {
        if (Tested is CpuOps) Tested.Dispose();
    }

    /// <summary>Numbers in [-1, 1] that float32 holds exactly.</summary>
    public double[] Numbers(long count)
    {
        var numbers = new double[count];
        for (var i = 0; i < count; i++) numbers[i] = (float)(_random.NextDouble() * 2 - 1);
        return numbers;
    }

    /// <summary>Integers in [0, below).</summary>
    public int[] Integers(int count, int below)
    {
        var integers = new int[count];
        for (var i = 0; i < count; i++) integers[i] = _random.Next(below);
        return integers;
    }

    /// <summary>Ascending distinct row numbers below <paramref name="below"/>.</summary>
    public int[] Ascending(int count, int below)
    {
        var all = Enumerable.Range(0, below).ToArray();
        _random.Shuffle(all);
        return [.. all.Take(count).Order()];
    }

    /// <summary>The same numbers on both sides.</summary>
    public Operand Upload(double[] values) => new(Put(Tested, values), Put(Reference, values));

    /// <summary>Both sides' numbers agree: |actual - expected| at most absolute + relative |expected|.</summary>
    public void AssertClose(Operand buffers, double absolute, double relative, string what)
    {
        var actual = Values(Tested, buffers.Tested);
        var expected = Values(Reference, buffers.Reference);
        var (worst, excess) = (-1, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            var over = Math.Abs(actual[i] - expected[i]) - absolute - relative * Math.Abs(expected[i]);
            if (double.IsNaN(over) || over > excess) (worst, excess) = (i, double.IsNaN(over) ? double.MaxValue : over);
        }

        if (worst >= 0) Assert.Fail($"{what}: element {worst} of {expected.Length}: expected {expected[worst]}, got {actual[worst]}.");
    }

    public static double[] Values(IOps ops, DeviceBuffer buffer)
    {
        var values = new double[buffer.Length];
        ops.Download(buffer, 0, values);
        return values;
    }

    public static void AssertSameBits(double[] expected, double[] actual, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        for (var i = 0; i < expected.Length; i++)
            if (BitConverter.DoubleToInt64Bits(expected[i]) != BitConverter.DoubleToInt64Bits(actual[i]))
                Assert.Fail($"{what}: element {i} of {expected.Length}: expected {expected[i]:R}, got {actual[i]:R}.");
    }

    public static DeviceBuffer Put(IOps ops, double[] values)
    {
        var buffer = ops.Allocate(values.Length);
        ops.Upload(values, buffer, 0);
        return buffer;
    }
}

/// <summary>One buffer of each side.</summary>
internal sealed record Operand(DeviceBuffer Tested, DeviceBuffer Reference)
{
    public DeviceBuffer Of(IOps ops) => ops is ReferenceOps ? Reference : Tested;
}
