using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>Cached files whose bytes are not the hub's: found once, remembered when right, mended by a pull.</summary>
[TestClass]
public sealed class HubVerifyTests
{
    private const string Records = $"models--some--model/.seqcont/verified/{HubFixture.Commit}";

    [TestMethod]
    [DataRow(HubFixture.Weights, "SHA-256")]
    [DataRow("config.json", "git hash")]
    [DataRow("merges.txt", "git hash")]
    public void FindDamaged_RightSizeWrongBytes_IsFoundAndMendedByAPull(string name, string kind)
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[name];
        var snapshot = fixture.Pull();
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot));
        var wrong = Spoil(fixture.Blob(content));
        var damaged = fixture.Cache.FindDamaged(snapshot)!;
        Assert.AreEqual(
            (name, kind, LoopbackHub.ETag(content), LoopbackHub.ETag(wrong), content.Length),
            (damaged.Name, damaged.HashKind, damaged.Expected, damaged.Found, damaged.Bytes));
        fixture.Settings = fixture.Settings with { IsOffline = true };
        Assert.Contains($"{name} is damaged in", Assert.ThrowsExactly<HubException>(() => fixture.Pull()).Message);
        fixture.Settings = fixture.Settings with { IsOffline = false };
        fixture.Reports.Clear();
        fixture.Pull();
        Assert.Contains($"{name}: damaged in the cache", fixture.Reports.Single(report => report.Step == HubStep.Retrying).Note!);
        Assert.AreEqual(name, fixture.Reports.Single(report => report.Step == HubStep.Done).File);
        CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(snapshot.Folder, name)));
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot));
    }

    [TestMethod]
    public void Verify_ChangeThatSizeAndTimeDoNotShow_IsFoundAndRemembered()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        var snapshot = fixture.Pull();
        var (blob, time) = (fixture.Blob(content), File.GetLastWriteTimeUtc(fixture.Blob(content)));
        Spoil(blob);
        File.SetLastWriteTimeUtc(blob, time);
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot), "What was found right and looks the same is not read.");
        Assert.AreEqual(HubFixture.Weights, fixture.Cache.Verify(snapshot).Single(file => file.IsDamaged).Name);
        Assert.AreEqual(HubFixture.Weights, fixture.Cache.FindDamaged(snapshot)?.Name);
        fixture.Pull();
        CollectionAssert.AreEqual(content, File.ReadAllBytes(blob));
        Assert.HasCount(4, fixture.Cache.Verify(snapshot).Where(file => file.Expected == file.Found));
    }

    [TestMethod]
    public void FindDamaged_CacheOfAnotherTool_IsReadOnce()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        var snapshot = fixture.Pull();
        var records = Path.Combine(fixture.Settings.CacheFolder, Records);
        Assert.HasCount(5, Directory.GetFiles(records));
        Directory.Delete(Path.Combine(fixture.Settings.CacheFolder, "models--some--model", ".seqcont"), recursive: true);
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot));
        Assert.StartsWith($"{LoopbackHub.ETag(content)} {content.Length} ", File.ReadAllText(Path.Combine(records, HubFixture.Weights)));
        Directory.Delete(records, recursive: true);
        Spoil(fixture.Blob(content));
        Assert.AreEqual(HubFixture.Weights, fixture.Cache.FindDamaged(snapshot)?.Name);
        fixture.Pull();
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot));
    }

    [TestMethod]
    public void FindDamaged_BytesToRead_AreToldBefore()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        var (snapshot, told) = (fixture.Pull(), new List<long>());
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot, told.Add));
        Assert.IsEmpty(told);
        Directory.Delete(Path.Combine(fixture.Settings.CacheFolder, Records), recursive: true);
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot, told.Add));
        Assert.AreEqual(snapshot.Bytes, told.Single());
    }

    [TestMethod]
    public void Pull_DamagedBlob_IsReadOnce()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.Pull();
        var blob = fixture.Blob(content);
        Spoil(blob);
        var time = File.GetLastWriteTimeUtc(blob);
        // Asked between the look at what is missing and the download: who read the blob again would find it right now.
        fixture.Settings = fixture.Settings with
        {
            FreeBytes = _ =>
            {
                File.WriteAllBytes(blob, content);
                File.SetLastWriteTimeUtc(blob, time);
                return long.MaxValue;
            },
        };
        fixture.Reports.Clear();
        fixture.Pull();
        Assert.AreEqual(HubFixture.Weights, fixture.Reports.Single(report => report.Step == HubStep.Done).File);
    }

    [TestMethod]
    public void FindDamaged_ModelFolderThatIsALink_IsRemembered()
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Makes links.");
        using var fixture = new HubFixture();
        fixture.Add();
        var snapshot = fixture.Pull();
        var (place, outside) = (Path.GetFullPath(Path.Combine(snapshot.Folder, "..", "..")), fixture.Settings.CacheFolder + "-outside");
        Directory.Move(place, outside);
        Directory.CreateSymbolicLink(place, outside);
        Directory.Delete(Path.Combine(outside, ".seqcont"), recursive: true);
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot));
        Assert.HasCount(4, Directory.GetFiles(Path.Combine(outside, ".seqcont", "verified", HubFixture.Commit)));
    }

    [TestMethod]
    public void FindDamaged_PlacesWhereNoRecordCanBe_AreReadAllTheSame()
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Makes links.");
        foreach (var isLink in new[] { false, true })
        {
            using var fixture = new HubFixture();
            var content = fixture.Add()[HubFixture.Weights];
            var snapshot = fixture.Pull();
            var place = Path.Combine(fixture.Settings.CacheFolder, "models--some--model", ".seqcont");
            var outside = Directory.CreateDirectory(Path.Combine(fixture.Settings.CacheFolder, "outside")).FullName;
            Directory.Delete(place, recursive: true);
            if (isLink) Directory.CreateSymbolicLink(place, outside);
            else File.WriteAllText(place, "mine");
            Assert.IsNull(fixture.Cache.FindDamaged(snapshot));
            fixture.Pull();
            Spoil(fixture.Blob(content));
            Assert.IsNotNull(fixture.Cache.FindDamaged(snapshot));
            Assert.IsEmpty(Directory.GetFileSystemEntries(outside));
        }
    }

    [TestMethod]
    public void Verify_FilesThatAreNoLinks_AreKnownFromTheirRecords()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        var snapshot = fixture.Pull();
        foreach (var (name, content) in HubFixture.Model())
        {
            File.Delete(Path.Combine(snapshot.Folder, name));
            File.Move(fixture.Blob(content), Path.Combine(snapshot.Folder, name));
        }

        Assert.IsTrue(fixture.Cache.Verify(snapshot).All(file => file is { IsDamaged: false, Found: not null }));
        var weights = Path.Combine(snapshot.Folder, HubFixture.Weights);
        Spoil(weights);
        Assert.AreEqual(weights, fixture.Cache.FindDamaged(snapshot)?.Path);
        Assert.IsTrue(fixture.Cache.Verify(snapshot).Single(file => file.IsDamaged).Expected is not null, "The record stays.");
        fixture.Reports.Clear();
        fixture.Pull();
        Assert.AreEqual(HubFixture.Weights, fixture.Reports.Single(report => report.Step == HubStep.Done).File);
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot));
        Directory.Delete(Path.Combine(fixture.Settings.CacheFolder, Records), recursive: true);
        File.Delete(weights);
        File.WriteAllBytes(weights, HubFixture.Model()[HubFixture.Weights]);
        Assert.IsTrue(fixture.Cache.Verify(snapshot).All(file => file is { IsDamaged: false, Expected: null, Found: null }),
            "Nothing says their hashes.");
        fixture.Pull();
        Assert.IsTrue(fixture.Cache.Verify(snapshot).All(file => file is { IsDamaged: false, Found: not null }), "The hub said them.");
    }

    [TestMethod]
    public void Verify_LinkToNothing_IsDamaged()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()["vocab.json"];
        var snapshot = fixture.Pull();
        File.Delete(fixture.Blob(content));
        var file = fixture.Cache.Verify(snapshot).Single(file => file.IsDamaged);
        Assert.AreEqual(("vocab.json", LoopbackHub.ETag(content), null), (file.Name, file.Expected, file.Found));
        Assert.IsNull(fixture.Cache.FindDamaged(snapshot), "Token ids need no tokenizer.");
    }

    [TestMethod]
    public void Remove_Revision_TakesItsRecords()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Pull();
        fixture.Hub.Add("some/model", HubFixture.OtherCommit, HubFixture.Model(), "main");
        fixture.Pull();
        fixture.Cache.Remove(fixture.Cache.Removable(HubFixture.Name($"some/model@{HubFixture.Commit}")));
        Assert.IsFalse(Directory.Exists(Path.Combine(fixture.Settings.CacheFolder, Records)));
        Assert.HasCount(1, Directory.GetDirectories(Path.Combine(fixture.Settings.CacheFolder, Records, "..")));
    }

    /// <summary>Changes a file's last byte, and its time.</summary>
    private static byte[] Spoil(string path)
    {
        var content = File.ReadAllBytes(path);
        content[^1] ^= 1;
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(1));
        return content;
    }
}
