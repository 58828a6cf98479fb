using System.Globalization;
using System.Text.Json;

namespace SeqCont.Circuits;

/// <summary>How values stand in a run's settings: what a search's decisions depend on, to the bit.</summary>
public static class Setting
{
    /// <summary>The name that files and options use: "resample", "through-mlps".</summary>
    public static string NameInFiles<T>(this T value)
        where T : struct, Enum => InKebabCase(value);

    /// <summary>The metric, where it is not the one that goes without saying.</summary>
    internal static KeyValuePair<string, string>[] Of(IMetric metric) =>
        metric.Name == LogitDifference.Instance.Name ? [] : [new("metric", metric.Name)];

    internal static KeyValuePair<string, string> Of(string name, object value) => new(name, value switch
    {
        Enum or bool => InKebabCase(value),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    });

    private static string InKebabCase(object value) => JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}");
}
