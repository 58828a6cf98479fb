using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>The cache's own work: listing, removing, places without links.</summary>
[TestClass]
public sealed class HubCacheTests
{
    [TestMethod]
    public void List_WhatIsNoGpt2OrNoModel_IsLeftOut()
    {
        using var fixture = new HubFixture();
        Assert.IsEmpty(fixture.Cache.List(), "No folder at all.");
        fixture.Add();
        fixture.Pull();
        fixture.Write($"models--x--llama/snapshots/{HubFixture.Commit}/config.json", """{"model_type": "llama"}""");
        fixture.Write($"models--x--bad/snapshots/{HubFixture.Commit}/config.json", "{");
        fixture.Write($"models--x--y--z/snapshots/{HubFixture.Commit}/config.json", "{");
        fixture.Write("models--x--odd/snapshots/not-a-commit/config.json", "{");
        fixture.Write("datasets--x--y/refs/main", HubFixture.Commit);
        fixture.Write("version.txt", "1");
        Assert.AreEqual("some/model", fixture.Cache.List().Single().Repository);
    }

    [TestMethod]
    public void List_BrokenOffDownload_IsIncomplete()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.OnWeights((_, _) => new HubReply(404));
        fixture.Fails(HubProblem.NotFound);
        var snapshot = fixture.Cache.List().Single();
        Assert.IsFalse(snapshot.IsComplete);
        Assert.IsEmpty(snapshot.References);
    }

    [TestMethod]
    public void Remove_OneOfTwoRevisions_KeepsWhatTheOtherUses()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Pull();
        var next = HubFixture.Model();
        next["merges.txt"] = "#version: 0.3, somewhat longer\n"u8.ToArray();
        fixture.Hub.Add("some/model", HubFixture.OtherCommit, next, "main");
        fixture.Pull();
        var removal = fixture.Cache.Remove(fixture.Cache.Removable(HubFixture.Name("some/model@main")));
        Assert.AreEqual(new HubRemoval(1, next["merges.txt"].Length), removal);
        Assert.IsNull(fixture.Cache.Find(HubFixture.Name("some/model")));
        var left = fixture.Cache.List().Single();
        Assert.AreEqual(HubFixture.Commit, left.Commit);
        foreach (var (name, content) in HubFixture.Model()) CollectionAssert.AreEqual(content,
            File.ReadAllBytes(Path.Combine(left.Folder, name)), name);
        Assert.HasCount(4, Directory.GetFiles(Path.Combine(fixture.Settings.CacheFolder, "models--some--model", "blobs")));
    }

    [TestMethod]
    public void Remove_AllRevisions_LeavesNothingOfTheModel()
    {
        using var fixture = new HubFixture();
        var files = fixture.Add();
        fixture.Pull();
        fixture.Write(Path.GetRelativePath(fixture.Settings.CacheFolder, fixture.Blob(files[HubFixture.Weights]) + ".other.incomplete"),
            "left by another tool");
        var removal = fixture.Cache.Remove(fixture.Cache.Removable(HubFixture.Name("some/model")));
        Assert.AreEqual(files.Values.Sum(content => (long)content.Length) + "left by another tool".Length, removal.Bytes);
        Assert.IsFalse(Directory.Exists(Path.Combine(fixture.Settings.CacheFolder, "models--some--model")));
        Assert.IsEmpty(fixture.Cache.Removable(HubFixture.Name("some/model")));
    }

    [TestMethod]
    public void Remove_BlobsThatAreLinksThemselves_KeepsTheirContentAndOtherSnapshots()
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Makes links.");
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.Pull();
        fixture.Hub.Add("some/model", HubFixture.OtherCommit, HubFixture.Model(), "other");
        fixture.Pull("some/model@other");
        // As newer tools do: models share a blob, which a repository's own blob then links to.
        var shared = fixture.Write("blobs/ab/abcd", "");
        File.Move(fixture.Blob(content), shared, overwrite: true);
        File.CreateSymbolicLink(fixture.Blob(content), Path.GetRelativePath(Path.GetDirectoryName(fixture.Blob(content))!, shared));
        fixture.Reports.Clear();
        Assert.IsTrue(fixture.Pull().IsComplete);
        Assert.IsTrue(fixture.Reports.All(report => report.Step == HubStep.Cached));
        Assert.AreEqual(0, fixture.Cache.Remove(fixture.Cache.Removable(HubFixture.Name("some/model@main"))).Bytes);
        var left = fixture.Cache.Find(HubFixture.Name("some/model@other"))!;
        CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(left.Folder, HubFixture.Weights)));
        fixture.Cache.Remove([left]);
        Assert.IsTrue(File.Exists(shared), "Others may use it.");
    }

    [TestMethod]
    public void Find_LinkToNothing_IsNotWhole()
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Makes links.");
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.Pull();
        File.Delete(fixture.Blob(content));
        Assert.IsNull(fixture.Cache.Find(HubFixture.Name("some/model")));
        Assert.IsFalse(fixture.Cache.List().Single().IsComplete);
        File.CreateSymbolicLink(fixture.Blob(content), LoopbackHub.ETag(content));
        Assert.IsNull(fixture.Cache.Find(HubFixture.Name("some/model")), "A link to itself.");
        File.Delete(fixture.Blob(content));
        Assert.IsTrue(fixture.Pull().IsComplete, "A pull mends it.");
    }

    [TestMethod]
    public void Show_WithoutLinks_NewFilesMoveOthersAreCopied()
    {
        using var fixture = new HubFixture();
        var content = HubFixture.Model()[HubFixture.Weights];
        var file = new HubFile(HubFixture.Weights, LoopbackHub.ETag(content), content.Length, fixture.Settings.Endpoint);
        void Fail(string path, string target) => throw new UnauthorizedAccessException("no links");
        fixture.Write(Path.GetRelativePath(fixture.Settings.CacheFolder, fixture.Blob(content)), "");
        File.WriteAllBytes(fixture.Blob(content), content);
        fixture.Cache.Repository("some/model").Show(HubFixture.OtherCommit, file, isNew: false, Fail);
        Assert.IsTrue(File.Exists(fixture.Blob(content)), "Others may use it.");
        fixture.Cache.Repository("some/model").Show(HubFixture.Commit, file, isNew: true, Fail);
        Assert.IsFalse(File.Exists(fixture.Blob(content)), "It is kept twice.");
        foreach (var commit in new[] { HubFixture.Commit, HubFixture.OtherCommit })
        {
            Assert.IsTrue(fixture.Cache.Repository("some/model").HoldsCopy(commit, file));
            CollectionAssert.AreEqual(
                content, File.ReadAllBytes(Path.Combine(fixture.Cache.Repository("some/model").Snapshot(commit), HubFixture.Weights)));
        }

        fixture.Add();
        Assert.IsTrue(fixture.Pull().IsComplete);
        Assert.IsEmpty(fixture.Hub.Requests.Where(request => request.Path.StartsWith("/stored/", StringComparison.Ordinal)),
            "A copy is not fetched again.");
    }
}
