namespace SeqCont.Engine;

/// <summary>
/// A read-only array of numbers that a model is made of, wherever it lives: in a mapped file or in memory.
/// Backends read it once, piece by piece, on the way into their own layout, so that a weight file is never
/// held twice.
/// </summary>
public abstract class Tensor
{
    /// <summary>Creates a tensor of the given shape.</summary>
    /// <param name="name">The name that error messages use, such as the key in the weight file.</param>
    /// <param name="shape">Sizes, slowest axis first; every one positive, product within <see cref="long"/>.</param>
    protected Tensor(string name, IReadOnlyList<int> shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        Name = name;
        Shape = shape;
        var length = 1L;
        foreach (var size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
            length = checked(length * size);
        }
        Length = length;
    }

    /// <summary>The name that error messages use.</summary>
    public string Name { get; }

    /// <summary>Sizes, slowest axis first.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Copies elements [start, start + destination.Length), in C order, rounded to float32.</summary>
    public abstract void Read(long start, Span<float> destination);

    /// <summary>Copies elements [start, start + destination.Length), in C order, in double precision.</summary>
    public abstract void Read(long start, Span<double> destination);
}

/// <summary>A tensor held in memory in double precision: processed weights, test data.</summary>
public sealed class ArrayTensor : Tensor
{
    private readonly double[] _values;

    /// <summary>Wraps <paramref name="values"/> (not copied) as a tensor.</summary>
    /// <param name="name">The name that error messages use.</param>
    /// <param name="values">Elements in C order.</param>
    /// <param name="shape">Sizes, slowest axis first.</param>
    public ArrayTensor(string name, double[] values, params IReadOnlyList<int> shape)
        : base(name, shape)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.LongLength != Length)
            throw new ArgumentException($"{name}: expected {Length} values for [{string.Join(", ", shape)}], got {values.LongLength}.");
        _values = values;
    }

    /// <inheritdoc/>
    public override void Read(long start, Span<float> destination)
    {
        var source = _values.AsSpan(checked((int)start), destination.Length);
        for (var i = 0; i < source.Length; i++) destination[i] = (float)source[i];
    }

    /// <inheritdoc/>
    public override void Read(long start, Span<double> destination) =>
        _values.AsSpan(checked((int)start), destination.Length).CopyTo(destination);
}
