using System.Text;
using System.Text.Json;

namespace SeqCont.Reports.Tests;

/// <summary>A valid JSON file with one part of it made hostile, part by part.</summary>
internal static class JsonMutations
{
    private static readonly string[] Texts =
        ["\"\\ud800\"", "\"a\\udfff\"", "\"\\u001b[31m\\u202e\\u2028\\n\\u0000\"", "\"\"", $"\"{new string('x', 3000)}\""];

    private static readonly string[] Values =
    [
        .. Texts, "null", "true", "-1", "0", "1.0", "2.5", "1e400", "-1e-400", "2147483648", "99999999999999999999", "NaN", "-Infinity",
        "[]", "{}", "[1, 2, 3, 4, 5]", "[null]", "[[\"\\ud800\"]]", "{\"a\": 1, \"a\": 2}", "{\"\\ud800\": 1}",
        new string('[', 100) + new string(']', 100), new string('{', 100), "",
    ];

    /// <summary>Every mutation of a JSON value: each value and each name replaced, each field left out or there twice.</summary>
    public static IEnumerable<string> OfValue(string json)
    {
        var root = JsonElement.Parse(json);
        for (var place = 0; ; place++)
        {
            var isName = false;
            var found = false;
            foreach (var value in Values)
            {
                var writer = new Writer(place, value);
                writer.Write(root);
                (found, isName) = (writer.Found, writer.IsName);
                if (!found) yield break;
                if (isName) break;
                yield return $"{writer}";
            }

            if (!isName) continue;
            foreach (var name in Texts.Append("left out").Append("twice"))
            {
                var writer = new Writer(place, name);
                writer.Write(root);
                yield return $"{writer}";
            }
        }
    }

    /// <summary>Every mutation of a file: those of its first value or line, and what befalls a file as a whole.</summary>
    public static IEnumerable<byte[]> OfFile(string content, bool isLines)
    {
        var first = isLines ? content[..content.IndexOf('\n')] : content;
        foreach (var mutation in OfValue(first)) yield return Encoding.UTF8.GetBytes(mutation + content[first.Length..]);
        var bytes = Encoding.UTF8.GetBytes(content);
        for (var length = 0; length < bytes.Length; length += 1 + bytes.Length / 40) yield return bytes[..length];
        foreach (var start in (string[])["\uFEFF", "\uFEFF\uFEFF", "\0", "\u001b[2J", "//\n", "]", "{\"\u202e\": 1} "])
            yield return [.. Encoding.UTF8.GetBytes(start), .. bytes];
        foreach (var end in (string[])["x", "\0", ",", "{}", "\u001b[2J", "\n\n"]) yield return [.. bytes, .. Encoding.UTF8.GetBytes(end)];
        yield return [.. bytes, 0xFF];
        yield return [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(content)];
    }

    private sealed class Writer(int place, string replacement)
    {
        private readonly StringBuilder _json = new();
        private int _at;

        public bool Found => _at > place;

        public bool IsName { get; private set; }

        public override string ToString() => $"{_json}";

        public void Write(JsonElement value)
        {
            if (_at++ == place)
            {
                _json.Append(replacement);
                return;
            }

            if (value.ValueKind == JsonValueKind.Object)
                Join("{}", value.EnumerateObject(), Field);
            else if (value.ValueKind == JsonValueKind.Array)
                // What holds of the first two items holds of all.
                Join("[]", value.EnumerateArray().Index(), item =>
                {
                    if (item.Index < 2) Write(item.Item);
                    else _json.Append(item.Item.GetRawText());
                    return true;
                });
            else _json.Append(value.GetRawText());
        }

        private bool Field(JsonProperty field)
        {
            var name = JsonSerializer.Serialize(field.Name);
            var isHere = _at++ == place;
            IsName |= isHere;
            if (isHere && replacement == "left out") return false;
            if (isHere && replacement == "twice") _json.Append($"{name}: {field.Value.GetRawText()}, ");
            else if (isHere) name = replacement;
            _json.Append($"{name}: ");
            Write(field.Value);
            return true;
        }

        private void Join<T>(string brackets, IEnumerable<T> items, Func<T, bool> write)
        {
            _json.Append(brackets[0]);
            var isFirst = true;
            foreach (var item in items)
            {
                if (!isFirst) _json.Append(", ");
                var length = _json.Length;
                if (write(item)) isFirst = false;
                else _json.Length = isFirst ? length : length - 2;
            }

            _json.Append(brackets[1]);
        }
    }
}
