namespace SeqCont.Model;

/// <summary>
/// A tokenizer's vocabulary, checked: tokens numbered 0 to n - 1 without gaps, added ones among them, a token for every byte,
/// and merges of tokens.
/// </summary>
internal sealed class Gpt2Vocabulary
{
    /// <summary>Joins a vocabulary with added tokens.</summary>
    /// <param name="file">The vocabulary.</param>
    /// <param name="added">Added tokens, by id; some may be in the vocabulary too, with the same id.</param>
    /// <exception cref="InvalidDataException">Ids collide or leave gaps, or a byte has no token; the message names the file.</exception>
    public Gpt2Vocabulary(VocabularyFile file, IReadOnlyList<AddedEntry> added)
    {
        (File, Added) = (file, [.. added.Select(entry => entry.Token)]);
        AddedEntry[] beside = [.. added.Where(entry => !file.Ids.ContainsKey(entry.Token.Text))];
        var tokens = new string?[file.Ids.Count + beside.Length];
        void Place(string token, int id, string where)
        {
            if (id >= tokens.Length)
                throw BadFile.Error(where,
                    $"token {BadFile.Quote(token)}: expected an id below {tokens.Length}, the number of tokens, got {id}.");
            if (tokens[id] is { } other)
                throw BadFile.Error(where, $"tokens {BadFile.Quote(other)} and {BadFile.Quote(token)} have the same id {id}.");
            if (token.Length == 0) throw BadFile.Error(where, $"token {id} is empty.");
            tokens[id] = token;
        }

        foreach (var (token, id) in file.Ids) Place(token, id, file.Name);
        foreach (var (token, where) in beside) Place(token.Text, token.Id, where);

        for (var value = 0; value < 256; value++)
            if (ByteAlphabet.Character((byte)value).ToString() is var character && !file.Ids.ContainsKey(character))
                throw BadFile.Error(
                    file.Name, $"expected a token for every byte, but {BadFile.Quote(character)} (byte {value}) is missing.");
        Tokens = tokens!;
        CheckMerges(file);
    }

    /// <summary>A vocabulary without files beside it.</summary>
    public static Gpt2Vocabulary Of(VocabularyFile file) => new(file, new AddedTokenFiles().Join(file));

    /// <summary>What BPE works with.</summary>
    public VocabularyFile File { get; }

    /// <summary>Added tokens, by id; texts, some of them in the vocabulary too.</summary>
    public IReadOnlyList<AddedToken> Added { get; }

    /// <summary>Id to token, [id].</summary>
    public string[] Tokens { get; }

    /// <summary>Requires that parts and results are all tokens.</summary>
    private static void CheckMerges(VocabularyFile file)
    {
        var (ids, seen) = (file.Ids.GetAlternateLookup<ReadOnlySpan<char>>(), new HashSet<string>(file.Merges.Count));
        foreach (var (index, text) in file.Merges.Index())
        {
            InvalidDataException Bad(string problem) => BadFile.Error(file.PlaceOfMerge(index), problem);
            var space = text.IndexOf(' ');
            if (space < 1 || space == text.Length - 1 || text.IndexOf(' ', space + 1) >= 0)
                throw Bad($"expected two tokens and one space between them, got {BadFile.Quote(text)}.");
            void Known(ReadOnlySpan<char> token)
            {
                if (!ids.ContainsKey(token)) throw Bad($"expected tokens of the vocabulary, got {BadFile.Quote(token.ToString())}.");
            }

            Known(text.AsSpan(0, space));
            Known(text.AsSpan(space + 1));
            Known(text.Remove(space, 1));
            if (!seen.Add(text)) throw Bad($"merge {BadFile.Quote(text)} is there twice.");
        }
    }
}
