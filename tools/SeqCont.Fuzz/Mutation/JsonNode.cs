using System.Text;
using System.Text.Json;

namespace SeqCont.Fuzz.Mutation;

/// <summary>
/// JSON as it is written: keys and values keep their own text, so that a key may come twice, a string hold half a pair and a number be
/// none.
/// </summary>
internal sealed class JsonNode
{
    /// <summary>The key as written, with its quotes; null outside objects.</summary>
    public string? Key { get; set; }

    /// <summary>The value as written; null for a list or an object.</summary>
    public string? Text { get; set; }

    /// <summary>Whether it is an object, where it is no text.</summary>
    public bool IsObject { get; set; }

    /// <summary>What a list or an object holds.</summary>
    public List<JsonNode> Items { get; private set; } = [];

    /// <summary>Parses; null where it is no JSON.</summary>
    public static JsonNode? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1000 });
            return reader.Read() ? Read(ref reader, json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>This node and all below it.</summary>
    public IEnumerable<JsonNode> All() => Items.SelectMany(item => item.All()).Prepend(this);

    /// <summary>A copy that shares nothing.</summary>
    public JsonNode Copy() => new() { Key = Key, Text = Text, IsObject = IsObject, Items = Items.ConvertAll(item => item.Copy()) };

    /// <summary>Takes another's value, and keeps its own key.</summary>
    public void Become(JsonNode other) => (Text, IsObject, Items) = (other.Text, other.IsObject, other.Copy().Items);

    /// <summary>The text, at most so long.</summary>
    public byte[] Write()
    {
        var text = new StringBuilder();
        Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Write(StringBuilder text)
    {
        if (text.Length > Mutator.MostBytes) return;
        if (Key is not null) text.Append(Key).Append(':');
        if (Text is not null)
        {
            text.Append(Text);
            return;
        }

        text.Append(IsObject ? '{' : '[');
        foreach (var (i, item) in Items.Index())
        {
            if (i > 0) text.Append(',');
            // What was an object may have become a list, and the other way round.
            if (!IsObject && item.Key is not null) item.Key = null;
            if (IsObject) item.Key ??= "\"\"";
            item.Write(text);
        }

        text.Append(IsObject ? '}' : ']');
    }

    private static JsonNode Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return new JsonNode { Text = Written(ref reader, json) };
        var node = new JsonNode { IsObject = reader.TokenType == JsonTokenType.StartObject };
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            string? key = null;
            if (node.IsObject)
            {
                key = Written(ref reader, json);
                reader.Read();
            }

            var item = Read(ref reader, json);
            item.Key = key;
            node.Items.Add(item);
        }

        return node;
    }

    private static string Written(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        var quotes = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 2 : 0;
        return Encoding.UTF8.GetString(json.Slice(start, reader.ValueSpan.Length + quotes));
    }
}
