using System.Security.Cryptography;
using System.Text.Json;
using SeqCont.Engine;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>seqcont cache against the cache that TransformerLens made of the same weights and tokens.</summary>
[TestClass]
public sealed class CacheTests
{
    private static readonly string Model = TestFiles.Data("tiny", "models", "tiny-2x3");

    [TestMethod]
    [DataRow("unprocessed", "fp32", 2e-4)]
    [DataRow("unprocessed", "fp64", 4e-6)]
    [DataRow("processed", "fp32", 2e-4)]
    [DataRow("processed", "fp64", 4e-6)]
    public void Cache_EveryHook_EqualsTransformerLens(string fixture, string precision, double tolerance)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("cache.safetensors");
        string[] flags = fixture == "processed" ? ["--processed"] : [];
        Done(["--hooks", "*,*.hook_result,logits", "--model", Model, "--clean", Prompts(folder), "--precision", precision, "--out", file,
            .. flags]);
        using var expected = SafetensorsFile.FromFile(TestFiles.Data("tiny", "b_cache", fixture + ".safetensors"));
        using var actual = SafetensorsFile.FromFile(file);
        CollectionAssert.AreEquivalent(expected.Names.Concat(["lengths", "correct_ids", "incorrect_ids"]).ToArray(),
            actual.Names.ToArray());
        foreach (var name in expected.Names)
        {
            Assert.AreEqual(expected.Entry(name).DType, actual.Entry(name).DType, name);
            CollectionAssert.AreEqual(expected.Entry(name).Shape.ToArray(), actual.Entry(name).Shape.ToArray(), name);
            if (name == "tokens") CollectionAssert.AreEqual(expected.ReadIntegers(name), actual.ReadIntegers(name));
            else AssertClose(Values(expected, name), Values(actual, name), tolerance, name);
        }

        Assert.AreEqual(fixture == "processed"
            ? "processed as by HookedTransformer.from_pretrained" : "unprocessed", actual.Metadata["weights"]);
    }

    /// <summary>The study also refactored W_Q W_K and W_V W_O, which leaves what attention does as it is.</summary>
    [TestMethod]
    public void Cache_Processed_EqualsTheRefactoredModelOutsideItsHeads()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("cache.safetensors");
        const string hooks = "*.hook_pattern,*.hook_attn_scores,*.hook_attn_out,*.mlp.*,*.hook_mlp_out,*.hook_resid_*,logits";
        Done(["--hooks", hooks, "--processed", "--model", Model, "--clean", Prompts(folder), "--precision", "fp64", "--out", file]);
        using var expected = SafetensorsFile.FromFile(TestFiles.Data("tiny", "b_cache", "processed_refactored.safetensors"));
        using var actual = SafetensorsFile.FromFile(file);
        var names = actual.Names.Where(name => name.Contains('.', StringComparison.Ordinal) || name == "logits").ToArray();
        Assert.HasCount(19, names);
        foreach (var name in names) AssertClose(Values(expected, name), Values(actual, name), 4e-6, name);
    }

    [TestMethod]
    public void Cache_DifferentLengths_PadsOnTheRightAndChangesNoBit()
    {
        using var folder = new TemporaryFolder();
        string[] rows = ["""{"tokens": [5, 17, 3, 40], "corr": 1, "incorr": 2}""", """{"tokens": [5, 17], "corr": 3, "incorr": 4}"""];
        var both = folder.Write("both.jsonl", string.Join('\n', rows));
        const string hooks = "*,*.hook_result,logits";
        Done(["--hooks", hooks, "--model", Model, "--clean", both, "--out", folder.File("both.safetensors")]);
        Done(["--hooks", hooks, "--model", Model, "--clean", folder.Write("short.jsonl", rows[1]), "--out",
            folder.File("short.safetensors")]);
        using var padded = SafetensorsFile.FromFile(folder.File("both.safetensors"));
        using var alone = SafetensorsFile.FromFile(folder.File("short.safetensors"));
        CollectionAssert.AreEqual(new long[] { 4, 2 }, padded.ReadIntegers("lengths"));
        CollectionAssert.AreEqual(new long[] { 5, 17, 3, 40, 5, 17, 0, 0 }, padded.ReadIntegers("tokens"));
        CollectionAssert.AreEqual(new long[] { 1, 3 }, padded.ReadIntegers("correct_ids"));
        foreach (var name in alone.Names.Where(name => padded.Entry(name).DType == "F32"))
        {
            var (mine, expected) = (Values(padded, name), Values(alone, name));
            var shape = padded.Entry(name).Shape;
            var isAttention = name.Contains("hook_pattern", StringComparison.Ordinal)
                || name.Contains("hook_attn_scores", StringComparison.Ordinal);
            var share = mine.AsSpan(mine.Length / 2);
            if (!isAttention)
            {
                Assert.IsTrue(share[..(share.Length / 2)].SequenceEqual(expected), name);
                Assert.IsFalse(share[(share.Length / 2)..].ContainsAnyExcept(0), name);
                continue;
            }

            // [head, 4, 4] against [head, 2, 2]: keys after a query are 0 in a pattern and minus infinity in scores.
            var after = name.Contains("scores", StringComparison.Ordinal) ? double.NegativeInfinity : 0;
            for (var head = 0; head < shape[1]; head++)
                for (var query = 0; query < 4; query++)
                    for (var key = 0; key < 4; key++)
                        Assert.AreEqual(query > 1
                            ? 0 : key < 2 ? expected[(head * 2 + query) * 2 + key] : after, share[(head * 4 + query) * 4
                                + key], $"{name} {head} {query} {key}");
        }
    }

    [TestMethod]
    [DataRow("last", 3, 1)]
    [DataRow("-1", 3, 1)]
    [DataRow("1", 1, 1)]
    [DataRow("-2", 2, 0)]
    public void Cache_OnePosition_IsThatPositionOfTheWhole(string position, int first, int second)
    {
        using var folder = new TemporaryFolder();
        var prompts = folder.Write("p.jsonl", """
            {"tokens": [5, 17, 3, 40], "corr": 1, "incorr": 2}
            {"tokens": [9, 60], "corr": 3, "incorr": 4}
            """);
        string[] hooks = ["--hooks", "*,*.hook_result,logits", "--model", Model, "--clean", prompts];
        Done([.. hooks, "--out", folder.File("all.safetensors")]);
        Done([.. hooks, "--pos", position, "--out", folder.File("one.safetensors")]);
        using var all = SafetensorsFile.FromFile(folder.File("all.safetensors"));
        using var one = SafetensorsFile.FromFile(folder.File("one.safetensors"));
        CollectionAssert.AreEqual(all.Names.ToArray(), one.Names.ToArray());
        foreach (var name in one.Names.Where(name => one.Entry(name).DType == "F32"))
        {
            var (whole, part, shape) = (Values(all, name), Values(one, name), one.Entry(name).Shape);
            var axis = name.Contains("hook_pattern", StringComparison.Ordinal)
                || name.Contains("hook_attn_scores", StringComparison.Ordinal) ? 2 : 1;
            Assert.AreEqual(1, shape[axis], name);
            var outer = axis == 2 ? (int)shape[1] : 1;
            var width = part.Length / 2 / outer;
            for (var prompt = 0; prompt < 2; prompt++)
                for (var i = 0; i < outer; i++)
                {
                    var expected = whole.AsSpan(((prompt * outer + i) * 4 + (prompt == 0 ? first : second)) * width, width);
                    Assert.IsTrue(expected.SequenceEqual(part.AsSpan((prompt * outer + i) * width, width)), $"{name}, prompt {prompt}");
                }
        }
    }

    [TestMethod]
    public void Cache_BatchesThreadsAndMemory_GiveTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        string[][] ways = [[], ["--threads", "1"], ["--memory", "76MB"]];
        string[] hooks = ["--hooks", "blocks.*.attn.hook_z,blocks.3.mlp.hook_post,ln_final.hook_scale,blocks.2.attn.hook_pattern,logits",
            "--num-samps", "24"];
        string[] hashes = [.. ways.Select((way, i) =>
            Done([.. hooks, "--out", folder.File($"{i}.safetensors"), .. way], folder.File($"{i}.safetensors")))];
        Assert.AreEqual(hashes[0], hashes[1]);
        Assert.AreEqual(hashes[0], hashes[2]);
        // 72 prompts are two batches at most 64; the small budget makes more of them.
        var log = Invocation.Run(["cache", .. hooks, "--memory", "76MB", "--out", folder.File("3.safetensors"), "--verbose"]).Error;
        Assert.IsGreaterThan(2, log.Split('\n').Count(line => line.Contains("prompts done", StringComparison.Ordinal)));
        StringAssert.Contains(Invocation.Run(["cache", .. hooks, "--memory", "40MB", "--out", folder.File("4.safetensors")]).Error,
            "needs at least");
        Assert.IsEmpty(Directory.GetFiles(folder.Path, "*.partial"));
    }

    [TestMethod]
    [DataRow("f64", "F64", 0)]
    [DataRow("f16", "F16", 1.0 / (1 << 11))]
    [DataRow("bf16", "BF16", 1.0 / (1 << 8))]
    public void Cache_OtherNumbers_AreTheSameRounded(string dtype, string expected, double relative)
    {
        using var folder = new TemporaryFolder();
        string[] hooks = ["--hooks", "blocks.1.attn.hook_z", "--model", Model, "--clean", Prompts(folder)];
        Done([.. hooks, "--out", folder.File("a.safetensors")]);
        Done([.. hooks, "--dtype", dtype, "--out", folder.File("b.safetensors")]);
        using var wide = SafetensorsFile.FromFile(folder.File("a.safetensors"));
        using var other = SafetensorsFile.FromFile(folder.File("b.safetensors"));
        Assert.AreEqual(expected, other.Entry("blocks.1.attn.hook_z").DType);
        var (values, rounded) = (Values(wide, "blocks.1.attn.hook_z"), Values(other, "blocks.1.attn.hook_z"));
        // Below the smallest normal float16 the step is absolute.
        for (var i = 0; i < values.Length; i++)
            Assert.AreEqual(values[i], rounded[i], relative * Math.Abs(values[i]) + (relative == 0 ? 0 : 6e-8), $"{dtype} at {i}");
        Assert.AreEqual(relative == 0, values.SequenceEqual(rounded));
    }

    [TestMethod]
    public void Cache_Task_SavesPromptsAndSaysWhatItWrote()
    {
        using var folder = new TemporaryFolder();
        string[] task = ["--task", "months", "--num-samps", "3", "--bos"];
        var run = Invocation.Run(
            ["cache", "--hooks", "blocks.3.hook_resid_post", .. task, "--which", "corrupted", "--json", "--quiet", "--out",
                folder.File("c.safetensors")]);
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.AreEqual("", run.Error);
        Assert.AreEqual(0, Invocation.Run(["data", "export", .. task, "--out", folder.File("p.safetensors")]).Code);
        using var cache = SafetensorsFile.FromFile(folder.File("c.safetensors"));
        using var prompts = SafetensorsFile.FromFile(folder.File("p.safetensors"));
        CollectionAssert.AreEqual(prompts.ReadIntegers("corrupted_tokens"), cache.ReadIntegers("tokens"));
        CollectionAssert.AreEqual(prompts.ReadIntegers("corrupted_lengths"), cache.ReadIntegers("lengths"));
        CollectionAssert.AreEqual(prompts.ReadIntegers("correct_ids"), cache.ReadIntegers("correct_ids"));
        Assert.HasCount(9, JsonDocument.Parse(cache.Metadata["prompts"]).RootElement.EnumerateArray()
            .Where(text => text.GetString()!.Contains(' ', StringComparison.Ordinal)).ToArray());
        Assert.AreEqual("1107", cache.Metadata["bos"]);
        using var printed = JsonDocument.Parse(run.Out);
        Assert.AreEqual(new FileInfo(folder.File("c.safetensors")).Length, printed.RootElement.GetProperty("bytes").GetInt64());
        var tensors = printed.RootElement.GetProperty("tensors").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(cache.Names.ToArray(), tensors.Select(tensor => tensor.GetProperty("name").GetString()).ToArray());
        CollectionAssert.AreEqual(cache.Entry("blocks.3.hook_resid_post").Shape.ToArray(),
            tensors[0].GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray());
        Assert.Contains("9 prompts in", Invocation.Run(
            ["cache", "--hooks", "hook_embed", .. task, "--out", folder.File("d.safetensors")]).Error);
    }

    [TestMethod]
    [DataRow(2, "expected --hooks", "--out", "x.safetensors")]
    [DataRow(2, "expected --out", "--hooks", "*")]
    [DataRow(2, "ends in .safetensors", "--hooks", "*", "--out", "x.npz")]
    [DataRow(2, "no hook 'blocks.1.attn.hook_zz'; near it are blocks.1.attn.hook_z,", "--hooks", "hook_embed,blocks.1.attn.hook_zz",
        "--out", "x.safetensors")]
    [DataRow(2, "no hook 'blocks.9.attn.hook_z'", "--hooks", "blocks.9.attn.hook_z", "--out", "x.safetensors")]
    [DataRow(2, "(layers 0 to 3)", "--hooks", "blocks.9.attn.hook_z", "--out", "x.safetensors")]
    [DataRow(2, "no hook 'blocks.*.zz'; * stands for", "--hooks", "blocks.*.zz", "--out", "x.safetensors")]
    [DataRow(2, "no hook ''", "--hooks", "hook_embed,", "--out", "x.safetensors")]
    [DataRow(2, "--pos: expected all, last", "--hooks", "*", "--pos", "first", "--out", "x.safetensors")]
    [DataRow(2, "--which: expected one of clean, corrupted", "--hooks", "*", "--which", "both", "--out", "x.safetensors")]
    [DataRow(2, "give the corrupted file itself", "--hooks", "*", "--which", "corrupted", "--clean", "x.jsonl", "--out", "x.safetensors")]
    [DataRow(1, "expected a position 23, but the prompt has 23 tokens", "--hooks", "hook_embed", "--pos", "23", "--num-samps", "1", "--out",
        "x.safetensors")]
    [DataRow(1, "expected a position -24", "--hooks", "hook_embed", "--pos", "-24", "--num-samps", "1", "--out", "x.safetensors")]
    public void Cache_BadInput_IsOneLineAndNoFile(int code, string says, params string[] args)
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run(["cache", .. args.Select(arg => arg.StartsWith("x.", StringComparison.Ordinal) ? folder.File(arg) : arg)]);
        Assert.AreEqual(code, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines, run.Error);
        Assert.Contains(says, run.Error);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void Cache_FileIsThere_IsKeptUnlessForced()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("x.safetensors", "old");
        string[] args = ["cache", "--hooks", "hook_embed", "--num-samps", "1", "--out", file];
        var refused = Invocation.Run(args);
        Assert.AreEqual(1, refused.Code);
        Assert.Contains("--force", refused.Error);
        Assert.AreEqual("old", File.ReadAllText(file));
        var cancelled = Invocation.Run([.. args, "--hooks", "*", "--force"], new CancellationToken(canceled: true));
        Assert.AreNotEqual(0, cancelled.Code);
        Assert.AreEqual("old", File.ReadAllText(file));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
        Done([.. args[1..], "--force"]);
        Assert.AreNotEqual("old", File.ReadAllText(file));
    }

    [TestMethod]
    public void Cache_Cancelled_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run(["cache", "--hooks", "*", "--num-samps", "1", "--out", folder.File("x.safetensors")],
            new CancellationToken(canceled: true));
        Assert.AreEqual(130, run.Code, run.Error);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    /// <summary>The fixtures' tokens as a prompt file; the answers are not what is compared.</summary>
    private static string Prompts(TemporaryFolder folder)
    {
        using var file = SafetensorsFile.FromFile(TestFiles.Data("tiny", "b_cache", "unprocessed.safetensors"));
        var rows = file.ReadIntegers("tokens").Chunk(10)
            .Select(tokens =>
                $$"""{"tokens": [{{string.Join(", ", tokens.Select(token => $"{token}"))}}], "corr": 1, "incorr": 2}""");
        return folder.Write("prompts.jsonl", string.Join('\n', rows));
    }

    private static string Done(string[] args, string? file = null)
    {
        var run = Invocation.Run(["cache", .. args]);
        Assert.AreEqual(0, run.Code, run.Error);
        return file is null ? "" : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
    }

    private static double[] Values(SafetensorsFile file, string name)
    {
        Tensor tensor = file.Open(name);
        var values = new double[tensor.Length];
        tensor.Read(0, values);
        return values;
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        for (var i = 0; i < expected.Length; i++)
            if (!expected[i].Equals(actual[i])) Assert.AreEqual(expected[i], actual[i], tolerance, $"{what} at {i}");
    }
}
