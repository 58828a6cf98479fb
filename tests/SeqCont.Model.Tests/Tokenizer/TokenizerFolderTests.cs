using System.Text.Json.Nodes;
using SeqCont.Model.Tests.Weights;

namespace SeqCont.Model.Tests;

/// <summary>The tokenizer files that models come with, alone, together and at odds.</summary>
[TestClass]
public sealed class TokenizerFolderTests
{
    private const string Text = "Van done in 1. Hat<|endoftext|> x";

    private static readonly string Added = """{"[PAD]": 1108, "<|user|>": 1109}""";

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Load_TokenizerJsonAlone_EqualsVocabularyAndMerges(bool mergesAreArrays)
    {
        var file = DemoJson();
        if (mergesAreArrays)
            file["model"]!["merges"] = new JsonArray([.. file["model"]!["merges"]!.AsArray()
                .Select(merge => (JsonNode)new JsonArray([.. merge!.GetValue<string>().Split(' ').Select(part => (JsonNode)part)]))]);
        using var folder = Folder(("tokenizer.json", file.ToJsonString()));
        var own = Gpt2Tokenizer.Load(folder.Path);
        CollectionAssert.AreEqual(Gpt2Files.Demo().Encode(Text), own.Encode(Text));
        Assert.AreEqual(1107, own.EndOfText);
        Assert.AreEqual(1108, own.VocabularySize);
        Assert.IsEmpty(own.Notices);
    }

    [TestMethod]
    [DataRow("normalizer", """{"type":"NFC"}""", "normalizer: expected none, got {\"type\":\"NFC\"}.")]
    [DataRow("pre_tokenizer", "null", "pre_tokenizer: expected type ByteLevel, got null.")]
    [DataRow("pre_tokenizer", """{"type":"Whitespace"}""", "pre_tokenizer: expected type ByteLevel, got {\"type\":\"Whitespace\"}.")]
    [DataRow("pre_tokenizer", """{"type":"ByteLevel","use_regex":false,"add_prefix_space":false}""",
        "pre_tokenizer.use_regex: expected true, got false.")]
    [DataRow("pre_tokenizer", """{"type":"ByteLevel"}""", "expected pre_tokenizer.add_prefix_space, found none.")]
    [DataRow("model", "7", "model: expected an object, got 7.")]
    [DataRow("model", "{}", "expected model.vocab, found none.")]
    [DataRow("model.type", "\"WordPiece\"", "model.type: expected \"BPE\", got \"WordPiece\".")]
    [DataRow("model.dropout", "0.1", "model.dropout: expected none, got 0.1.")]
    [DataRow("model.ignore_merges", "true", "model.ignore_merges: expected none, got true.")]
    [DataRow("model.continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix: expected none, got \"##\".")]
    [DataRow("model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix: expected none, got \"\\u003C/w\\u003E\".")]
    [DataRow("model.vocab", "[]", "model.vocab: expected an object of token: id, got [].")]
    [DataRow("model.vocab", """{"a":-1}""", "model.vocab: token \"a\": expected a non-negative integer id.")]
    [DataRow("model.vocab", """{"a":0}""", "expected a token for every byte, but ")]
    [DataRow("model.merges", "[\"Q Q\"]", "model.merges[0]: expected tokens of the vocabulary, got \"QQ\".")]
    [DataRow("model.merges", "{}", "model.merges: expected an array, got {}.")]
    [DataRow("model.merges", "[\"a b c\"]", "model.merges[0]: expected two tokens and one space between them, got \"a b c\".")]
    [DataRow("model.merges", "[[\"a\",\"b\",\"c\"]]", "model.merges[0]: expected two tokens, got [\"a\",\"b\",\"c\"].")]
    [DataRow("model.merges", "[7]", "model.merges[0]: expected two tokens, got 7.")]
    [DataRow("added_tokens", "{}", "added_tokens: expected an array, got {}.")]
    [DataRow("added_tokens", "[7]", ":1: added_tokens[0]: expected an object, got 7.")]
    [DataRow("added_tokens", "[{}]", "added_tokens[0].content: missing; expected a token.")]
    [DataRow("added_tokens", """[{"content":"x","id":-1}]""", "added_tokens[0].id: expected a whole number of 0 or more, got -1.")]
    [DataRow("added_tokens", """[{"content":"","id":5}]""", "added_tokens[0].content: expected a token, got \"\".")]
    [DataRow("added_tokens", """[{"content":"xy","id":5}]""", "added_tokens[0]: tokens ")]
    [DataRow("added_tokens", """[{"content":"xy","id":2000}]""", "added_tokens[0]: token \"xy\": expected an id below 1109")]
    [DataRow("added_tokens", """[{"content":"xy","id":1108,"lstrip":1}]""", "added_tokens[0].lstrip: expected true or false, got 1.")]
    [DataRow("added_tokens", """[{"content":"<|endoftext|>","id":1108}]""", "token \"<|endoftext|>\": expected id 1107, as in ")]
    public void Load_TokenizerJsonOfAnotherKind_NamesFileAndField(string field, string value, string expected)
    {
        var file = DemoJson();
        var parts = field.Split('.');
        (parts.Length == 1 ? file : file[parts[0]]!)[parts[^1]] = JsonNode.Parse(value);
        using var folder = Folder(("tokenizer.json", file.ToJsonString()));
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Tokenizer.Load(folder.Path));
        Assert.StartsWith(Path.Combine(folder.Path, "tokenizer.json") + ":", thrown.Message);
        Assert.Contains(expected, thrown.Message);
        Assert.DoesNotContain("\n", thrown.Message);
    }

    [TestMethod]
    [DataRow("tokenizer.json", "", ":1: not valid JSON")]
    [DataRow("tokenizer.json", "[]", "expected a JSON object")]
    [DataRow("tokenizer.json", """{"model": {}, "model": {}}""", ":1: model is there twice")]
    [DataRow("tokenizer.json", "{\"model\": {\"vocab\":\n{\"\\ud800\": 1}}}",
        @":2: model.vocab.\ud800: its name is not valid text: half a surrogate pair.")]
    [DataRow("tokenizer.json", """{"model": {"merges": ["\udc00 a"]}}""", ":1: model.merges[0]: not valid text: half a surrogate pair.")]
    [DataRow("tokenizer.json", """{"\ud800": 1}""", @":1: \ud800: its name is not valid text: half a surrogate pair.")]
    [DataRow("tokenizer.json", "{\"added_tokens\": [\n{\"content\": \"x\\ud800\", \"id\": 1}]}",
        ":2: added_tokens[0].content: not valid text: half a surrogate pair.")]
    [DataRow("tokenizer.json", "{\"added_tokens\": [\n{\"content\": \"x\",\n\"id\": 1, \"id\": 2}]}",
        ":3: added_tokens[0].id: is there twice.")]
    [DataRow("tokenizer.json", "{\"added_tokens\": [\n{\"id\": 1,\n\"content\": 2}]}",
        ":3: added_tokens[0].content: expected a token, got 2.")]
    [DataRow("tokenizer.json", "{\n\"pre_tokenizer\": {\"type\": 1, \"type\": \"ByteLevel\"}}", ":2: pre_tokenizer.type: is there twice.")]
    [DataRow("tokenizer.json", "{\"model\": {\n\"vocab\":\n{\"a\": 0, \"a\": 1}}}", ":3: model.vocab: token \"a\" is there twice.")]
    [DataRow("added_tokens.json", """{"\ud800": 1108}""", "half a surrogate pair")]
    [DataRow("added_tokens.json", """{"x": "1108"}""", "x: expected a whole number of 0 or more, got \"1108\"")]
    [DataRow("added_tokens.json", """{"": 1108}""", "a token is empty")]
    [DataRow("added_tokens.json", """{"xy": 1109}""", "xy: token \"xy\": expected an id below 1109, the number of tokens, got 1109")]
    [DataRow("added_tokens.json", """{"<|endoftext|>": 1108}""", "expected id 1107, as in ")]
    [DataRow("tokenizer_config.json", """{"added_tokens_decoder": {"x": {"content": "a"}}}""", "expected ids as keys, got \"x\"")]
    [DataRow("tokenizer_config.json", """{"added_tokens_decoder": []}""", "added_tokens_decoder: expected an object, got an empty list")]
    [DataRow("tokenizer_config.json", """{"added_tokens_decoder": {"1108": 7}}""", "added_tokens_decoder.1108: expected an object")]
    [DataRow("tokenizer_config.json", """{"add_prefix_space": 1}""", "add_prefix_space: expected true or false, got 1")]
    [DataRow("tokenizer_config.json", """{"pad_token": "\ud800"}""", "pad_token: not valid text")]
    [DataRow("tokenizer_config.json", """{"split_special_tokens": true}""", "split_special_tokens: true is not supported: expected false")]
    [DataRow("special_tokens_map.json", """{"pad_token": 7}""", "pad_token: expected a token, got 7")]
    public void Load_BadFile_NamesItInOneLine(string name, string content, string expected)
    {
        using var folder = name == "tokenizer.json" ? Folder((name, content)) : Demo((name, content));
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Tokenizer.Load(folder.Path));
        Assert.StartsWith(Path.Combine(folder.Path, name) + ":", thrown.Message);
        Assert.Contains(expected, thrown.Message);
        Assert.DoesNotContain("\n", thrown.Message);
    }

    [TestMethod]
    public void Load_AddedTokensOfSeveralFiles_AreJoined()
    {
        using var folder = Demo(
            ("added_tokens.json", Added),
            ("tokenizer_config.json", """{"added_tokens_decoder": {"1109": {"content": "<|user|>", "lstrip": true, "special": true}}}"""),
            ("special_tokens_map.json",
                """{"pad_token": "[PAD]", "mask_token": {"content": "[M]"}, "additional_special_tokens": ["Van"]}"""));
        var own = Gpt2Tokenizer.Load(folder.Path);
        var van = Gpt2Files.Demo().SingleToken("Van");
        CollectionAssert.AreEqual(
            new[] { (van, "Van"), (1107, "<|endoftext|>"), (1108, "[PAD]"), (1109, "<|user|>"), (1110, "[M]") },
            own.AddedTokens.Select(token => (token.Id, token.Text)).ToArray());
        Assert.IsTrue(own.AddedTokens[3].LStrip);
        CollectionAssert.AreEqual(new[] { 1108, 1109, van, 1110 }, own.Encode("[PAD]  <|user|>Van[M]"));
    }

    [TestMethod]
    public void Load_FilesThatNameTwoIdsForAToken_NamesBoth()
    {
        using var folder = Demo(
            ("added_tokens.json", Added), ("tokenizer_config.json", """{"added_tokens_decoder": {"1109": {"content": "[PAD]"}}}"""));
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Tokenizer.Load(folder.Path));
        Assert.AreEqual(
            $"{Path.Combine(folder.Path, "tokenizer_config.json")}: added_tokens_decoder.1109: token \"[PAD]\": expected id 1108, as in "
                + $"{Path.Combine(folder.Path, "added_tokens.json")}: [PAD], got 1109.", thrown.Message);
    }

    [TestMethod]
    public void Load_PrefixSpaceOfTokenizerConfig_IsAdded()
    {
        using var folder = Demo(("tokenizer_config.json", """{"add_prefix_space": true}"""));
        CollectionAssert.AreEqual(Gpt2Files.Demo().Encode(" Van"), Gpt2Tokenizer.Load(folder.Path).Encode("Van"));
    }

    [TestMethod]
    public void Load_TokenizerJsonThatAgrees_SaysNothing()
    {
        using var folder = Demo(("tokenizer.json", DemoJson().ToJsonString()));
        Assert.IsEmpty(Gpt2Tokenizer.Load(folder.Path).Notices);
    }

    [TestMethod]
    public void Load_TokenizerJsonThatDisagrees_IsUsedWithANotice()
    {
        var file = DemoJson();
        var merges = file["model"]!["merges"]!.AsArray();
        merges.RemoveAt(merges.Count - 1);
        using var folder = Demo(("tokenizer.json", file.ToJsonString()));
        var notice = Gpt2Tokenizer.Load(folder.Path).Notices.Single();
        Assert.StartsWith($"{folder.Path}: merge {merges.Count + 1} is \"", notice);
        Assert.EndsWith("in merges.txt, but none in tokenizer.json; tokenizer.json is used", notice);

        var vocabulary = file["model"]!["vocab"]!.AsObject();
        (vocabulary["Van"], vocabulary["Ġdone"]) = (vocabulary["Ġdone"]!.DeepClone(), vocabulary["Van"]!.DeepClone());
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), file.ToJsonString());
        var own = Gpt2Tokenizer.Load(folder.Path);
        Assert.Contains("in vocab.json, but in tokenizer.json", own.Notices.Single());
        CollectionAssert.AreEqual(Gpt2Files.Demo().Encode(" done"), own.Encode("Van"));
    }

    [TestMethod]
    public void Load_TokenizerJsonOfAnotherKindBesideVocabulary_IsRefusedUnlessSkipped()
    {
        var file = DemoJson();
        file["normalizer"] = new JsonObject { ["type"] = "NFC" };
        using var folder = Demo(("tokenizer.json", file.ToJsonString()));
        Assert.AreEqual($"{Path.Combine(folder.Path, "tokenizer.json")}:1: normalizer: expected none, got {{\"type\":\"NFC\"}}.",
            Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Tokenizer.Load(folder.Path)).Message);
        var own = Gpt2Tokenizer.Load(folder.Path, skipsTokenizerJson: true);
        CollectionAssert.AreEqual(Gpt2Files.Demo().Encode(Text), own.Encode(Text));
        Assert.IsEmpty(own.Notices);
    }

    private const string Alone = " to every text by itself; this program adds a begin-of-text token with --bos alone";

    [TestMethod]
    [DataRow("post_processor", """{"type":"ByteLevel","trim_offsets":false}""", null)]
    [DataRow("post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}]}""", null)]
    [DataRow("post_processor",
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{}},{"SpecialToken":{"id":"\u001b"}}]}""",
        "adds \"<s>\" and \"\\u001b\"" + Alone)]
    [DataRow("post_processor", """{"type":"Sequence","processors":[{"type":"RobertaProcessing","cls":["[C]",0],"sep":["[S]",1]}]}""",
        "adds \"[C]\" and \"[S]\"" + Alone)]
    [DataRow("post_processor", """{"type":"Other"}""", "post_processor Other is left aside")]
    [DataRow("truncation", """{"max_length":8}""", "truncation is left aside: prompts are neither cut nor padded here")]
    [DataRow("padding", """{"pad_id":0}""", "padding is left aside: prompts are neither cut nor padded here")]
    public void Load_WhatIsDoneToIdsAfterwards_IsSaid(string field, string value, string? notice)
    {
        var file = DemoJson();
        file[field] = JsonNode.Parse(value);
        using var folder = Folder(("tokenizer.json", file.ToJsonString()));
        var own = Gpt2Tokenizer.Load(folder.Path);
        CollectionAssert.AreEqual(Gpt2Files.Demo().Encode(Text), own.Encode(Text));
        Assert.AreEqual(notice is null ? "" : $"{Path.Combine(folder.Path, "tokenizer.json")}: {notice}", string.Join('\n', own.Notices));
    }

    [TestMethod]
    public void Load_BosThatTokenizerConfigAdds_IsSaid()
    {
        using var folder = Demo(("tokenizer_config.json", """{"add_bos_token": true, "split_special_tokens": false}"""));
        Assert.EndsWith("tokenizer_config.json: adds a begin-of-text token" + Alone, Gpt2Tokenizer.Load(folder.Path).Notices.Single());
    }

    [TestMethod]
    public void Load_NumbersThatJsonHasNot_MatterWhereTheyAreRead()
    {
        var json = DemoJson().ToJsonString();
        using var folder = Demo(
            ("tokenizer.json", $"{{\"a\":NaN,{json[1..^1]},\"b\":[-Infinity]}}"), ("added_tokens.json", """{"NaN": 1108}"""),
            ("tokenizer_config.json", """{"model_max_length": Infinity, "x": "NaN"}"""), ("special_tokens_map.json", """{"y": NaN}"""));
        Assert.AreEqual(1108, Gpt2Tokenizer.Load(folder.Path).SingleToken("NaN"));
        File.WriteAllText(folder.File("added_tokens.json"), """{"NaN": NaN}""");
        Assert.EndsWith("NaN: expected a whole number of 0 or more, got NaN.",
            Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Tokenizer.Load(folder.Path)).Message);
    }

    [TestMethod]
    [DataRow("lstrip")]
    [DataRow("rstrip")]
    public void MaxTokenBytes_WhereATokenTakesInWhiteSpace_IsNoBound(string flag)
    {
        using var folder = Demo(("tokenizer_config.json",
            $"{{\"added_tokens_decoder\": {{\"1108\": {{\"content\": \"[M]\", \"{flag}\": true}}}}}}"));
        var (own, spaces) = (Gpt2Tokenizer.Load(folder.Path), new string(' ', 500));
        var text = flag == "lstrip" ? $"{spaces}[M]" : $"[M]{spaces}";
        CollectionAssert.AreEqual(new[] { 1108 }, own.Encode(text));
        Assert.AreEqual(int.MaxValue, own.MaxTokenBytes);
        Assert.AreEqual(1108, own.SingleToken(text));
        Assert.AreEqual(1108, own.TrySingleToken(text));
        Assert.ThrowsExactly<InvalidDataException>(() => own.SingleToken($"{text} x"));
    }

    /// <summary>The demo's vocab.json and merges.txt in a folder with other files.</summary>
    internal static TempFolder Demo(params (string Name, string Content)[] files)
    {
        static (string, string) Own(string name) => (name, File.ReadAllText(Gpt2Files.DemoPath(name)));
        return Folder([Own("vocab.json"), Own("merges.txt"), .. files]);
    }

    private static TempFolder Folder(params (string Name, string Content)[] files)
    {
        var folder = new TempFolder();
        foreach (var (name, content) in files) File.WriteAllText(Path.Combine(folder.Path, name), content);
        return folder;
    }

    private static JsonNode DemoJson() =>
        HuggingFace.TokenizerJson(Gpt2Files.OpenDemo("vocab.json"), Gpt2Files.OpenDemo("merges.txt"));
}
