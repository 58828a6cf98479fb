using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace SeqCont.Model;

/// <summary>
/// A value in a JSON file that is not trusted, and where it stands. Whatever is asked of it that it is not, is an
/// <see cref="InvalidDataException"/> of one line: the file and the line, the field, what was expected, what was found.
/// </summary>
public sealed class JsonField
{
    internal const string HalfPair = "not valid text: half a surrogate pair";
    private const int LongestShown = 40;

    private readonly string _where;
    private readonly int _line;
    private readonly JsonField? _parent;
    private readonly string? _name;
    private readonly int _index;
    private readonly JsonElement _value;

    /// <summary>A value that is read as a whole.</summary>
    /// <param name="where">The file.</param>
    /// <param name="value">The value.</param>
    /// <param name="line">The line of the file at which it begins; 0 where <paramref name="where"/> says all.</param>
    /// <param name="path">The way to it from the file's root; null for the root itself.</param>
    internal JsonField(string where, JsonElement value, int line = 0, string? path = null) =>
        (_where, _value, _line, _name) = (where, value, line, path);

    private JsonField(JsonField parent, JsonElement value, string? name, int index = 0) =>
        (_where, _parent, _value, _name, _index) = (parent._where, parent, value, name, index);

    /// <summary>A text of one's own, as though it stood in a file.</summary>
    public static JsonField Of(string text) => new("", JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\""));

    /// <summary>What kind of value it is; Undefined where there is none.</summary>
    public JsonValueKind Kind => _value.ValueKind;

    /// <summary>Whether there is such a value, if only null.</summary>
    public bool IsThere => Kind != JsonValueKind.Undefined;

    /// <summary>The way to it from the file's root, such as settings.paths or edges[2].kept; empty for the root.</summary>
    public string Path
    {
        get
        {
            if (_parent is null) return _name ?? "";
            // Asked once: asked twice a level, a file of thirty levels would take 2^30 of them.
            var parent = _parent.Path;
            return _name is null ? $"{parent}[{_index}]"
                : $"{parent}{(parent is "" ? "" : ".")}{BadFile.Printable(_name, LongestShown)}";
        }
    }

    /// <summary>A field of an object; of kind Undefined where it has none of this name.</summary>
    /// <exception cref="InvalidDataException">This is no object.</exception>
    public JsonField this[string name] =>
        new(this, Object().TryGetProperty(name, out var value) ? value : default, name);

    /// <summary>A field of an object; null where it is absent or null.</summary>
    /// <exception cref="InvalidDataException">This is no object.</exception>
    public JsonField? Optional(string name) =>
        this[name] is { Kind: not (JsonValueKind.Undefined or JsonValueKind.Null) } field ? field : null;

    /// <summary>All fields of an object, in the file's order.</summary>
    /// <param name="expected">What it should be, for messages; null: an object.</param>
    /// <exception cref="InvalidDataException">This is no object.</exception>
    public IEnumerable<KeyValuePair<string, JsonField>> Fields(string? expected = null)
    {
        foreach (var field in Object(expected).EnumerateObject())
            yield return KeyValuePair.Create(field.Name, new JsonField(this, field.Value, field.Name));
    }

    /// <summary>The items of a list.</summary>
    /// <param name="expected">What it should be, for messages.</param>
    /// <exception cref="InvalidDataException">This is no list.</exception>
    public IEnumerable<JsonField> Items(string expected = "a list")
    {
        Require(JsonValueKind.Array, expected);
        return _value.EnumerateArray().Select((item, i) => new JsonField(this, item, null, i));
    }

    /// <summary>What is read of each of a list's items.</summary>
    /// <param name="read">Reads an item.</param>
    /// <param name="count">How many there must be; null for any number.</param>
    /// <exception cref="InvalidDataException">This is no such list.</exception>
    public T[] List<T>(Func<JsonField, T> read, long? count = null)
    {
        Require(JsonValueKind.Array, count is null ? "a list" : $"a list of {count}");
        if (_value.GetArrayLength() is var got && got != (count ?? got)) throw Bad($"expected a list of {count}, got {got}");
        return [.. Items().Select(read)];
    }

    /// <summary>A text.</summary>
    /// <param name="expected">What it should be, for messages.</param>
    /// <exception cref="InvalidDataException">This is none.</exception>
    public string Text(string expected = "text") =>
        Kind == JsonValueKind.String ? _value.GetString()! : throw Expected(expected);

    /// <summary>A text that is not empty.</summary>
    /// <param name="expected">What it should be, for messages.</param>
    /// <exception cref="InvalidDataException">This is none.</exception>
    public string FilledText(string expected) => Text(expected) is { Length: > 0 } text ? text : throw Expected(expected);

    /// <summary>A whole number, written as one: 1.0 is none.</summary>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    /// <param name="expected">What it should be, for messages; null: a whole number of this range.</param>
    /// <exception cref="InvalidDataException">This is none.</exception>
    public int Whole(int least = int.MinValue, int most = int.MaxValue, string? expected = null) =>
        Kind == JsonValueKind.Number && _value.TryGetInt32(out var number) && number >= least && number <= most ? number
            : throw Expected(expected ?? (least, most) switch
            {
                (int.MinValue, int.MaxValue) => "a whole number below 2^31",
                (_, int.MaxValue) => $"a whole number of {least} or more",
                _ => $"a whole number from {least} to {most}",
            });

    /// <summary>The whole number of 64 bits that it is; null where it is anything else.</summary>
    public long? WholeOrNull => Kind == JsonValueKind.Number && _value.TryGetInt64(out var number) ? number : null;

    /// <summary>A number that is finite as a double.</summary>
    /// <param name="expected">What it should be, for messages.</param>
    /// <exception cref="InvalidDataException">This is none.</exception>
    public double Number(string expected = "a number") =>
        Kind == JsonValueKind.Number && _value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Expected(expected);

    /// <summary>A number; not a number where the file says null.</summary>
    /// <exception cref="InvalidDataException">This is neither.</exception>
    public double NumberOrNaN() => Kind == JsonValueKind.Null ? double.NaN : Number("a number or null");

    /// <summary>True or false.</summary>
    /// <exception cref="InvalidDataException">This is neither.</exception>
    public bool Flag() => Kind is JsonValueKind.True or JsonValueKind.False ? _value.GetBoolean() : throw Expected("true or false");

    /// <summary>Requires an object whose field schema is of a number.</summary>
    /// <param name="schema">The number.</param>
    /// <param name="expected">What the object should be, for messages.</param>
    /// <param name="isRequired">Whether the field must be there.</param>
    /// <exception cref="InvalidDataException">It is no object, or of another schema.</exception>
    public void RequireSchema(int schema, string expected, bool isRequired = false)
    {
        Require(JsonValueKind.Object, expected);
        var stated = this["schema"];
        if ((stated.IsThere || isRequired) && stated.WholeOrNull != schema) throw stated.Expected($"schema {schema}");
    }

    /// <summary>That it is not what it should be.</summary>
    /// <param name="expected">What it should be: "a list of words".</param>
    public InvalidDataException Expected(string expected) =>
        Bad(Kind == JsonValueKind.Undefined ? $"missing; expected {expected}" : $"expected {expected}, got {Describe()}");

    /// <summary>That something is wrong with it.</summary>
    /// <param name="problem">What, without the dot at its end.</param>
    public InvalidDataException Bad(string problem) => BadFile.Error(Where(), $"{(Path is "" ? "" : $"{Path}: ")}{problem}.");

    /// <summary>What it is, in a few words for a message.</summary>
    public string Describe() => Kind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Array => _value.GetArrayLength() == 0 ? "an empty list" : "a list",
        JsonValueKind.Object => "an object",
        _ => BadFile.Printable(BareNumbers.AsWritten(ToJson()), LongestShown),
    };

    /// <summary>The JSON that it is, as the file has it.</summary>
    public string ToJson() => _value.GetRawText();

    /// <summary>Writes it as the file has it.</summary>
    public void WriteTo(Utf8JsonWriter writer) => _value.WriteTo(writer);

    /// <summary>A text as it is, all else as JSON.</summary>
    public override string ToString() => _value.ToString();

    /// <summary>Checks that every text and every name in it can be decoded, and that no name stands twice in an object.</summary>
    internal void RequireSound()
    {
        if (Kind == JsonValueKind.String && Decoded(() => _value.GetString()) is null) throw Bad(HalfPair);
        if (Kind == JsonValueKind.Array) foreach (var item in Items()) item.RequireSound();
        if (Kind != JsonValueKind.Object) return;
        var names = new HashSet<string>();
        foreach (var property in _value.EnumerateObject())
        {
            var name = Decoded(() => property.Name);
            var field = new JsonField(this, property.Value, name ?? Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(property)));
            if (name is null) throw field.Bad($"its name is {HalfPair}");
            if (!names.Add(name)) throw field.Bad("is there twice");
            field.RequireSound();
        }
    }

    private static string? Decoded(Func<string?> text)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The file and the line; for what is missing, the line of that which should have it.</summary>
    private string Where()
    {
        var (root, there) = (this, this);
        while (root._parent is { } parent) root = parent;
        while (!there.IsThere && there._parent is { } parent) there = parent;
        // That a whole file begins at its first line tells nothing.
        if (root._line == 0 || there.Path is "") return _where;
        var text = JsonMarshal.GetRawUtf8Value(root._value);
        text.Overlaps(JsonMarshal.GetRawUtf8Value(there._value), out var at);
        return $"{_where}:{root._line + text[..at].Count((byte)'\n')}";
    }

    private JsonElement Object(string? expected = null)
    {
        Require(JsonValueKind.Object, expected ?? (_parent is null && _name is null ? "a JSON object" : "an object"));
        return _value;
    }

    private void Require(JsonValueKind kind, string expected)
    {
        if (Kind != kind) throw Expected(expected);
    }
}
