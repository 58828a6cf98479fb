using SeqCont.Circuits;
using SeqCont.Model;
using SeqCont.Testing;
using static SeqCont.Cli.Tests.Invocation;

namespace SeqCont.Cli.Tests;

/// <summary>Prompts out of the program and back, in every form.</summary>
[TestClass]
public sealed class DataFormatTests
{
    [TestMethod]
    public void ExportImport_Pickles_AreTheSamePrompts()
    {
        using var folder = new TemporaryFolder();
        string[] export = ["data", "export", "--task", "months", "--num-samps", "3"];
        Done([.. export, "--out", folder.File("lines")]);
        Done([.. export, "--format", "pkl", "--out", folder.File("pickles")]);
        string[] names = ["months_prompts_done", "months_prompts_lost", "months_prompts_names", "randDS_months"];
        CollectionAssert.AreEquivalent(names.Select(name => name + ".pkl").ToArray(),
            Directory.GetFiles(folder.File("pickles")).Select(Path.GetFileName).ToArray());
        Done(["data", "import", .. names.Select(name => folder.File($"pickles/{name}.pkl")), "--out", folder.File("back")]);
        foreach (var name in names)
            Assert.AreEqual(File.ReadAllText(folder.File($"lines/{name}.jsonl")), File.ReadAllText(folder.File($"back/{name}.jsonl")),
                name);
        // A folder of pickles is the study's own form.
        Done(["ablate", "--drop", "m0", "--task", "months", "--num-samps", "3", "--data", folder.File("pickles")]);
        Done(["data", "import", folder.File("lines/randDS_months.jsonl"), "--out", folder.File("one.pkl")]);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder.File("pickles/randDS_months.pkl")), File.ReadAllBytes(folder.File("one.pkl")));
        Done(["data", "export", "--clean", folder.File("one.pkl"), "--out", folder.File("two.pkl")]);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder.File("one.pkl")), File.ReadAllBytes(folder.File("two.pkl")));
        Done(["data", "export", "--clean", folder.File("one.pkl"), "--format", "pkl", "--out", folder.File("clean")]);
        CollectionAssert.AreEqual(new[] { "clean.pkl" }, Directory.GetFiles(folder.File("clean")).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ExportImport_Tensors_AreTheSameTokens(bool bos)
    {
        using var folder = new TemporaryFolder();
        string[] export = ["data", "export", "--task", "numwords", "--num-samps", "3"];
        string[] flag = bos ? ["--bos"] : [];
        Done([.. export, .. flag, "--out", folder.File("p.safetensors")]);
        Done(["data", "import", folder.File("p.safetensors"), "--out", folder.File("back")]);
        Done([.. export, "--tokens", "--out", folder.File("tokens")]);
        string[] templates = ["done", "lost", "names"];
        Assert.AreEqual(TokensOf([.. templates.Select(template => folder.File($"tokens/numwords_prompts_{template}.jsonl"))]),
            TokensOf(folder.File("back/p.jsonl")));
        Assert.AreEqual(TokensOf(folder.File("tokens/randDS_numwords.jsonl")), TokensOf(folder.File("back/p_corrupted.jsonl")));
        var whole = Invocation.Run("data", "import", folder.File("p.safetensors"), "--out", folder.File("one.jsonl"));
        Assert.AreEqual(2, whole.Code);
        Assert.Contains("holds clean and corrupted prompts", whole.Error);
        Done(["data", "export", "--clean", folder.File("tokens/randDS_numwords.jsonl"), "--out", folder.File("clean.safetensors")]);
        Done(["data", "import", folder.File("clean.safetensors"), "--out", folder.File("clean.jsonl")]);
        Assert.AreEqual(TokensOf(folder.File("tokens/randDS_numwords.jsonl")), TokensOf(folder.File("clean.jsonl")));
    }

    [TestMethod]
    [DataRow("clean_lengths", new long[] { 2, 4 }, "clean prompt 2: expected a length from 1 to 3, got 4")]
    [DataRow("clean_lengths", new long[] { 0, 2 }, "clean prompt 1: expected a length from 1 to 3, got 0")]
    [DataRow("clean_lengths", new long[] { 3 },
        "tensor 'clean_tokens': expected [prompt, position] for 2 correct_ids, 2 incorrect_ids and 1 clean_lengths, got [2, 3]")]
    [DataRow("clean_tokens", new long[] { 1, 2, -3, 4, 5, 0 }, "clean prompt 1: expected token ids from 0")]
    [DataRow("clean_tokens", new long[] { 1, 2, 3, 4, 4294967296, 0 }, "clean prompt 2: expected token ids from 0")]
    [DataRow("incorrect_ids", new long[] { 1, -1 }, "clean prompt 2: expected token ids from 0")]
    [DataRow("corrupted_lengths", new long[] { 1, 1 },
        "tensor 'corrupted_tokens': expected [prompt, position] for 2 correct_ids, 2 incorrect_ids and 2 corrupted_lengths, got [1, 2]")]
    [DataRow("bos", new long[] { 7 }, "expected the begin-of-text token 7 first, as the metadata says, got 1")]
    public void Import_TensorsThatDoNotFit_NameFileAndFault(string bad, long[] values, string says)
    {
        using var folder = new TemporaryFolder();
        var tensors = new Dictionary<string, (long[] Shape, long[] Values)>
        {
            ["clean_tokens"] = ([2, 3], [1, 2, 3, 4, 5, 0]),
            ["clean_lengths"] = ([2], [3, 2]),
            ["correct_ids"] = ([2], [8, 9]),
            ["incorrect_ids"] = ([2], [6, 7]),
        };
        if (bad == "corrupted_lengths") tensors["corrupted_tokens"] = ([1, 2], [1, 1]);
        if (bad != "bos")
            tensors[bad] = (tensors.TryGetValue(bad, out var known)
                && known.Values.Length == values.Length ? known.Shape : [values.Length], values);
        var path = folder.File("p.safetensors");
        using (var writer = new SafetensorsWriter(
            path, [.. tensors.Select(tensor => (tensor.Key, "I64", (IReadOnlyList<long>)tensor.Value.Shape))],
            new Dictionary<string, string> { ["bos"] = bad == "bos" ? "7" : "none" }))
        {
            foreach (var (name, tensor) in tensors) writer.Append(name, tensor.Values);
            writer.Complete();
        }

        var run = Invocation.Run("data", "import", path, "--out", folder.File("out"));
        Assert.AreEqual(1, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines);
        Assert.Contains(path, run.Error);
        Assert.Contains(says, run.Error);
        Assert.IsFalse(Directory.Exists(folder.File("out")));
    }

    [TestMethod]
    public void ImportExport_StudysFiles_AreTheirRows()
    {
        var study = TestFiles.SharedOrNull("datasets", "seqcont");
        if (study is null)
        {
            Assert.Inconclusive("../shared/datasets/seqcont is not there.");
            return;
        }

        using var folder = new TemporaryFolder();
        Done(["data", "import", .. Directory.GetFiles(study, "*.pkl"), "--out", folder.File("lines")]);
        var imported = Directory.GetFiles(folder.File("lines"));
        Assert.HasCount(12, imported);
        foreach (var path in imported)
        {
            Assert.AreEqual(Rows(Path.Combine(study, Path.GetFileName(path))), Rows(path), path);
            var pickle = folder.File(Path.GetFileNameWithoutExtension(path) + ".pkl");
            Done(["data", "export", "--clean", path, "--out", pickle]);
            Assert.AreEqual(Rows(path), Rows(pickle));
        }
    }

    private static string TokensOf(params string[] paths) =>
        string.Join('\n', paths.SelectMany(PromptFile.Read).Select(row => $"{string.Join(' ', row.Tokens!)} {row.Corr} {row.Incorr}"));

    private static string Rows(string path)
    {
        using var stream = new MemoryStream();
        PromptFile.WriteRows(stream, PromptFile.Read(path));
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
