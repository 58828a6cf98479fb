using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>Broken connections, wrong answers, full disks, other processes: one file's way into its blob.</summary>
[TestClass]
public sealed class HubDownloadTests
{
    private const int Part = 9000;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Download_CutConnection_GoesOnFromThere(bool isReset)
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.OnWeights((request, count) => count < 3 ? fixture.Hub.Answer(request) with { CutAfter = 4000, Resets = isReset } : null);
        AssertPulled(fixture, content);
        var froms = Froms(fixture);
        Assert.HasCount(4, froms);
        if (!isReset) CollectionAssert.AreEqual(new[] { 0, 4000, 8000, 12000 }, froms);
        else CollectionAssert.AreEqual(froms.Order().ToArray(), froms);
        Assert.HasCount(3, fixture.Reports.Where(report => report.Step == HubStep.Retrying
            && report.Note!.Contains("cut", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Download_CutAgainAndAgain_GivesUpAndKeepsWhatCame()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.OnWeights((request, count) => fixture.Hub.Answer(request) with { CutAfter = 100 });
        fixture.Fails(HubProblem.NoNetwork, "the connection was cut after", "tried 6 times", HubFixture.Weights);
        CollectionAssert.AreEqual(new double[] { 1, 2, 4, 8, 16 }, fixture.Waits.Select(wait => wait.TotalSeconds).ToArray());
        Assert.AreEqual(600, new FileInfo(fixture.Blob(content) + ".incomplete").Length);
        fixture.OnWeights((_, _) => null);
        fixture.Hub.Requests.Clear();
        AssertPulled(fixture, content);
        CollectionAssert.AreEqual(new[] { 600 }, Froms(fixture));
    }

    [TestMethod]
    public void Download_MuchComesBeforeEveryCut_IsNeverGivenUp()
    {
        using var fixture = new HubFixture();
        var files = fixture.Add();
        // Not a model, but that is found out when it is loaded.
        var content = files[HubFixture.Weights] = new byte[1_000_000];
        new Random(1).NextBytes(content);
        fixture.OnWeights((request, _) => fixture.Hub.Answer(request) with { CutAfter = 100_000 });
        AssertPulled(fixture, content);
        Assert.IsGreaterThan(fixture.Settings.Attempts, Froms(fixture).Length);
        Assert.IsTrue(fixture.Waits.All(wait => wait == fixture.Settings.FirstWait), "Waits grow though something comes.");
    }

    [TestMethod]
    public void Download_WithoutRanges_StartsAgain()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.OnWeights((_, count) => new HubReply(200, content) { CutAfter = count < 2 ? Part : null });
        AssertPulled(fixture, content);
        CollectionAssert.AreEqual(new[] { 0, Part, Part }, Froms(fixture));
    }

    [TestMethod]
    [DataRow(206, "bytes 0-21087/21088")]
    [DataRow(206, "bytes 9000-21086/21087")]
    [DataRow(206, "")]
    [DataRow(416, "bytes */5")]
    public void Download_AnotherPartThanAskedFor_StartsAgainWithoutRanges(int status, string range)
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        Assert.HasCount(21088, content);
        fixture.OnWeights((request, count) => count switch
        {
            0 => fixture.Hub.Answer(request) with { CutAfter = Part },
            1 => new HubReply(status, content, range.Length > 0 ? [("Content-Range", range)] : []),
            _ => null,
        });
        AssertPulled(fixture, content);
        CollectionAssert.AreEqual(new[] { 0, Part, 0 }, Froms(fixture));
    }

    [TestMethod]
    public void Download_LeftoverThatIsBad_IsFetchedOnceMore()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.Write(Path.GetRelativePath(fixture.Settings.CacheFolder, fixture.Blob(content) + ".incomplete"), new string('x', Part));
        AssertPulled(fixture, content);
        CollectionAssert.AreEqual(new[] { Part, 0 }, Froms(fixture));
    }

    [TestMethod]
    [DataRow(21088)]
    [DataRow(30000)]
    public void Download_LeftoverOfFullLengthOrLonger_IsNotTrusted(int length)
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.Write(Path.GetRelativePath(fixture.Settings.CacheFolder, fixture.Blob(content) + ".incomplete"), new string('x', length));
        AssertPulled(fixture, content);
        CollectionAssert.AreEqual(new[] { 0 }, Froms(fixture));
    }

    [TestMethod]
    [DataRow("config.json", "git hash")]
    [DataRow(HubFixture.Weights, "SHA-256")]
    public void Download_WrongHash_IsThrownAway(string file, string hash)
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[file];
        var wrong = content.ToArray();
        wrong[^1] ^= 1;
        fixture.Hub.Intercept = request => request.Method == "GET"
            && (request.Path.EndsWith(file, StringComparison.Ordinal)
                || request.Path.EndsWith(LoopbackHub.ETag(content), StringComparison.Ordinal))
                && fixture.Hub.Answer(request) is { Status: 200 }
            ? LoopbackHub.Content(request, wrong) : null;
        fixture.Fails(HubProblem.Corrupt, file, hash, LoopbackHub.ETag(content), LoopbackHub.ETag(wrong));
        Assert.IsFalse(File.Exists(fixture.Blob(content)));
        Assert.IsFalse(File.Exists(fixture.Blob(content) + ".incomplete"));
    }

    [TestMethod]
    public void Download_LongerThanPromised_IsStopped()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.OnWeights((_, _) => new HubReply(200, new byte[content.Length + 1]) { StatedLength = -1 });
        fixture.Fails(HubProblem.Corrupt, "longer than the 21088 bytes");
        Assert.IsFalse(File.Exists(fixture.Blob(content) + ".incomplete"));
    }

    [TestMethod]
    [DataRow(1000, 0.05, 1000)]
    [DataRow(100, 0.0909, 1000)]
    [DataRow(1000, 12, 50)]
    public void Download_SlowButFastEnough_IsWaitedFor(int piece, double seconds, int leastRate)
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        fixture.Settings = fixture.Settings with { Clock = clock, LeastRate = leastRate };
        fixture.OnWeights((request, _) => fixture.Hub.Answer(request) with
        {
            Piece = piece,
            BeforePiece = async (at, stop) =>
            {
                await Arrived(fixture, at, stop);
                clock.Advance(TimeSpan.FromSeconds(seconds));
            },
        });
        AssertPulled(fixture, content);
        Assert.HasCount(1, Froms(fixture));
        Assert.AreEqual(Math.Ceiling(21088d / piece) * seconds, (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds, 1e-3);
    }

    [TestMethod]
    public void Download_Stall_IsTriedAgainFromThere()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        fixture.Settings = fixture.Settings with { Clock = clock };
        fixture.OnWeights((request, count) => count > 0 ? null : fixture.Hub.Answer(request) with
        {
            Piece = Part,
            BeforePiece = async (at, stop) =>
            {
                await Arrived(fixture, at, stop);
                // The reader may only just be about to wait: time passes until it has had enough.
                while (at > 0 && !fixture.Reports.Any(report => report.Step == HubStep.Retrying))
                {
                    clock.Advance(TimeSpan.FromSeconds(31));
                    await Task.Delay(20, stop);
                }
            },
        });
        AssertPulled(fixture, content);
        var froms = Froms(fixture);
        Assert.AreEqual(0, froms[0]);
        Assert.IsTrue(froms.Length > 1 && froms.Skip(1).All(from => from == Part), string.Join(", ", froms));
        Assert.Contains("only 9000 bytes of model.safetensors came in 30 s", fixture.Reports.First(report =>
            report.Step == HubStep.Retrying).Note!);
    }

    [TestMethod]
    public void Download_Cancelled_KeepsWhatCameAndGoesOn()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        using var cancellation = new CancellationTokenSource();
        fixture.OnWeights((request, _) => fixture.Hub.Answer(request) with
        {
            Piece = Part,
            BeforePiece = async (at, stop) =>
            {
                if (at == 0) return;
                await Arrived(fixture, at, stop);
                await cancellation.CancelAsync();
                await Task.Delay(60_000, stop);
            },
        });
        Assert.ThrowsExactly<TaskCanceledException>(() => fixture.Pull(cancellationToken: cancellation.Token));
        Assert.AreEqual(Part, new FileInfo(fixture.Blob(content) + ".incomplete").Length);
        fixture.OnWeights((_, _) => null);
        fixture.Hub.Requests.Clear();
        AssertPulled(fixture, content);
        CollectionAssert.AreEqual(new[] { Part }, Froms(fixture));
    }

    [TestMethod]
    public void Download_DiskTooSmall_IsSaidBeforeAnythingComes()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        fixture.Settings = fixture.Settings with { FreeBytes = _ => 20_000 };
        fixture.Fails(HubProblem.DiskFull, "0.0 MB", "HF_HUB_CACHE");
        Assert.IsEmpty(Froms(fixture));
        // What is here already needs no room.
        fixture.Write(Path.GetRelativePath(fixture.Settings.CacheFolder, fixture.Blob(content) + ".incomplete"), "");
        File.WriteAllBytes(fixture.Blob(content) + ".incomplete", content[..Part]);
        AssertPulled(fixture, content);
    }

    [TestMethod]
    public void Download_AnotherProcessHasTheLock_WaitsAndUsesItsFile()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        var path = Path.Combine(fixture.Settings.CacheFolder, ".locks", "models--some--model", LoopbackHub.ETag(content) + ".lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Task<HubSnapshot> pull;
        using (var other = HubLock.TryTake(path))
        {
            Assert.IsNotNull(other);
            Assert.IsNull(HubLock.TryTake(path), "Two can hold it.");
            pull = fixture.PullAsync();
            Assert.IsTrue(SpinWait.SpinUntil(
                () => fixture.Reports.Any(report => report is { File: HubFixture.Weights, Step: HubStep.Waiting }),
                TimeSpan.FromSeconds(30)));
            Assert.ThrowsExactly<HubException>(() => fixture.Cache.Remove(fixture.Cache.List()), "It is being downloaded.");
            File.WriteAllBytes(fixture.Blob(content), content);
        }

        Assert.IsTrue(pull.GetAwaiter().GetResult().IsComplete);
        Assert.IsEmpty(Froms(fixture));
        Assert.IsTrue(fixture.Reports.Any(report => report is { File: HubFixture.Weights, Step: HubStep.Cached }));
    }

    [TestMethod]
    public void Download_TwoAtOnce_FetchOnce()
    {
        using var fixture = new HubFixture();
        var content = fixture.Add()[HubFixture.Weights];
        var pulls = new[] { fixture.PullAsync(), fixture.PullAsync(), fixture.PullAsync() };
        Task.WhenAll(pulls).GetAwaiter().GetResult();
        Assert.HasCount(1, Froms(fixture));
        AssertPulled(fixture, content);
    }

    private static void AssertPulled(HubFixture fixture, byte[] content)
    {
        var snapshot = fixture.Pull();
        Assert.IsTrue(snapshot.IsComplete);
        CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(snapshot.Folder, HubFixture.Weights)));
        Assert.IsFalse(File.Exists(fixture.Blob(content) + ".incomplete"));
    }

    /// <summary>Waits until so many bytes of the weights are on the disk.</summary>
    private static async Task Arrived(HubFixture fixture, int bytes, CancellationToken stop)
    {
        while (!fixture.Reports.Any(report => report is { File: HubFixture.Weights, Step: HubStep.Downloading } && report.Done >= bytes))
            await Task.Delay(5, stop);
    }

    /// <summary>The first bytes that the weights were asked for from, one a request.</summary>
    private static int[] Froms(HubFixture fixture) =>
        [.. fixture.Hub.Requests.Where(request => request.Method == "GET" && request.Path.StartsWith("/stored/", StringComparison.Ordinal))
            .Select(request => request.From)];
}
