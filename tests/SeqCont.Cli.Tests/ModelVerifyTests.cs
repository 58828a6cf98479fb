using System.Text.Json;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>Damaged files in the hub's cache, as a user meets them.</summary>
[TestClass]
public sealed class ModelVerifyTests
{
    [TestMethod]
    public void Verify_DamagedWeights_AreNamedAndAPullMendsThem()
    {
        using var hub = new HubEnvironment();
        Invocation.Done("model", "pull", "some/demo");
        Assert.HasCount(hub.Files.Count, Intact(Invocation.Done("model", "verify", "some/demo")));
        var (content, wrong) = (hub.Files["model.safetensors"], hub.Files["model.safetensors"].ToArray());
        wrong[^1] ^= 1;
        var blob = Path.Combine(hub.Cache, "models--some--demo", "blobs", LoopbackHub.ETag(content));
        File.WriteAllBytes(blob, wrong);
        string[] says =
        [
            Path.Combine(hub.Cache, "models--some--demo", "snapshots", HubEnvironment.Commit, "model.safetensors") + ": damaged",
            $"expected SHA-256 {LoopbackHub.ETag(content)}, found {LoopbackHub.ETag(wrong)}", "'seqcont model pull some/demo' fetches it",
        ];
        var opened = Invocation.Fails(1, says[0], "model", "info", "some/demo");
        var verified = Invocation.Run("model", "verify", "some/demo");
        Assert.AreEqual(1, verified.Code);
        Assert.HasCount(1, verified.ErrorLines);
        foreach (var text in says)
        {
            Assert.Contains(text, opened.Error);
            Assert.Contains(text, verified.Error);
        }

        Assert.HasCount(hub.Files.Count - 1, Intact(verified));
        Assert.Contains("model.safetensors  DAMAGED", verified.Out);
        using (var printed = JsonDocument.Parse(Invocation.Run("model", "verify", "some/demo", "--json").Out))
        {
            Assert.IsFalse(printed.RootElement.GetProperty("intact").GetBoolean());
            Assert.AreEqual(LoopbackHub.ETag(wrong), printed.RootElement.GetProperty("files").EnumerateArray()
                .Single(file => !file.GetProperty("intact").GetBoolean()).GetProperty("found").GetString());
        }

        Invocation.Done("model", "pull", "some/demo");
        Invocation.Done("model", "info", "some/demo");
        using var mended = Invocation.Json("model", "verify", "some/demo");
        Assert.IsTrue(mended.RootElement.GetProperty("intact").GetBoolean());
    }

    [TestMethod]
    public void Verify_FilesWhoseHashNothingSays_AreNotCalledIntact()
    {
        using var hub = new HubEnvironment();
        var model = Path.Combine(hub.Cache, "models--some--demo");
        var snapshot = Directory.CreateDirectory(Path.Combine(model, "snapshots", HubEnvironment.Commit)).FullName;
        Directory.CreateDirectory(Path.Combine(model, "refs"));
        File.WriteAllText(Path.Combine(model, "refs", "main"), HubEnvironment.Commit);
        foreach (var (name, content) in hub.Files) File.WriteAllBytes(Path.Combine(snapshot, name), content);
        var all = Invocation.Done("model", "verify", "some/demo");
        Assert.Contains("4 of 4 files cannot be verified: config.json, model.safetensors, ", all.Out);
        Assert.AreEqual(JsonValueKind.Null, Verdict());

        Invocation.Done("model", "pull", "some/demo");
        Assert.AreEqual(JsonValueKind.True, Verdict());
        Directory.Delete(Path.Combine(model, ".seqcont"), recursive: true);
        Directory.CreateDirectory(Path.Combine(model, ".seqcont", "verified", HubEnvironment.Commit));
        // Of one file something is known, and it is another: that goes before what is not known.
        File.WriteAllText(Path.Combine(model, ".seqcont", "verified", HubEnvironment.Commit, "config.json"), new string('0', 40) + " 1 1");
        var one = Invocation.Run("model", "verify", "some/demo", "--json");
        Assert.AreEqual(1, one.Code);
        using var printed = JsonDocument.Parse(one.Out);
        Assert.IsFalse(printed.RootElement.GetProperty("intact").GetBoolean());

        JsonValueKind Verdict()
        {
            using var printed = Invocation.Json("model", "verify", "some/demo");
            return printed.RootElement.GetProperty("intact").ValueKind;
        }
    }

    [TestMethod]
    public void FirstOpening_Cancelled_ComputesNoHash()
    {
        using var hub = new HubEnvironment();
        Invocation.Done("model", "pull", "some/demo");
        var records = Path.Combine(hub.Cache, "models--some--demo", ".seqcont");
        string[][] commands = [["model", "info", "some/demo"], ["data", "show", "--model", "some/demo", "--num-samps", "1"]];
        foreach (var command in commands)
        {
            Directory.Delete(records, recursive: true);
            Assert.AreNotEqual(0, Invocation.Run(command, new CancellationToken(true)).Code);
            Assert.IsFalse(Directory.Exists(records));
            Invocation.Done(command);
            Assert.IsTrue(Directory.Exists(records));
        }
    }

    [TestMethod]
    public void Verify_ModelThatIsNotHere_IsSaid()
    {
        Invocation.Fails(1, "'seqcont model pull gpt2' fetches", "model", "verify", "gpt2");
        Invocation.Fails(2, "demo is inside", "model", "verify", "demo");
    }

    [TestMethod]
    public void Model_CachedWithoutTokenizer_SaysThatAPullMendsIt()
    {
        using var hub = new HubEnvironment();
        Invocation.Done("model", "pull", "some/demo");
        var snapshot = Path.Combine(hub.Cache, "models--some--demo", "snapshots", HubEnvironment.Commit);
        foreach (var name in new[] { "vocab.json", "merges.txt" }) File.Delete(Path.Combine(snapshot, name));
        Invocation.Fails(1, "vocab.json: not found, though the model has it; 'seqcont model pull some/demo' fetches it",
            "data", "show", "--model", "some/demo", "--num-samps", "1");
        Invocation.Done("model", "pull", "some/demo");
        Invocation.Done("data", "show", "--model", "some/demo", "--num-samps", "1");
    }

    private static IEnumerable<string> Intact(Invocation run) =>
        run.Out.Split('\n').Where(line => line.Contains("  intact: ", StringComparison.Ordinal));
}
