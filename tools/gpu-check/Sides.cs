using SeqCont.Engine;
using SeqCont.Engine.Gpu;
using SeqCont.Engine.Reference;

namespace SeqCont.GpuCheck;

/// <summary>The GPU and the double-precision reference, fed with the same float32 numbers in [-1, 1].</summary>
internal sealed class Sides(GpuOps gpu, int seed)
{
    private readonly Random _random = new(seed);
    private readonly ReferenceOps _reference = new();

    public IEnumerable<IOps> Both => [gpu, _reference];

    public double[] Numbers(long count)
    {
        var numbers = new double[count];
        for (var i = 0; i < count; i++) numbers[i] = (float)(_random.NextDouble() * 2 - 1);
        return numbers;
    }

    public int[] Integers(int count, int below) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(below))];

    public int[] Ascending(int count, int below)
    {
        var all = Enumerable.Range(0, below).ToArray();
        _random.Shuffle(all);
        return [.. all.Take(count).Order()];
    }

    /// <summary>One array, to be put on both sides.</summary>
    public Operand Array(double[] values) => new(Put(gpu, values), Put(_reference, values));

    public static DeviceBuffer Put(IOps ops, double[] values)
    {
        var buffer = ops.Allocate(values.Length);
        ops.Upload(values, buffer, 0);
        return buffer;
    }

    /// <summary>The largest and the root mean square difference between the sides.</summary>
    public (double Largest, double RootMeanSquare) Difference(Operand operand)
    {
        var (actual, expected) = (new double[operand.Gpu.Length], new double[operand.Gpu.Length]);
        gpu.Download(operand.Gpu, 0, actual);
        _reference.Download(operand.Reference, 0, expected);
        var (largest, squares) = (0.0, 0.0);
        for (var i = 0; i < actual.Length; i++)
        {
            var difference = Math.Abs(actual[i] - expected[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
            squares += difference * difference;
        }

        return (largest, Math.Sqrt(squares / Math.Max(1, actual.Length)));
    }
}

/// <summary>One buffer of each side.</summary>
internal sealed record Operand(DeviceBuffer Gpu, DeviceBuffer Reference) : IDisposable
{
    public DeviceBuffer Of(IOps ops) => ops is GpuOps ? Gpu : Reference;

    public void Dispose() => Gpu.Dispose();
}
