using System.Text.Json;
using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>What ends up in the cache, and where.</summary>
[TestClass]
public sealed class HubPullTests
{
    [TestMethod]
    public void Pull_NewModel_LiesAsTheHubsOwnToolsPutIt()
    {
        using var fixture = new HubFixture();
        var files = fixture.Add();
        var snapshot = fixture.Pull();
        Assert.AreEqual(HubFixture.Commit, snapshot.Commit);
        Assert.IsTrue(snapshot.IsComplete);
        Assert.AreEqual(files.Values.Sum(content => (long)content.Length), snapshot.Bytes);
        CollectionAssert.AreEqual(new[] { "main" }, snapshot.References.ToArray());
        var repository = Path.Combine(fixture.Settings.CacheFolder, "models--some--model");
        Assert.AreEqual(HubFixture.Commit, File.ReadAllText(Path.Combine(repository, "refs", "main")));
        Assert.AreEqual(Path.Combine(repository, "snapshots", HubFixture.Commit), snapshot.Folder);
        foreach (var (name, content) in files)
        {
            var place = new FileInfo(Path.Combine(snapshot.Folder, name));
            CollectionAssert.AreEqual(content, File.ReadAllBytes(place.FullName), name);
            if (!OperatingSystem.IsWindows()) Assert.AreEqual($"../../blobs/{LoopbackHub.ETag(content)}", place.LinkTarget);
        }

        CollectionAssert.AreEquivalent(files.Values.Select(LoopbackHub.ETag).ToArray(),
            Directory.GetFiles(Path.Combine(repository, "blobs")).Select(Path.GetFileName).ToArray());
        using var weights = Gpt2Weights.Load(snapshot.Folder);
        Assert.AreEqual(2, weights.Config.NLayers);
    }

    [TestMethod]
    public void Pull_ModelWithMuchElse_FetchesWhatIsReadOnly()
    {
        using var fixture = new HubFixture();
        var files = fixture.Add();
        foreach (var other in new[] { "pytorch_model.bin", "README.md", "onnx/model.onnx", "generation_config.json", "../../evil" })
            files[other] = new byte[5000];
        var snapshot = fixture.Pull();
        CollectionAssert.AreEquivalent(new[] { "config.json", "model.safetensors", "vocab.json", "merges.txt" },
            Directory.GetFiles(snapshot.Folder).Select(Path.GetFileName).ToArray());
        Assert.IsTrue(fixture.Hub.Requests.All(request => request.Header("User-Agent") == "seqcont/test"));
    }

    [TestMethod]
    public void Pull_TokenizersFiles_AreAllThatTheHubHas()
    {
        foreach (var missing in new[] { "", "vocab.json", "tokenizer.json", "added_tokens.json" })
        {
            using var fixture = new HubFixture();
            var files = fixture.Add();
            foreach (var other in new[] { "tokenizer.json", "added_tokens.json", "tokenizer_config.json", "special_tokens_map.json" })
                files[other] = "{}"u8.ToArray();
            files.Remove(missing);
            var snapshot = fixture.Pull();
            CollectionAssert.AreEquivalent(
                files.Keys.ToArray(), Directory.GetFiles(snapshot.Folder).Select(Path.GetFileName).ToArray(), $"Without '{missing}'.");
            string[] tokenizer = [.. files.Keys.Except(["config.json", HubFixture.Weights])];
            CollectionAssert.AreEquivalent(tokenizer, snapshot.TokenizerFiles!.ToArray());
            CollectionAssert.AreEquivalent(tokenizer, fixture.Cache.Find(HubFixture.Name("some/model"))!.TokenizerFiles!.ToArray());
        }
    }

    [TestMethod]
    public void TokenizerFiles_CacheOfEarlierPullsAndForeignNames_AreNotMadeUp()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        var snapshot = fixture.Pull();
        var record = $"models--some--model/.seqcont/verified/{HubFixture.Commit}/.tokenizer";
        fixture.Write(record, "../../evil tokenizer.json vocab.json\n");
        var found = fixture.Cache.Find(HubFixture.Name("some/model"))!;
        CollectionAssert.AreEqual(new[] { "tokenizer.json", "vocab.json" }, found.TokenizerFiles!.ToArray());
        Assert.Contains("tokenizer.json", fixture.Cache.Verify(found).Select(file => file.Name), "It is due.");
        File.Delete(fixture.Write(record, ""));
        Assert.IsNull(fixture.Cache.Find(HubFixture.Name("some/model"))!.TokenizerFiles);
        fixture.Pull();
        CollectionAssert.AreEqual(new[] { "vocab.json", "merges.txt" }, fixture.Cache.List().Single().TokenizerFiles!.ToArray(),
            "A pull makes sure though nothing is fetched.");
        Assert.IsNotNull(snapshot.TokenizerFiles);
    }

    [TestMethod]
    public void Pull_Again_FetchesNothing()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Pull();
        var before = fixture.Hub.Requests.Count(request => request.Method == "GET");
        fixture.Reports.Clear();
        fixture.Pull();
        Assert.AreEqual(before + 1, fixture.Hub.Requests.Count(request => request.Method == "GET"), "Only the commit is asked for.");
        Assert.IsTrue(fixture.Reports.All(report => report.Step == HubStep.Cached));
        Assert.HasCount(4, fixture.Reports);
    }

    [TestMethod]
    public void Pull_NextRevision_SharesWhatDidNotChange()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Pull();
        var next = HubFixture.Model();
        next["merges.txt"] = "#version: 0.3\n"u8.ToArray();
        fixture.Hub.Add("some/model", HubFixture.OtherCommit, next, "main");
        fixture.Reports.Clear();
        var snapshot = fixture.Pull();
        Assert.AreEqual(HubFixture.OtherCommit, snapshot.Commit);
        Assert.AreEqual("merges.txt", fixture.Reports.Single(report => report.Step == HubStep.Done).File);
        Assert.HasCount(2, fixture.Cache.List());
        Assert.AreEqual(HubFixture.OtherCommit, fixture.Cache.Find(HubFixture.Name("some/model"))!.Commit);
        Assert.AreEqual(HubFixture.Commit, fixture.Cache.Find(HubFixture.Name($"some/model@{HubFixture.Commit}"))!.Commit);
    }

    [TestMethod]
    public void Pull_TagAndCommit_AreFoundByThoseNames()
    {
        using var fixture = new HubFixture();
        fixture.Add(revision: "refs/pr/1");
        var tagged = fixture.Pull("some/model@refs/pr/1");
        CollectionAssert.AreEqual(new[] { "refs/pr/1" }, tagged.References.ToArray());
        Assert.IsNull(fixture.Cache.Find(HubFixture.Name("some/model")), "main was not asked for.");
        Assert.AreEqual(HubFixture.Commit, fixture.Cache.Find(HubFixture.Name("some/model@refs/pr/1"))!.Commit);
        Assert.AreEqual(HubFixture.Commit, fixture.Pull($"some/model@{HubFixture.Commit}").Commit);
    }

    [TestMethod]
    public void Pull_Shards_AreFetchedSeveralAtOnce()
    {
        using var fixture = new HubFixture();
        var files = AddShards(fixture, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
        using var both = new Barrier(2);
        var met = 0;
        fixture.OnWeights((request, _) =>
        {
            if (both.SignalAndWait(TimeSpan.FromSeconds(20))) Interlocked.Increment(ref met);
            return null;
        });
        var snapshot = fixture.Pull();
        Assert.AreEqual(2, met, "The second file was not asked for while the first was on its way.");
        foreach (var (name, content) in files) CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(snapshot.Folder, name)),
            name);
    }

    [TestMethod]
    [DataRow("../evil.safetensors")]
    [DataRow("/etc/evil.safetensors")]
    [DataRow("a/b.safetensors")]
    [DataRow("..\\evil.safetensors")]
    [DataRow(".hidden.safetensors")]
    public void Pull_ShardsThatLeadElsewhere_AreRefused(string shard)
    {
        using var fixture = new HubFixture();
        AddShards(fixture, "model-1.safetensors", shard);
        Assert.Contains("model.safetensors.index.json", Assert.ThrowsExactly<InvalidDataException>(() => fixture.Pull()).Message);
        Assert.IsFalse(File.Exists(Path.Combine(fixture.Settings.CacheFolder, "..", "evil.safetensors")));
    }

    [TestMethod]
    public void Pull_ShardThatIsNotThere_IsNamed()
    {
        using var fixture = new HubFixture();
        AddShards(fixture, "model-1.safetensors", "model-2.safetensors").Remove("model-2.safetensors");
        fixture.Fails(HubProblem.Unusable, "model-2.safetensors");
    }

    [TestMethod]
    public void Pull_OldName_GoesWhereItsFolderIsAndFollowsTheRename()
    {
        using var fixture = new HubFixture();
        var files = fixture.Add("openai-community/gpt2");
        fixture.Hub.Intercept = request => request.Path.StartsWith("/api/models/gpt2/", StringComparison.Ordinal)
            || request.Path.StartsWith("/gpt2/", StringComparison.Ordinal)
            ? new HubReply(307, ("Location", request.Target.Replace("gpt2/", "openai-community/gpt2/", StringComparison.Ordinal)))
            : null;
        Assert.AreEqual("gpt2", fixture.Pull("gpt2").Repository);
        Assert.AreEqual("gpt2", fixture.Cache.Find(HubFixture.Name("openai-community/gpt2"))!.Repository, "Either name finds it.");
        Assert.AreEqual("gpt2", fixture.Pull("openai-community/gpt2").Repository,
            "What is here is not fetched again under its other name.");
        Assert.HasCount(1, fixture.Hub.Requests.Where(request => request.Method == "GET"
            && request.Path.StartsWith("/stored/", StringComparison.Ordinal)));
        Assert.IsTrue(File.Exists(fixture.Blob(files[HubFixture.Weights], "models--gpt2")));
    }

    [TestMethod]
    public void Pull_PartUnderOneNameAndWholeUnderAnother_GoesWhereItIsWhole()
    {
        using var fixture = new HubFixture();
        fixture.Add("openai-community/gpt2");
        fixture.Pull("openai-community/gpt2");
        fixture.Write($"models--gpt2/snapshots/{HubFixture.OtherCommit}/config.json", "{}");
        fixture.Add("gpt2");
        Assert.AreEqual("openai-community/gpt2", fixture.Pull("gpt2").Repository);
    }

    [TestMethod]
    public void Find_FilesOfOtherTools_AreUsed()
    {
        using var fixture = new HubFixture();
        var snapshot = Path.Combine("models--openai-community--gpt2", "snapshots", HubFixture.Commit);
        fixture.Write(Path.Combine("models--openai-community--gpt2", "refs", "main"), HubFixture.Commit);
        foreach (var (name, content) in HubFixture.Model()) File.WriteAllBytes(fixture.Write(Path.Combine(snapshot, name), ""), content);
        var found = fixture.Cache.Find(HubFixture.Name("gpt2"))!;
        Assert.AreEqual("openai-community/gpt2", found.Repository);
        Assert.IsTrue(found.IsComplete);
        File.Delete(Path.Combine(found.Folder, HubFixture.Weights));
        Assert.IsNull(fixture.Cache.Find(HubFixture.Name("gpt2")), "Without weights it is not whole.");
    }

    [TestMethod]
    public void Pull_Offline_UsesTheCacheAndAsksNobody()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Settings = fixture.Settings with { IsOffline = true };
        fixture.Fails(HubProblem.Offline, "HF_HUB_OFFLINE");
        Assert.IsEmpty(fixture.Hub.Requests);
        fixture.Settings = fixture.Settings with { IsOffline = false };
        fixture.Pull();
        fixture.Settings = fixture.Settings with { IsOffline = true };
        var before = fixture.Hub.Requests.Count;
        Assert.AreEqual(HubFixture.Commit, fixture.Pull().Commit);
        Assert.HasCount(before, fixture.Hub.Requests);
    }

    [TestMethod]
    public void Pull_AnotherArchitecture_IsRefusedBeforeItsWeightsCome()
    {
        using var fixture = new HubFixture();
        fixture.Add()["config.json"] = """{"model_type": "llama"}"""u8.ToArray();
        Assert.Contains("llama", Assert.ThrowsExactly<InvalidDataException>(() => fixture.Pull()).Message);
        Assert.IsEmpty(fixture.Hub.Downloads(HubFixture.Weights));
    }

    [TestMethod]
    public void Pull_WithoutSafetensors_SaysWhatIsThere()
    {
        using var fixture = new HubFixture();
        var files = fixture.Add();
        files.Remove(HubFixture.Weights);
        files["pytorch_model.bin"] = new byte[9000];
        fixture.Fails(HubProblem.Unusable, "model.safetensors", "pytorch_model.bin is not read");
    }

    private static Dictionary<string, byte[]> AddShards(HubFixture fixture, string first, string second)
    {
        var files = HubFixture.Model();
        var weights = files[HubFixture.Weights];
        files.Remove(HubFixture.Weights);
        files["model.safetensors.index.json"] = JsonSerializer.SerializeToUtf8Bytes(
            new { weight_map = new Dictionary<string, string> { ["wte.weight"] = first, ["wpe.weight"] = second } });
        (files[first], files[second]) = (weights[..9000], weights[9000..]);
        fixture.Hub.Add("some/model", HubFixture.Commit, files, "main");
        return files;
    }
}
