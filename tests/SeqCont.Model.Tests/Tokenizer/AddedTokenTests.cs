using System.Text.Json;
using System.Text.Json.Nodes;
using SeqCont.Model.Tests.Weights;

namespace SeqCont.Model.Tests;

/// <summary>Added tokens are found as Hugging Face's library finds them.</summary>
[TestClass]
public sealed class AddedTokenTests
{
    private static readonly string[] Texts =
    [
        "<|user|>", "<|user", "user", "[PAD]", "a", "ab", "abc", "the", " the", "the ", "Q", "  ", "\n", "1", "12", "é", "e\u0301", "𠮷",
        "_x", "|>", "'s", "Ⓐ", "Ġthe", "\u00A0", "\u3000x", "’", "😀", "\u200D", "٣", "x",
    ];

    [TestMethod]
    public void Encode_RandomAddedTokensOfAllFlags_EqualsHuggingFace()
    {
        var random = new Random(31);
        for (var set = 0; set < 60; set++)
        {
            var texts = random.GetItems(Texts, random.Next(1, 9)).Distinct().ToArray();
            var file = HuggingFace.TokenizerJson(Gpt2Files.OpenDemo("vocab.json"), Gpt2Files.OpenDemo("merges.txt"));
            var vocabulary = file["model"]!["vocab"]!.AsObject();
            file["added_tokens"] = Added(random, texts, vocabulary);
            file["pre_tokenizer"]!["add_prefix_space"] = random.Next(4) == 0;
            var oracle = new HuggingFace(file);
            using var folder = new TempFolder();
            File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), file.ToJsonString());
            var own = Gpt2Tokenizer.Load(folder.Path);
            for (var i = 0; i < 60; i++)
            {
                var text = RandomTexts.Next(random, texts);
                CollectionAssert.AreEqual(
                    oracle.Encode(text), own.Encode(text), $"{JsonSerializer.Serialize(text)} with {file["added_tokens"]!.ToJsonString()}");
            }
        }
    }

    [TestMethod]
    public void Decode_AddedTokens_GivesTheirTexts()
    {
        using var folder = TokenizerFolderTests.Demo(("added_tokens.json", """{"[PAD]": 1108, "ö日本": 1109}"""));
        var own = Gpt2Tokenizer.Load(folder.Path);
        var tokens = own.Encode("[PAD] xö日本");
        Assert.AreEqual("[PAD] xö日本", own.Decode(tokens));
        Assert.AreEqual("[PAD]", own.TokenText(1108));
        Assert.AreEqual("ö日本", own.TokenText(1109));
        Assert.AreEqual(1109, own.SingleToken("ö日本"));
    }

    private static JsonArray Added(Random random, string[] texts, JsonObject vocabulary)
    {
        var (added, next) = (new JsonArray(), vocabulary.Count);
        foreach (var text in texts)
        {
            bool Flag() => random.Next(3) == 0;
            added.Add(new JsonObject
            {
                ["id"] = vocabulary[text]?.GetValue<int>() ?? next++,
                ["content"] = text,
                ["single_word"] = Flag(),
                // The library ends the process over white space with lstrip that the token before has taken in with more.
                ["lstrip"] = Flag() && !string.IsNullOrWhiteSpace(text),
                ["rstrip"] = Flag(),
                ["normalized"] = Flag(),
                ["special"] = Flag(),
            });
        }

        return added;
    }
}
