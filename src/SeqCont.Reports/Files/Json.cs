using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>
/// What a JSON file says, as data. An object is a collection expression of names and values; a name that ends in ? is left
/// out where it has no value. Numbers read back as written; one that is not finite is null.
/// </summary>
[CollectionBuilder(typeof(Json), nameof(Object))]
public sealed class Json : IEnumerable<(string Name, Json? Value)>
{
    private readonly object? _value;

    private Json(object? value) => _value = value;

    private readonly record struct Literal(string Text);

    /// <summary>A text.</summary>
    public static implicit operator Json(string? text) => new(JsonValue.Create(text));

    /// <summary>A whole number.</summary>
    public static implicit operator Json(long? number) => new(JsonValue.Create(number));

    /// <summary>A number in the fewest digits that read back as the same double.</summary>
    public static implicit operator Json(double? number) =>
        new(number is { } value && double.IsFinite(value) ? JsonValue.Create(value) : null);

    /// <summary>True or false.</summary>
    public static implicit operator Json(bool? flag) => new(JsonValue.Create(flag));

    /// <summary>A time.</summary>
    public static implicit operator Json(DateTime time) => new(JsonValue.Create(time));

    /// <summary>An object.</summary>
    public static Json Object(ReadOnlySpan<(string Name, Json? Value)> fields) => new(fields.ToArray());

    /// <summary>A list; null for none.</summary>
    public static Json List<T>(IEnumerable<T>? items, Func<T, Json?> of) => new(items?.Select(of).ToArray());

    /// <summary>Values on one line with a space after every comma: indented, a list of numbers is a long column.</summary>
    public static Json Line(object? values) => Raw(Text(values));

    /// <summary>JSON as it stands.</summary>
    public static Json Raw(string json) => new(new Literal(json));

    /// <inheritdoc/>
    public IEnumerator<(string Name, Json? Value)> GetEnumerator() => (((string, Json?)[])_value!).AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The same as it is read.</summary>
    internal JsonField ToField() => JsonText.Parse(JsonFile.Bytes(this), "results", "an object");

    /// <summary>Writes it.</summary>
    internal static void Write(Utf8JsonWriter writer, Json? json)
    {
        switch (json?._value)
        {
            case (string, Json?)[]:
                writer.WriteStartObject();
                foreach (var (name, value) in json)
                {
                    if (value?._value is null && name.EndsWith('?')) continue;
                    writer.WritePropertyName(name.TrimEnd('?'));
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case Json?[] items:
                writer.WriteStartArray();
                foreach (var item in items) Write(writer, item);
                writer.WriteEndArray();
                break;
            case Literal literal:
                writer.WriteRawValue(literal.Text);
                break;
            case JsonValue scalar:
                scalar.WriteTo(writer);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static string Text(object? value) => value switch
    {
        null or double.NaN or double.PositiveInfinity or double.NegativeInfinity => "null",
        Json { _value: (string, Json?)[] } json =>
            $"{{{string.Join(", ", json.Select(field => $"\"{field.Name}\": {Text(field.Value)}"))}}}",
        Json json => Text(json._value),
        JsonValue scalar => scalar.ToJsonString(),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items and not string => $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]",
        _ => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode($"{value}")}\"",
    };
}
