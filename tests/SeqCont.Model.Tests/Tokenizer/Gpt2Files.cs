using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SeqCont.Model.Tests;

/// <summary>GPT-2's vocab.json and merges.txt, recovered from the ranks that SharpToken carries.</summary>
internal static class Gpt2Files
{
    private static readonly Lazy<(byte[] Vocab, byte[] Merges)> Files = new(Make);
    private static readonly Lazy<Gpt2Tokenizer> Shared = new(() => Gpt2Tokenizer.Create(OpenVocab(), OpenMerges(), "gpt2"));

    public static Gpt2Tokenizer Tokenizer => Shared.Value;

    public static MemoryStream OpenVocab() => new(Files.Value.Vocab);

    public static MemoryStream OpenMerges() => new(Files.Value.Merges);

    public static MemoryStream OpenDemo(string name) => new(File.ReadAllBytes(DemoPath(name)));

    public static Gpt2Tokenizer Demo() => Gpt2Tokenizer.Create(OpenDemo("vocab.json"), OpenDemo("merges.txt"), "demo");

    public static string DemoPath(string name) =>
        Path.Combine(SeqCont.Testing.TestFiles.Root, "src", "SeqCont.Model", "Demo", name);

    private static (byte[] Vocab, byte[] Merges) Make()
    {
        var tokens = ReadRanks();
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var rank = 0; rank < tokens.Count; rank++) ranks.Add(tokens[rank], rank);
        var merges = new StringBuilder("#version: 0.2\n");
        foreach (var token in tokens.Where(token => token.Length > 1))
        {
            var (left, right) = Split(token, ranks);
            merges.Append(left).Append(' ').Append(right).Append('\n');
        }
        ranks.Add(Gpt2Tokenizer.EndOfTextToken, tokens.Count);
        return (JsonSerializer.SerializeToUtf8Bytes(ranks), Encoding.UTF8.GetBytes(merges.ToString()));
    }

    /// <summary>Tokens by rank, written in GPT-2's alphabet of visible characters.</summary>
    private static List<string> ReadRanks()
    {
        var alphabet = MakeAlphabet();
        using var stream = typeof(SharpToken.GptEncoding).Assembly.GetManifestResourceStream("SharpToken.data.r50k_base.tiktoken")!;
        using var reader = new StreamReader(stream);
        var tokens = new List<string>();
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            var parts = line.Split(' ');
            Assert.AreEqual(tokens.Count, int.Parse(parts[1], CultureInfo.InvariantCulture));
            tokens.Add(string.Concat(Convert.FromBase64String(parts[0]).Select(value => alphabet[value])));
        }
        return tokens;
    }

    private static char[] MakeAlphabet()
    {
        var own = Enumerable.Range('!', '~' - '!' + 1)
            .Concat(Enumerable.Range('¡', '¬' - '¡' + 1)).Concat(Enumerable.Range('®', 'ÿ' - '®' + 1)).ToHashSet();
        var next = 256;
        return [.. Enumerable.Range(0, 256).Select(value => (char)(own.Contains(value) ? value : next++))];
    }

    /// <summary>The two parts a token is merged from: what merging with lower ranks only leaves of it.</summary>
    private static (string Left, string Right) Split(string token, Dictionary<string, int> ranks)
    {
        var parts = token.Select(character => character.ToString()).ToList();
        while (parts.Count > 2)
        {
            var (best, at) = (ranks[token], -1);
            for (var i = 0; i + 1 < parts.Count; i++)
                if (ranks.TryGetValue(parts[i] + parts[i + 1], out var rank) && rank < best) (best, at) = (rank, i);
            Assert.AreNotEqual(-1, at, token);
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
        return (parts[0], parts[1]);
    }
}
