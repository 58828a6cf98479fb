namespace SeqCont.Model;

/// <summary>A folder's tokenizer: which of its files are read.</summary>
internal static class TokenizerFolder
{
    internal const string VocabName = "vocab.json", MergesName = "merges.txt", JsonName = "tokenizer.json";

    /// <summary>The files that have a vocabulary.</summary>
    internal static readonly string[] Vocabularies = [JsonName, VocabName, MergesName];

    /// <summary>All the files that are read where a model has them.</summary>
    internal static readonly string[] Names =
        [VocabName, MergesName, JsonName, AddedTokenFiles.AddedName, AddedTokenFiles.ConfigName, AddedTokenFiles.SpecialName];

    /// <summary>Reads tokenizer.json, as Hugging Face's library does, or vocab.json and merges.txt where that is not there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="skipsJson">Whether vocab.json and merges.txt are read though tokenizer.json is there.</param>
    /// <returns>What it says, and what is to be said of it.</returns>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it.</exception>
    /// <exception cref="InvalidDataException">A file is malformed, or of another kind; the message names it.</exception>
    public static (Gpt2Vocabulary Vocabulary, bool AddPrefixSpace, IReadOnlyList<string> Notices) Read(string folder, bool skipsJson)
    {
        string PathOf(string name) => Path.Combine(folder, name);
        var beside = AddedTokenFiles.Read(folder);
        var hasJson = !skipsJson && File.Exists(PathOf(JsonName));
        var file = hasJson ? ReadJson(PathOf(JsonName)) : ReadPair(folder);
        var vocabulary = new Gpt2Vocabulary(file, beside.Join(file));
        var difference = hasJson && File.Exists(PathOf(VocabName)) && File.Exists(PathOf(MergesName))
            ? Difference(ReadPair(folder), vocabulary) : null;
        return (vocabulary, beside.AddPrefixSpace ?? file.AddPrefixSpace ?? false,
            [.. file.Notices, .. beside.Notices, .. difference is null ? (string[])[] : [$"{folder}: {difference}; {JsonName} is used"]]);
    }

    private static VocabularyFile ReadJson(string path)
    {
        using var stream = File.OpenRead(path);
        return TokenizerJson.Read(stream, path);
    }

    private static VocabularyFile ReadPair(string folder)
    {
        string PathOf(string name) => Path.Combine(folder, name);
        FileStream Open(string name) => File.Exists(PathOf(name)) ? File.OpenRead(PathOf(name))
            : throw new FileNotFoundException($"{PathOf(name)}: not found; expected GPT-2's {name}.", PathOf(name));
        using var vocab = Open(VocabName);
        using var merges = Open(MergesName);
        return VocabularyFile.Read(vocab, PathOf(VocabName), merges, PathOf(MergesName));
    }

    /// <summary>The first point on which vocab.json and merges.txt disagree with tokenizer.json; null for none.</summary>
    private static string? Difference(VocabularyFile pair, Gpt2Vocabulary json)
    {
        var (tokens, merges, added) = (json.Tokens, json.File.Merges, json.Added.Select(token => token.Text).ToHashSet());
        foreach (var (token, id) in pair.Ids)
            if (id >= tokens.Length || tokens[id] != token)
                return $"token {BadFile.Quote(token)} is {id} in {VocabName}, but in {JsonName} "
                    + (id < tokens.Length ? $"{id} is {BadFile.Quote(tokens[id])}" : $"there is no {id}");
        if (json.File.Ids.Keys.FirstOrDefault(token => !pair.Ids.ContainsKey(token) && !added.Contains(token)) is { } more)
            return $"token {BadFile.Quote(more)} is in {JsonName}, but not in {VocabName}";
        var same = pair.Merges.Zip(merges).TakeWhile(both => both.First == both.Second).Count();
        return same == pair.Merges.Count && same == merges.Count ? null
            : $"merge {same + 1} is {Name(pair.Merges)} in {MergesName}, but {Name(merges)} in {JsonName}";
        string Name(List<string> list) => same < list.Count ? BadFile.Quote(list[same]) : "none";
    }
}
