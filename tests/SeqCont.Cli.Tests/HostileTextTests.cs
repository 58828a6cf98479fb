using System.Text.Json;
using System.Text.RegularExpressions;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>Texts that steer a terminal or turn what is around them, wherever they come from: they are printed as escapes.</summary>
[TestClass]
public sealed partial class HostileTextTests
{
    // Names a terminal's window, rings, colours, turns the direction of writing, ends lines; a file's name can be all of it but "/".
    private const string Hostile = "x\u001b]0;owned\u0007\u001b[31m\u009b2J\u202eabc\u2066\u061c\u200f\u2028\r\nerror: faked\ty\u007f";

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    public void Prompts_Hostile_AreEscaped()
    {
        var row = JsonSerializer.Serialize(new { text = $"{Hostile} in 1. X in", corr = " 5", incorr = " 4", S1 = Hostile });
        var prompts = _folder.Write("p.jsonl", row + "\n" + row);
        var shown = Safe(0, "data", "show", prompts);
        Assert.Contains(@"x\u001b]0;owned\u0007\u001b[31m\u009b2J\u202eabc\u2066\u061c\u200f\u2028\r\nerror: faked\ty\u007f", shown);
        Safe(0, "lens", "--clean", prompts);
        Safe(0, "attention", "--heads", "1.1", "--clean", prompts);
        Safe(1, "attention", "--clean", prompts);
        Safe(0, "lens", "--clean", prompts, "--json");
        Safe(1, "prune", "nodes", "--clean", prompts, "--corrupt", _folder.File(Hostile));
        Safe(1, "data", "show", _folder.Write("q.jsonl", $"{{\"{Hostile}"));
        Safe(1, "data", "show", _folder.Write(Hostile, "{\"text\": \"\\u202e\\u001b\", \"corr\": 1}"));
    }

    [TestMethod]
    public void TaskAndNodes_Hostile_AreEscaped()
    {
        var task = JsonSerializer.Serialize(new { name = Hostile, members = new[] { "1", "2", "3", "4", "5" } });
        Safe(1, "data", "show", "--task", _folder.Write("t.json", task));
        Safe(2, "data", "show", "--task", Hostile);
        Safe(1, "data", "show", "--task", _folder.Write("u.json", JsonSerializer.Serialize(new Dictionary<string, int> { [Hostile] = 1 })));
        Safe(2, "ablate", "--drop", Hostile);
        Safe(2, Hostile);
        Safe(2, "ablate", "--" + Hostile);
        var edges = JsonSerializer.Serialize(
            new { heads = Array.Empty<int>(), mlps = Array.Empty<int>(), edges = new[] { new { edge = Hostile } } });
        Safe(1, "prune", "nodes", "--start", _folder.Write("circuit.json", $"{{\"heads\": [[0, \"{JsonEncodedText.Encode(Hostile)}\"]]}}"));
        Safe(1, "compare", _folder.Write("edges.json", edges), _folder.File(Hostile));
    }

    [TestMethod]
    public void Model_Hostile_IsEscaped()
    {
        var model = Directory.CreateDirectory(_folder.File(Hostile.Replace('/', '-'))).FullName;
        foreach (var file in Directory.GetFiles(TestFiles.Data("tiny", "models", "tiny-2x3")))
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        Safe(0, "model", "info", model);
        Safe(0, "model", "info", model, "--json");
        Rename(Path.Combine(model, "model.safetensors"));
        Safe(null, "model", "info", model, "--tensors");
        File.WriteAllText(Path.Combine(model, "config.json"), $"{{\"model_type\": \"{JsonEncodedText.Encode(Hostile)}\"}}");
        Safe(1, "model", "info", model);
        Safe(null, "model", "info", Hostile);
        Safe(null, "model", "info", "hub/" + Hostile, "--verbose");
    }

    [TestMethod]
    public void Terminal_Hostile_OnlyTheProgramsOwnCodes()
    {
        var row = JsonSerializer.Serialize(new { text = $"{Hostile} in 1. X in", corr = " 5", incorr = " 4" });
        var prompts = _folder.Write("p.jsonl", row);
        string[][] commands = [["lens", "--clean", prompts], ["data", "show", prompts], ["lens", "--clean", _folder.File(Hostile)]];
        foreach (var args in commands)
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            CommandLine.Run(args, new Terminal(output, error, true, true));
            AssertSafe(OwnCodes().Replace($"{output}{error}", ""));
        }
    }

    [TestMethod]
    public void Writer_AnyText_StaysOnItsLines()
    {
        using var inner = new StringWriter();
        var writer = new Terminal(inner, inner, false, false).Out;
        writer.WriteLine($"a\rb{Environment.NewLine}c");
        writer.Write('\u001b');
        writer.Write("日本 é 😀 \ud83d \U000e0041");
        Assert.AreEqual($"a\\rb{Environment.NewLine}c{Environment.NewLine}\\u001b日本 é 😀 \\ud83d \\udb40\\udc41", $"{inner}");
    }

    private static string Safe(int? code, params string[] args)
    {
        var run = Invocation.Run(args);
        if (code is not null) Assert.AreEqual(code, run.Code, run.Error);
        AssertSafe(run.Out);
        AssertSafe(run.Error);
        if (run.Code != 0 && !args.Contains("--verbose")) Assert.HasCount(1, run.ErrorLines, run.Error);
        Assert.DoesNotContain("unexpected", run.Error);
        return run.Out;
    }

    private static void AssertSafe(string text) => Assert.AreEqual(BadFile.Printable(text, int.MaxValue, "\n"), text);

    /// <summary>Gives a file's first tensor a hostile name of the same length.</summary>
    private static void Rename(string path)
    {
        var bytes = File.ReadAllBytes(path);
        "\\u202e"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("\":{\"dtype\""u8) - "\\u202e".Length));
        File.WriteAllBytes(path, bytes);
    }

    // Colours and moves of the cursor; a text's own would begin with an escape that is no longer there.
    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex OwnCodes();
}
