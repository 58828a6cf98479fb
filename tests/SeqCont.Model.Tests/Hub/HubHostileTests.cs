using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>A hub that answers anything, and a cache that holds anything, by a seed: all ends well, or with one line of our own.</summary>
[TestClass]
public sealed class HubHostileTests
{
    private const int Seeds = 40;

    private static readonly EnumerationOptions Everything =
        new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, MaxRecursionDepth = 6 };

    private static readonly int[] Statuses =
        [100, 200, 201, 204, 206, 300, 301, 302, 304, 307, 400, 401, 403, 404, 410, 416, 418, 429, 500, 503, 599];

    private static readonly string[] Names =
    [
        "ETag", "X-Linked-Etag", "X-Linked-Size", "X-Repo-Commit", "X-Error-Code", "X-Error-Message", "Location", "Content-Range",
        "Content-Encoding", "Transfer-Encoding", "Retry-After", "RateLimit", "Content-Type", "Set-Cookie",
    ];

    private static readonly string[] Values =
    [
        "", "\"\"", "W/\"x\"", "\"../../evil\"", "0", "-1", "21088", "99999999999999999999", "1e9", "bytes 0-1/2", "bytes */*",
        "bytes 5-1/9223372036854775807", "gzip", "chunked", "identity, chunked", "/", "//", "//[", "http://", "http://[::1",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd", "?", "GatedRepo", "EntryNotFound", "Thu, 99 Foo 2026", "Thu, 01 Jan 1970 00:00:00 GMT", "r=0;t=99999999999",
        "\u001b[31m", HubFixture.OtherCommit, "a=b; Domain=.example", "text/html; charset=\"",
    ];

    [TestMethod]
    public void Pull_AnyAnswers_EndsWholeOrInOneLine()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            using var fixture = new HubFixture();
            fixture.Add();
            fixture.Settings = fixture.Settings with { Attempts = 2, StallTimeout = TimeSpan.FromSeconds(1), Token = "secret" };
            var random = new Random(seed);
            fixture.Hub.Intercept = request =>
            {
                lock (random) return random.Next(4) > 0 ? null : Spoil(random, fixture.Hub.Answer(request));
            };
            try
            {
                var snapshot = fixture.Pull();
                foreach (var (name, content) in HubFixture.Model())
                    CollectionAssert.AreEqual(content, File.ReadAllBytes(Path.Combine(snapshot.Folder, name)), $"Seed {seed}: {name}");
            }
            catch (Exception failure) when (failure is not UnitTestAssertException)
            {
                AssertOneLine(failure, seed);
            }
        }
    }

    [TestMethod]
    public void Cache_AnyPlaces_NothingOutsideIsChanged()
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Makes links.");
        for (var seed = 0; seed < Seeds; seed++)
        {
            using var fixture = new HubFixture();
            fixture.Add();
            fixture.Pull();
            var outside = fixture.Settings.CacheFolder + "-outside";
            Directory.CreateDirectory(Path.Combine(outside, "folder"));
            foreach (var file in new[] { "file", "folder/file", $"folder/{HubFixture.Commit}" })
                File.WriteAllText(Path.Combine(outside, file), HubFixture.Commit);
            var random = new Random(seed);
            for (var left = random.Next(1, 4); left > 0; left--) Spoil(random, fixture.Settings.CacheFolder, outside);
            var before = Content(outside);
            var name = HubFixture.Name(random.Next(2) > 0 ? "some/model" : $"some/model@{HubFixture.Commit}");
            Action[] steps =
            [
                () => fixture.Cache.List(), () => { if (fixture.Cache.Find(name) is { } whole) fixture.Cache.FindDamaged(whole); },
                () => { if (fixture.Cache.Find(name) is { } whole) fixture.Cache.Verify(whole); },
                () => fixture.Cache.Remove(fixture.Cache.Removable(name)), () => fixture.Pull(),
                () => fixture.Cache.Remove(fixture.Cache.Removable(name)),
            ];
            foreach (var step in steps)
            {
                try
                {
                    step();
                }
                catch (Exception failure)
                {
                    AssertOneLine(failure, seed);
                }

                // What was there is as it was; a pull may have put files beside it.
                var after = Content(outside);
                foreach (var (path, content) in before) Assert.AreEqual(content, after.GetValueOrDefault(path), $"Seed {seed}: {path}");
            }
        }
    }

    private static void AssertOneLine(Exception failure, int seed)
    {
        Assert.IsTrue(failure is HubException or InvalidDataException, $"Seed {seed}: {failure}");
        Assert.IsFalse(failure.Message.Any(char.IsControl), $"Seed {seed}: {failure.Message}");
        Assert.IsLessThan(1000, failure.Message.Length, $"Seed {seed}");
        Assert.DoesNotContain("secret", failure.Message, $"Seed {seed}");
    }

    private static Dictionary<string, string> Content(string folder) =>
        Directory.GetFiles(folder, "*", Everything).Where(path => new FileInfo(path).LinkTarget is null)
            .ToDictionary(path => path, path => Convert.ToHexString(File.ReadAllBytes(path)));

    /// <summary>Puts something else in the place of a file or folder of the cache.</summary>
    private static void Spoil(Random random, string cache, string outside)
    {
        string[] places = Directory.Exists(cache) ? [cache, .. Directory.GetFileSystemEntries(cache, "*", Everything)] : [cache];
        var place = places[random.Next(places.Length)];
        var (isFolder, kind) = (new FileInfo(place).LinkTarget is null && Directory.Exists(place), random.Next(10));
        if (kind >= 8)
        {
            // A name with the other system's separators, which would lead out of the cache if they were taken for this one's.
            var folder = isFolder ? place : Path.GetDirectoryName(place)!;
            var name = Path.GetRelativePath(folder, Path.Combine(outside, "file")).Replace('/', '\\');
            File.WriteAllText(Path.Combine(folder, name), HubFixture.Commit);
            return;
        }

        if (kind == 0 && isFolder) Directory.Move(place, Path.Combine(outside, $"{random.Next()}"));
        else if (isFolder) Directory.Delete(place, recursive: true);
        else File.Delete(place);
        string Target() => kind switch
        {
            0 => Directory.GetDirectories(outside).Max()!,
            1 => Path.Combine(outside, "folder"),
            2 => Path.Combine(outside, "file"),
            3 => Path.Combine(outside, "not-there"),
            _ => Path.GetFileName(place),
        };
        if (kind <= 4) File.CreateSymbolicLink(place, Target());
        else if (kind == 5) File.WriteAllText(place, HubFixture.Commit);
        else if (kind == 6) Directory.CreateDirectory(place);
    }

    private static HubReply Spoil(Random random, HubReply reply)
    {
        T Any<T>(T[] from) => from[random.Next(from.Length)];
        return random.Next(6) switch
        {
            0 => reply with { Status = Any(Statuses) },
            1 => reply with { Headers = [.. reply.Headers.Where(_ => random.Next(2) > 0), (Any(Names), Any(Values))] },
            2 => reply with { CutAfter = random.Next(reply.Body.Length + 1), Resets = random.Next(2) > 0 },
            3 => reply with { StatedLength = Any<long?>([-1, 0, 1, reply.Body.Length - 1, reply.Body.Length + 1, long.MaxValue]) },
            4 => reply with { Body = [.. reply.Body.Select(one => random.Next(50) > 0 ? one : (byte)random.Next(256))] },
            _ => reply with { Status = Any(Statuses), Headers = [(Any(Names), Any(Values)), (Any(Names), Any(Values))] },
        };
    }
}
