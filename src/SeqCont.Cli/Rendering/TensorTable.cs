using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>Statistics of a model's tensors, for people and programs.</summary>
internal static class TensorTable
{
    public static ValueSummary Together(IReadOnlyList<TensorStatistics> tensors) =>
        tensors.Aggregate(ValueSummary.None, (all, tensor) => all.With(tensor.Values));

    public static string Summary(IReadOnlyList<TensorStatistics> tensors)
    {
        var all = Together(tensors);
        var bad = all.NaNs + all.Infinities == 0 ? "all finite" : $"{all.NaNs} NaN and {all.Infinities} infinite values";
        return $"{tensors.Count}, {bad}; {Number(all.Min)} to {Number(all.Max)}, mean {Number(all.Mean)}, standard deviation "
            + $"{Number(all.StandardDeviation)}";
    }

    public static IEnumerable<string> Lines(IReadOnlyList<TensorStatistics> tensors)
    {
        var (name, shape) = (tensors.Max(tensor => tensor.Name.Length), tensors.Max(tensor => Shape(tensor).Length));
        yield return "";
        yield return $"{"tensor".PadRight(name)}  {"shape".PadRight(shape)}  {"type",-4}{"min",12}{"max",12}{"mean",12}{"std. dev.",12}"
            + $"{"NaN",8}{"infinite",10}";
        foreach (var tensor in tensors)
        {
            var values = tensor.Values;
            yield return $"{tensor.Name.PadRight(name)}  {Shape(tensor).PadRight(shape)}  {tensor.DType,-4}{Number(values.Min),12}"
                + $"{Number(values.Max),12}{Number(values.Mean),12}{Number(values.StandardDeviation),12}{values.NaNs,8}"
                + $"{values.Infinities,10}";
        }
    }

    public static Json Fields(TensorStatistics tensor) =>
    [
        ("name", tensor.Name), ("shape", Json.List(tensor.Shape, size => size)), ("dtype", tensor.DType), .. Fields(tensor.Values),
    ];

    /// <summary>A summary's JSON fields; null where no value is finite.</summary>
    public static Json Fields(ValueSummary values) =>
    [
        ("min", values.Min), ("max", values.Max), ("mean", values.Mean), ("standardDeviation", values.StandardDeviation),
        ("nans", values.NaNs), ("infinities", values.Infinities),
    ];

    private static string Shape(TensorStatistics tensor) => $"[{string.Join(", ", tensor.Shape)}]";

    private static string Number(double value) => double.IsNaN(value) ? "-" : $"{value:G5}";
}
