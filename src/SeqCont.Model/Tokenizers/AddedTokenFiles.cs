using System.Globalization;
using System.Text.Json;

namespace SeqCont.Model;

/// <summary>An added token and the place in a file that names it.</summary>
internal sealed record AddedEntry(AddedToken Token, string Where);

/// <summary>
/// The small files beside a vocabulary: added_tokens.json, tokenizer_config.json and special_tokens_map.json. Where several name a token,
/// its flags are those of tokenizer_config.json before tokenizer.json before added_tokens.json, and its id must be one.
/// </summary>
internal sealed class AddedTokenFiles
{
    internal const string AddedName = "added_tokens.json", ConfigName = "tokenizer_config.json", SpecialName = "special_tokens_map.json";

    // In the order in which Hugging Face gives ids to those that have none.
    private static readonly string[] Roles =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "additional_special_tokens"];

    private readonly List<AddedEntry> _plain = [], _configured = [];
    private readonly Dictionary<string, List<AddedEntry>> _special = Roles.ToDictionary(role => role, _ => new List<AddedEntry>());

    /// <summary>Whether a space goes before a text that has none there; null where no file says.</summary>
    public bool? AddPrefixSpace { get; private set; }

    /// <summary>What they ask for that is not done here, in a line each.</summary>
    public List<string> Notices { get; } = [];

    /// <summary>Says that tokens which a file puts around every text are left out.</summary>
    internal static string AddsByItself(string file, string tokens) =>
        $"{file}: adds {tokens} to every text by itself; this program adds a begin-of-text token with --bos alone";

    /// <summary>Reads those that a folder has.</summary>
    /// <exception cref="InvalidDataException">A file is malformed.</exception>
    public static AddedTokenFiles Read(string folder)
    {
        var files = new AddedTokenFiles();
        void ReadIf(string name, Action<JsonField, string> read)
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path)) read(BareNumbers.ReadFile(path, "a tokenizer's file"), path);
        }

        ReadIf(ConfigName, files.ReadConfig);
        ReadIf(SpecialName, files.ReadSpecial);
        ReadIf(AddedName, files.ReadPlain);
        return files;
    }

    /// <summary>All added tokens, each once, with their ids.</summary>
    /// <param name="vocabulary">What they are beside.</param>
    /// <exception cref="InvalidDataException">Two places name different ids for a token.</exception>
    public IReadOnlyList<AddedEntry> Join(VocabularyFile vocabulary)
    {
        var joined = new OrderedDictionary<string, AddedEntry>();
        foreach (var entry in _plain.Concat(vocabulary.Added).Concat(_configured))
        {
            var (token, where) = entry;
            var (id, from) = vocabulary.Ids.TryGetValue(token.Text, out var known) ? (known, vocabulary.Name)
                : joined.TryGetValue(token.Text, out var other) ? (other.Token.Id, other.Where) : (token.Id, "");
            if (id != token.Id)
                throw BadFile.Error(where, $"token {BadFile.Quote(token.Text)}: expected id {id}, as in {from}, got {token.Id}.");
            joined[token.Text] = entry;
        }

        var next = vocabulary.Ids.Count + joined.Keys.Count(text => !vocabulary.Ids.ContainsKey(text));
        foreach (var entry in Roles.SelectMany(role => _special[role]))
            if (!joined.ContainsKey(entry.Token.Text))
                joined.Add(entry.Token.Text, entry with
                {
                    Token = entry.Token with { Id = vocabulary.Ids.TryGetValue(entry.Token.Text, out var id) ? id : next++ },
                });
        if (vocabulary.Ids.TryGetValue(Gpt2Tokenizer.EndOfTextToken, out var end))
            joined.TryAdd(Gpt2Tokenizer.EndOfTextToken, new(new(Gpt2Tokenizer.EndOfTextToken, end), vocabulary.Name));
        return [.. joined.Values.OrderBy(entry => entry.Token.Id)];
    }

    /// <summary>An added token with its flags.</summary>
    /// <param name="value">The object.</param>
    /// <param name="where">File and field.</param>
    /// <param name="id">Its id; null where the object has it.</param>
    internal static AddedEntry ReadAdded(JsonField value, string where, int? id = null)
    {
        bool Flag(string name, bool otherwise = false) => value.Optional(name)?.Flag() ?? otherwise;
        return new AddedEntry(new AddedToken(value["content"].FilledText("a token"), id ?? value["id"].Whole(0))
        {
            LStrip = Flag("lstrip"),
            RStrip = Flag("rstrip"),
            SingleWord = Flag("single_word"),
            Normalized = Flag("normalized", !Flag("special")),
        }, where);
    }

    private void ReadConfig(JsonField root, string path)
    {
        foreach (var (key, value) in root.Optional("added_tokens_decoder")?.Fields() ?? [])
            _configured.Add(ReadAdded(value, $"{path}: {value.Path}",
                int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    ? id : throw root["added_tokens_decoder"].Bad($"expected ids as keys, got {BadFile.Quote(key)}")));
        AddPrefixSpace = root.Optional("add_prefix_space")?.Flag();
        if (root.Optional("add_bos_token")?.Flag() == true) Notices.Add(AddsByItself(path, "a begin-of-text token"));
        if (root.Optional("split_special_tokens") is { } split && split.Flag())
            throw split.Bad("true is not supported: expected false");
        ReadSpecial(root, path);
    }

    private void ReadSpecial(JsonField root, string path)
    {
        foreach (var role in Roles)
        {
            if (root.Optional(role) is not { } value) continue;
            foreach (var item in value.Kind == JsonValueKind.Array ? value.Items() : [value])
            {
                var where = $"{path}: {item.Path}";
                _special[role].Add(item.Kind == JsonValueKind.Object
                    ? ReadAdded(item, where, 0) : new AddedEntry(new AddedToken(item.FilledText("a token"), 0), where));
            }
        }
    }

    private void ReadPlain(JsonField root, string path)
    {
        var special = _special.Values.SelectMany(entries => entries).Select(entry => entry.Token.Text).ToHashSet();
        foreach (var (text, id) in root.Fields())
            _plain.Add(text.Length == 0 ? throw root.Bad("a token is empty") : new AddedEntry(
                new AddedToken(text, id.Whole(0)) { Normalized = !special.Contains(text) }, $"{path}: {id.Path}"));
    }
}
