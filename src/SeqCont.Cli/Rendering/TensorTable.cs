using System.Globalization;
using System.Text.Json;
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

    public static void Write(Utf8JsonWriter json, IReadOnlyList<TensorStatistics> tensors)
    {
        json.WriteStartArray("tensors");
        foreach (var tensor in tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            json.WriteStartArray("shape");
            foreach (var size in tensor.Shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteString("dtype", tensor.DType);
            WriteValues(json, tensor.Values);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A summary's fields; null where no value is finite.</summary>
    public static void WriteValues(Utf8JsonWriter json, ValueSummary values)
    {
        json.WriteFinite("min", values.Min);
        json.WriteFinite("max", values.Max);
        json.WriteFinite("mean", values.Mean);
        json.WriteFinite("standardDeviation", values.StandardDeviation);
        json.WriteNumber("nans", values.NaNs);
        json.WriteNumber("infinities", values.Infinities);
    }

    private static string Shape(TensorStatistics tensor) => $"[{string.Join(", ", tensor.Shape)}]";

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("G5", CultureInfo.InvariantCulture);
}
