using System.Collections.Concurrent;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>The values of one or more tensors, in numbers.</summary>
/// <param name="Count">Values that are finite.</param>
/// <param name="NaNs">Values that are not a number.</param>
/// <param name="Infinities">Values that are infinite.</param>
/// <param name="Min">The smallest finite value; NaN where there is none.</param>
/// <param name="Max">The largest finite value; NaN where there is none.</param>
/// <param name="Mean">Mean of the finite values; NaN where there is none.</param>
/// <param name="SquaredDeviations">Sum over the finite values of their squared distance from the mean.</param>
public readonly record struct ValueSummary(
    long Count, long NaNs, long Infinities, double Min, double Max, double Mean, double SquaredDeviations)
{
    /// <summary>Standard deviation of the finite values as a whole population; NaN where there is none.</summary>
    public double StandardDeviation => Math.Sqrt(SquaredDeviations / Count);

    /// <summary>The summary of no values.</summary>
    public static ValueSummary None => new(0, 0, 0, double.NaN, double.NaN, double.NaN, 0);

    /// <summary>Summarises values, in two passes: the mean first, then the distances from it.</summary>
    public static ValueSummary Of(ReadOnlySpan<double> values)
    {
        var (count, nans, sum, min, max) = (0L, 0L, 0.0, double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
        {
            if (double.IsFinite(value))
            {
                count++;
                sum += value;
                min = Math.Min(min, value);
                max = Math.Max(max, value);
            }
            else if (double.IsNaN(value)) nans++;
        }

        var infinities = values.Length - count - nans;
        if (count == 0) return None with { NaNs = nans, Infinities = infinities };
        var (mean, squares) = (sum / count, 0.0);
        foreach (var value in values)
            if (double.IsFinite(value)) squares += (value - mean) * (value - mean);
        return new ValueSummary(count, nans, infinities, min, max, mean, squares);
    }

    /// <summary>The summary of these values and others together.</summary>
    public ValueSummary With(ValueSummary other)
    {
        var (nans, infinities) = (NaNs + other.NaNs, Infinities + other.Infinities);
        if (Count == 0 || other.Count == 0) return (Count == 0 ? other : this) with { NaNs = nans, Infinities = infinities };
        var (count, apart) = (Count + other.Count, other.Mean - Mean);
        return new ValueSummary(
            count, nans, infinities, Math.Min(Min, other.Min), Math.Max(Max, other.Max),
            Mean + apart * other.Count / count,
            SquaredDeviations + other.SquaredDeviations + apart * apart * Count / count * other.Count);
    }
}

/// <summary>A tensor of a model, and its values in numbers.</summary>
/// <param name="Name">Hugging Face's name, without a prefix: h.0.attn.c_attn.weight.</param>
/// <param name="Shape">Sizes, slowest axis first.</param>
/// <param name="DType">How it is stored: F32, F16, BF16 or F64.</param>
/// <param name="Values">Its values.</param>
public sealed record TensorStatistics(string Name, IReadOnlyList<int> Shape, string DType, ValueSummary Values)
{
    /// <summary>Reads all tensors of a model once and describes them, in the order of the forward pass.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static IReadOnlyList<TensorStatistics> Of(Gpt2Weights weights, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(weights);
        // One thread a tensor; a tensor's numbers do not depend on the number of threads.
        return [.. Partitioner.Create(weights.Tensors.Named(weights.Config), loadBalance: true)
            .AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(entry => new TensorStatistics(
                entry.Name, entry.Shape, (entry.Tensor as SafetensorsTensor)?.DType ?? "F64",
                Summarise(entry.Tensor, cancellationToken)))];
    }

    private static ValueSummary Summarise(Tensor tensor, CancellationToken cancellationToken)
    {
        var summary = ValueSummary.None;
        tensor.ReadPieces(piece =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            summary = summary.With(ValueSummary.Of(piece));
        });
        return summary;
    }
}
