using System.Text.Json;

namespace SeqCont.Model;

/// <summary>
/// tokenizer.json as Hugging Face's tokenizers library writes it, where it describes GPT-2's kind of tokenizer: byte-level BPE without a
/// normalizer. What would give other ids than that is refused by name; what is done to a text's ids afterwards is left aside and said; what
/// has no effect on ids is passed over.
/// </summary>
internal sealed class TokenizerJson
{
    private readonly JsonStream _json;
    private readonly string _file;
    private readonly Dictionary<string, int> _ids = [];
    private readonly List<string> _merges = [];
    private readonly List<AddedEntry> _added = [];
    private readonly HashSet<string> _seen = [];
    private readonly List<string> _notices = [];
    private bool _addPrefixSpace;

    private TokenizerJson(byte[] json, string file) => (_json, _file) = (new JsonStream(json, file), file);

    /// <summary>Reads a tokenizer.json.</summary>
    /// <exception cref="InvalidDataException">It is malformed, or describes another kind of tokenizer.</exception>
    public static VocabularyFile Read(Stream stream, string file)
    {
        var reading = new TokenizerJson(InputFile.ReadAll(stream, file, JsonText.MaxFileBytes), file);
        reading._json.Read("tokenizers' format", reading.ReadField);
        foreach (var key in (string[])["pre_tokenizer", "model", "model.vocab", "model.merges"])
            if (!reading._seen.Contains(key)) throw BadFile.Error(file, $"expected {key}, found none.");
        return new VocabularyFile(file, reading._ids, reading._merges)
        {
            PlaceOfMerge = index => $"{file}: model.merges[{index}]",
            Added = reading._added,
            AddPrefixSpace = reading._addPrefixSpace,
            Notices = reading._notices,
        };
    }

    private void ReadField(ref Utf8JsonReader reader, string key)
    {
        See(ref reader, key);
        switch (key)
        {
            case "model":
                Require(ref reader, JsonTokenType.StartObject, key, "an object");
                JsonStream.ReadObject(ref reader, ReadModel);
                break;
            case "added_tokens":
                Require(ref reader, JsonTokenType.StartArray, key, "an array");
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    var value = _json.Value(ref reader, $"added_tokens[{_added.Count}]");
                    _added.Add(AddedTokenFiles.ReadAdded(value, $"{_file}: {value.Path}"));
                }

                break;
            case "normalizer":
                RequireNone(_json.Value(ref reader, key));
                break;
            case "pre_tokenizer":
                ReadPreTokenizer(_json.Value(ref reader, key));
                break;
            case "post_processor":
                ReadPostProcessor(_json.Value(ref reader, key));
                break;
            case "truncation" or "padding":
                if (reader.TokenType != JsonTokenType.Null)
                    _notices.Add($"{_file}: {key} is left aside: prompts are neither cut nor padded here");
                reader.Skip();
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private void ReadModel(ref Utf8JsonReader reader, string key)
    {
        See(ref reader, $"model.{key}");
        switch (key)
        {
            case "vocab":
                Require(ref reader, JsonTokenType.StartObject, "model.vocab", "an object of token: id");
                JsonStream.ReadObject(ref reader,
                    (ref Utf8JsonReader value, string token) => VocabularyFile.AddId(_ids, _json, ref value, token, "model.vocab: "));
                break;
            case "merges":
                Require(ref reader, JsonTokenType.StartArray, "model.merges", "an array");
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) _merges.Add(ReadMerge(ref reader));
                break;
            case "type":
                if (reader.TokenType != JsonTokenType.String || reader.GetString() is not "BPE")
                    throw Bad(_json.Value(ref reader, "model.type"), "\"BPE\"");
                break;
            case "dropout" or "continuing_subword_prefix" or "end_of_word_suffix" or "ignore_merges":
                RequireNone(_json.Value(ref reader, $"model.{key}"));
                break;
            default:
                // unk_token, fuse_unk, byte_fallback: of no effect, since every byte has a token.
                reader.Skip();
                break;
        }
    }

    /// <summary>"left right", or ["left", "right"], which newer files have.</summary>
    private string ReadMerge(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String) return reader.GetString()!;
        var at = reader;
        var parts = JsonElement.ParseValue(ref reader);
        return parts.ValueKind == JsonValueKind.Array && parts.GetArrayLength() == 2
            && parts.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String)
            ? $"{parts[0].GetString()} {parts[1].GetString()}"
            : throw Bad(_json.Value(ref at, $"model.merges[{_merges.Count}]"), "two tokens");
    }

    private void ReadPreTokenizer(JsonField value)
    {
        if (value.Kind != JsonValueKind.Object || value["type"] is not { Kind: JsonValueKind.String } type || type.Text() != "ByteLevel")
            throw Bad(value, "type ByteLevel");
        if (value["use_regex"] is { IsThere: true, Kind: not JsonValueKind.True } regex) throw Bad(regex, "true");
        var space = value["add_prefix_space"];
        _addPrefixSpace = space.IsThere ? space.Flag() : throw BadFile.Error(_file, $"expected {space.Path}, found none.");
    }

    private void ReadPostProcessor(JsonField value)
    {
        if (value.Kind == JsonValueKind.Null) return;
        switch (value["type"].Text("a post-processor's name"))
        {
            case "ByteLevel":
                // Places in the text alone.
                break;
            case "Sequence":
                foreach (var part in value["processors"].Items()) ReadPostProcessor(part);
                break;
            case "TemplateProcessing":
                TellAdded(value["single"].Items().Select(piece => piece.Optional("SpecialToken")?["id"]));
                break;
            case "BertProcessing" or "RobertaProcessing":
                TellAdded([value["cls"].Items().FirstOrDefault(), value["sep"].Items().FirstOrDefault()]);
                break;
            case var type:
                _notices.Add($"{_file}: post_processor {BadFile.Printable(type, 40)} is left aside");
                break;
        }
    }

    private void TellAdded(IEnumerable<JsonField?> tokens)
    {
        var added = string.Join(" and ", tokens.OfType<JsonField>().Select(token => BadFile.Quote(token.FilledText("a token"))));
        if (added.Length > 0) _notices.Add(AddedTokenFiles.AddsByItself(_file, added));
    }

    /// <summary>Requires a setting to be off: null, false, 0 or an empty text.</summary>
    private static void RequireNone(JsonField value)
    {
        var isNone = value.Kind switch
        {
            JsonValueKind.Null or JsonValueKind.False => true,
            JsonValueKind.String => value.Text() is "",
            JsonValueKind.Number => value.Number() == 0,
            _ => false,
        };
        if (!isNone) throw Bad(value, "none");
    }

    private void Require(ref Utf8JsonReader reader, JsonTokenType type, string key, string expected)
    {
        if (reader.TokenType != type) throw Bad(_json.Value(ref reader, key), expected);
    }

    private void See(ref Utf8JsonReader reader, string key)
    {
        if (!_seen.Add(key)) throw BadFile.Error(_json.Where(ref reader), $"{BadFile.Printable(key)} is there twice.");
    }

    private static InvalidDataException Bad(JsonField got, string expected) =>
        got.Bad($"expected {expected}, got {BadFile.Printable(BareNumbers.AsWritten(got.ToJson()), 80)}");
}
