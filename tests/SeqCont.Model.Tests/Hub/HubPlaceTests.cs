using System.Diagnostics;
using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>Caches that are not as they should be: links that lead out of them, files for folders and folders for files.</summary>
[TestClass]
public sealed class HubPlaceTests
{
    private const string Model = "models--some--model";
    private const string Snapshot = $"{Model}/snapshots/{HubFixture.Commit}";

    [TestMethod]
    [DataRow(Model)]
    [DataRow($"{Model}/blobs")]
    [DataRow($"{Model}/snapshots")]
    [DataRow($"{Model}/refs")]
    [DataRow(Snapshot)]
    public void Remove_FolderThatIsALink_DeletesNothing(string folder)
    {
        using var fixture = WithLinks();
        fixture.Add();
        fixture.Pull();
        var outside = MoveAway(fixture, folder);
        var before = Files(Path.GetDirectoryName(outside)!);
        var place = Path.Combine(fixture.Settings.CacheFolder, folder);
        var failure = Assert.ThrowsExactly<HubException>(() =>
            fixture.Cache.Remove(fixture.Cache.Removable(HubFixture.Name($"some/model@{HubFixture.Commit}"))));
        Assert.AreEqual(HubProblem.BadCache, failure.Problem);
        Assert.StartsWith($"{place}: a link to {outside}", failure.Message);
        CollectionAssert.AreEqual(before, Files(Path.GetDirectoryName(outside)!));
        Assert.IsNotNull(new FileInfo(place).LinkTarget);
    }

    [TestMethod]
    public void Remove_LinksInsideASnapshot_GoAndWhatTheyLeadToStays()
    {
        using var fixture = WithLinks();
        fixture.Add();
        fixture.Pull();
        var other = fixture.Write("other/precious", "mine");
        var snapshot = Path.Combine(fixture.Settings.CacheFolder, Snapshot);
        Directory.CreateSymbolicLink(Path.Combine(snapshot, "onnx"), Path.GetDirectoryName(other)!);
        Directory.CreateSymbolicLink(Path.Combine(snapshot, "loop"), ".");
        File.CreateSymbolicLink(Path.Combine(snapshot, "notes"), other);
        File.CreateSymbolicLink(Path.Combine(fixture.Settings.CacheFolder, Model, "refs", "gone"), "nowhere");
        Assert.HasCount(1, fixture.Cache.List());
        fixture.Cache.Remove(fixture.Cache.List());
        Assert.AreEqual("mine", File.ReadAllText(other));
        Assert.IsFalse(Directory.Exists(Path.Combine(fixture.Settings.CacheFolder, Model)));
    }

    [TestMethod]
    public void Remove_ReferencesWithBackslashes_AreFilesOfThatNameAndNoPaths()
    {
        using var fixture = WithLinks();
        fixture.Add();
        fixture.Pull();
        fixture.Hub.Add("some/model", HubFixture.OtherCommit, HubFixture.Model(), "other");
        fixture.Pull("some/model@other");
        var victim = fixture.Write("victim", "mine");
        string[] names = [@"..\..\victim", "x/y", @"x\y"];
        foreach (var name in names) fixture.Write($"{Model}/refs/{name}", HubFixture.Commit);
        var gone = fixture.Cache.Removable(HubFixture.Name($"some/model@{HubFixture.Commit}"));
        CollectionAssert.AreEqual(new[] { names[0], "main", names[1], names[2] }, gone.Single().References.ToArray());
        fixture.Cache.Remove(gone);
        Assert.AreEqual("mine", File.ReadAllText(victim));
        var refs = Path.Combine(fixture.Settings.CacheFolder, Model, "refs");
        CollectionAssert.AreEqual(new[] { Path.Combine(refs, "other"), Path.Combine(refs, "x") }, Files(refs), "What pointed to it.");
    }

    [TestMethod]
    [DataRow("")]
    [DataRow(Model)]
    [DataRow($"{Model}/blobs")]
    [DataRow($"{Model}/snapshots")]
    public void Pull_FolderThatIsALink_IsWrittenThrough(string folder)
    {
        using var fixture = WithLinks();
        var files = fixture.Add();
        Directory.CreateDirectory(Path.Combine(fixture.Settings.CacheFolder, folder));
        MoveAway(fixture, folder);
        var snapshot = fixture.Pull();
        foreach (var (name, content) in files)
            CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(snapshot.Folder, name)), name);
        Assert.IsTrue(fixture.Pull().IsComplete, "Again.");
        if (folder.Length > 0) return;
        fixture.Cache.Remove(fixture.Cache.List());
        Assert.IsEmpty(fixture.Cache.List(), "The whole cache may be anywhere.");
    }

    [TestMethod]
    [DataRow($"{Model}/blobs/HASH.incomplete")]
    [DataRow($".locks/{Model}/HASH.lock")]
    public void Pull_FileOfItsOwnThatIsALink_WritesNothingThroughIt(string path)
    {
        using var fixture = WithLinks();
        var content = fixture.Add()[HubFixture.Weights];
        var other = fixture.Write("other", "mine");
        foreach (var target in new[] { other, other + "-that-is-not-there" })
        {
            var place = fixture.Write(path.Replace("HASH", LoopbackHub.ETag(content), StringComparison.Ordinal), "");
            File.Delete(place);
            File.CreateSymbolicLink(place, target);
            fixture.Fails(HubProblem.BadCache, $"{place}: expected a file, found a link to {target}");
            File.Delete(place);
        }

        Assert.AreEqual("mine", File.ReadAllText(other));
        Assert.IsFalse(File.Exists(other + "-that-is-not-there"));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow(Model)]
    [DataRow($"{Model}/blobs")]
    [DataRow($"{Model}/snapshots")]
    [DataRow(Snapshot)]
    [DataRow($"{Model}/refs")]
    [DataRow(".locks")]
    [DataRow($".locks/{Model}")]
    public void Pull_FileWhereAFolderIsDue_IsSaid(string path)
    {
        using var fixture = new HubFixture();
        fixture.Add();
        var place = Path.Combine(fixture.Settings.CacheFolder, path).TrimEnd('/');
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.WriteAllText(place, "mine");
        fixture.Fails(HubProblem.BadCache, $"{place}: expected a folder, found a file");
        Assert.AreEqual("mine", File.ReadAllText(place));
        Assert.IsEmpty(fixture.Cache.List().Where(snapshot => snapshot.References.Count > 0));
    }

    [TestMethod]
    [DataRow($"{Model}/blobs/HASH")]
    [DataRow($"{Model}/blobs/HASH.incomplete")]
    [DataRow($".locks/{Model}/HASH.lock")]
    [DataRow($"{Model}/refs/main")]
    [DataRow($"{Snapshot}/config.json")]
    public void Pull_FolderWhereAFileIsDue_IsSaid(string path)
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        var place = Path.Combine(
            fixture.Settings.CacheFolder, path.Replace("HASH", LoopbackHub.ETag(content), StringComparison.Ordinal));
        Directory.CreateDirectory(place);
        fixture.Fails(HubProblem.BadCache, $"{place}: expected a file, found a folder");
    }

    [TestMethod]
    [DataRow("")]
    [DataRow(Model)]
    [DataRow($"{Model}/blobs")]
    [DataRow($"{Model}/refs")]
    [DataRow(".locks")]
    public void Pull_FolderThatIsALinkToNothing_IsSaid(string path)
    {
        foreach (var target in new[] { "nowhere", null })
        {
            using var fixture = WithLinks();
            fixture.Add();
            var place = Path.Combine(fixture.Settings.CacheFolder, path).TrimEnd('/');
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            var to = target ?? Path.GetFileName(place);
            Directory.CreateSymbolicLink(place, to);
            fixture.Fails(HubProblem.BadCache, $"{place}: a link to {to}, which is not there or leads back to itself");
            Assert.IsEmpty(fixture.Cache.Removable(HubFixture.Name("some/model")).Where(snapshot => snapshot.References.Count > 0));
        }
    }

    [TestMethod]
    [DataRow($"{Snapshot}/config.json")]
    [DataRow($"{Snapshot}/vocab.json")]
    [DataRow($"{Model}/blobs/HASH")]
    [DataRow($"{Model}/refs/main")]
    [DataRow($"{Model}/.seqcont/verified/{HubFixture.Commit}/config.json")]
    public void Cache_PipeWhereAFileIsDue_IsNotOpened(string path)
    {
        using var fixture = WithLinks();
        var files = fixture.Add();
        fixture.Pull();
        MakePipe(fixture, path.Replace("HASH", LoopbackHub.ETag(files[HubFixture.Weights]), StringComparison.Ordinal));
        var snapshot = EndsSoon(() =>
        {
            foreach (var found in fixture.Cache.List())
            {
                fixture.Cache.FindDamaged(found);
                fixture.Cache.Verify(found);
            }

            fixture.Cache.Find(HubFixture.Name("some/model"));
            return fixture.Pull();
        });
        foreach (var (name, content) in files)
            CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(snapshot.Folder, name)), name);
    }

    [TestMethod]
    public void Pull_PipeWhereAPartIsDue_IsSaid()
    {
        using var fixture = WithLinks();
        var tag = LoopbackHub.ETag(fixture.Add()[HubFixture.Weights]);
        MakePipe(fixture, $"{Model}/blobs/{tag}.incomplete");
        EndsSoon(() => fixture.Fails(HubProblem.BadCache, $"{tag}.incomplete: expected a file, found a pipe"));
    }

    [TestMethod]
    public void Pull_NameTooLong_IsSaid()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Settings = fixture.Settings with { CacheFolder = Path.Combine(fixture.Settings.CacheFolder, new string('x', 300)) };
        fixture.Fails(HubProblem.BadCache, "the name is too long for this disk");
    }

    [TestMethod]
    public void Fault_NoRightToWrite_IsSaid()
    {
        var failure = Assert.ThrowsExactly<HubException>(() =>
            HubFault.File("/a/b", () => throw new UnauthorizedAccessException("Access to the path is denied.")));
        Assert.StartsWith("/a/b: permission denied", failure.Message);
        Assert.IsTrue(HubFault.Is(new IOException()) && !HubFault.Is(failure) && !HubFault.Is(new InvalidOperationException()));
    }

    [TestMethod]
    public void Fault_DiskFull_SaysSo()
    {
        if (!File.Exists("/dev/full")) Assert.Inconclusive("Needs Linux's /dev/full.");
        var failure = Assert.ThrowsExactly<HubException>(() => HubFault.File("/cache/blob", () => File.WriteAllBytes("/dev/full", [1])));
        Assert.AreEqual(HubProblem.DiskFull, failure.Problem);
        Assert.StartsWith("/cache/blob: the disk is full", failure.Message);
        Assert.Contains("goes on from here", failure.Message);
        Assert.Contains("free 3.0 MB there", HubFault.Explain("/cache/blob", failure.InnerException!, needed: 3_000_000).Message);
    }

    private static HubFixture WithLinks()
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Makes links.");
        return new HubFixture();
    }

    /// <summary>Moves a folder of the cache beside the cache, and leaves a link to it in its place.</summary>
    private static string MoveAway(HubFixture fixture, string folder)
    {
        var place = Path.Combine(fixture.Settings.CacheFolder, folder).TrimEnd('/');
        var outside = fixture.Settings.CacheFolder + "-outside/x";
        Directory.CreateDirectory(Path.GetDirectoryName(outside)!);
        Directory.Move(place, outside);
        Directory.CreateSymbolicLink(place, outside);
        return outside;
    }

    private static void MakePipe(HubFixture fixture, string path)
    {
        var place = fixture.Write(path, "");
        File.Delete(place);
        using var make = Process.Start("mkfifo", [place]);
        make.WaitForExit();
        Assert.AreEqual(0, make.ExitCode);
    }

    /// <summary>Opening a pipe would wait for its other end, and cannot be cancelled.</summary>
    private static T EndsSoon<T>(Func<T> step)
    {
        var task = Task.Run(step);
        Assert.IsTrue(task.Wait(TimeSpan.FromSeconds(30)), "It waits for the pipe.");
        return task.Result;
    }

    private static string[] Files(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
