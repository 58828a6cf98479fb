using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Tokenizers.DotNet;

namespace SeqCont.Model.Tests;

/// <summary>Hugging Face's own tokenizers library, where its native part loads (Linux on x64).</summary>
internal sealed class HuggingFace
{
    private readonly Tokenizer _tokenizer;

    /// <summary>A tokenizer of a tokenizer.json.</summary>
    public HuggingFace(JsonNode tokenizerJson)
    {
        var path = Path.Combine(Path.GetTempPath(), $"seqcont-{Guid.NewGuid():N}.json");
        try
        {
            File.WriteAllText(path, tokenizerJson.ToJsonString());
            _tokenizer = new Tokenizer(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            // Where there is a native part for it, a test that does not run is a fault.
            if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64) throw;
            Assert.Inconclusive($"Hugging Face's tokenizers library does not load here: {error.Message}");
            throw;
        }
        finally
        {
            File.Delete(path);
        }
    }

    public int[] Encode(string text) => text.Length == 0 ? [] : Array.ConvertAll(_tokenizer.Encode(text), id => (int)id);

    /// <summary>The tokenizer.json of a vocab.json, a merges.txt and added tokens.</summary>
    public static JsonNode TokenizerJson(Stream vocab, Stream merges, JsonArray? added = null) => new JsonObject
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = added ?? [],
        ["normalizer"] = null,
        ["pre_tokenizer"] = ByteLevel(),
        ["post_processor"] = null,
        ["decoder"] = ByteLevel(),
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = "",
            ["end_of_word_suffix"] = "",
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["vocab"] = JsonNode.Parse(vocab),
            ["merges"] = new JsonArray([.. MergesOf(merges).Select(merge => (JsonNode)merge)]),
        },
    };

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    private static IEnumerable<string> MergesOf(Stream merges)
    {
        using var reader = new StreamReader(merges);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal)) yield return line;
    }
}
