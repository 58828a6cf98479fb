using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>What a hub may answer instead: refusals, other places, nonsense.</summary>
[TestClass]
public sealed class HubAnswerTests
{
    [TestMethod]
    [DataRow(401, "RepoNotFound", null, HubProblem.NotAuthorized, "401", "HF_TOKEN if it is private")]
    [DataRow(401, null, "secret", HubProblem.NotAuthorized, "401", "does not accept the token")]
    [DataRow(403, null, null, HubProblem.Forbidden, "403", "a token in HF_TOKEN may help")]
    [DataRow(403, null, "secret", HubProblem.Forbidden, "403", "this token may not read it")]
    [DataRow(403, "GatedRepo", "secret", HubProblem.Forbidden, "some/model", "accept terms")]
    [DataRow(401, "GatedRepo", null, HubProblem.Forbidden, "some/model", "accept terms")]
    [DataRow(404, "RepoNotFound", null, HubProblem.NotFound, "404", "no such model")]
    [DataRow(404, "RevisionNotFound", null, HubProblem.NotFound, "404", "no revision 'main'")]
    [DataRow(404, null, null, HubProblem.NotFound, "404", "no such model")]
    [DataRow(418, null, null, HubProblem.BadAnswer, "418", "Status")]
    public void Resolve_Refused_SaysWhyAndWhatHelps(int status, string? code, string? token, HubProblem problem, string says, string and)
    {
        using var fixture = new HubFixture();
        fixture.Settings = fixture.Settings with { Token = token };
        fixture.Hub.Intercept = _ => new HubReply(status, code is null ? [] : [("X-Error-Code", code)]);
        var failure = fixture.Fails(problem, says, and);
        Assert.DoesNotContain("secret", failure.Message);
        Assert.HasCount(1, fixture.Hub.Requests, "A refusal is not asked for twice.");
    }

    [TestMethod]
    [DataRow("HEAD", 404, "EntryNotFound", HubProblem.NotFound, "no file model.safetensors")]
    [DataRow("GET", 404, null, HubProblem.NotFound, "model.safetensors")]
    [DataRow("GET", 403, null, HubProblem.Forbidden, "model.safetensors")]
    public void File_Refused_IsNamed(string method, int status, string? code, HubProblem problem, string says)
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Hub.Intercept = request => request.Method == method
            && request.Path.EndsWith(HubFixture.Weights, StringComparison.Ordinal)
            ? new HubReply(status, code is null ? [] : [("X-Error-Code", code)]) : null;
        fixture.Fails(problem, says, $"{status}");
    }

    [TestMethod]
    public void Refusal_HubsOwnWords_AreShownOnOneLineAndShort()
    {
        using var fixture = new HubFixture();
        fixture.Hub.Intercept = _ => new HubReply(403, ("X-Error-Message", "Sorry\u0007" + new string('x', 900)));
        Assert.IsLessThan(500, fixture.Fails(HubProblem.Forbidden, "it says: Sorry").Message.Length);
    }

    [TestMethod]
    [DataRow("GET", "/api/models/", "Retry-After", "17")]
    [DataRow("HEAD", "/some/model/resolve/", "Retry-After", "17")]
    [DataRow("GET", "/stored/", "Retry-After", "17")]
    [DataRow("GET", "/api/models/", "RateLimit", "\"resolvers\";r=0;t=17")]
    public void TooManyRequests_SecondsToWait_AreWaited(string method, string path, string header, string value)
    {
        using var fixture = new HubFixture();
        fixture.Add();
        var count = 0;
        fixture.Hub.Intercept = request =>
            request.Method == method && request.Path.StartsWith(path, StringComparison.Ordinal) && Interlocked.Increment(ref count) == 1
            ? new HubReply(429, (header, value)) : null;
        Assert.IsTrue(fixture.Pull().IsComplete);
        CollectionAssert.AreEqual(new[] { TimeSpan.FromSeconds(17) }, fixture.Waits.ToArray());
        Assert.EndsWith("too many requests (429); trying again in 17 s",
            fixture.Reports.Single(report => report.Step == HubStep.Retrying).Note!);
    }

    [TestMethod]
    public void TooManyRequests_RetryAfterDate_IsWaitedByTheClock()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        fixture.Settings = fixture.Settings with { Clock = new ManualClock(now) };
        var dates = new Queue<DateTimeOffset>([now.AddSeconds(90), now.AddSeconds(-5)]);
        fixture.Hub.Intercept = request => request.Path.StartsWith("/api/", StringComparison.Ordinal) && dates.TryDequeue(out var date)
            ? new HubReply(429, ("Retry-After", date.ToString("R", CultureInfo.InvariantCulture))) : null;
        Assert.IsTrue(fixture.Pull().IsComplete);
        CollectionAssert.AreEqual(new[] { TimeSpan.FromSeconds(90), TimeSpan.Zero }, fixture.Waits.ToArray());
    }

    [TestMethod]
    [DataRow("301")]
    [DataRow("99999999")]
    public void TooManyRequests_LongerThanIsWaited_SaysHowLong(string seconds)
    {
        using var fixture = new HubFixture();
        fixture.Hub.Intercept = _ => new HubReply(429, ("Retry-After", seconds));
        fixture.Fails(HubProblem.Busy, "429", $"wait {seconds} s");
        Assert.IsEmpty(fixture.Waits);
    }

    [TestMethod]
    [DataRow(429, HubProblem.Busy)]
    [DataRow(500, HubProblem.BadAnswer)]
    [DataRow(503, HubProblem.Busy)]
    [DataRow(524, HubProblem.BadAnswer)]
    public void ServerError_ThatStays_IsTriedLongerAndLonger(int status, HubProblem problem)
    {
        using var fixture = new HubFixture();
        fixture.Hub.Intercept = _ => new HubReply(status, ("Retry-After", "soon"));
        fixture.Fails(problem, $"{status}", "tried 6 times");
        CollectionAssert.AreEqual(new double[] { 1, 2, 4, 8, 16 }, fixture.Waits.Select(wait => wait.TotalSeconds).ToArray());
    }

    [TestMethod]
    public void ServerError_ThatPasses_IsPassedOver()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        var seen = new ConcurrentDictionary<string, bool>();
        fixture.Hub.Intercept = request => seen.TryAdd($"{request.Method} {request.Path}", true) ? new HubReply(502) : null;
        Assert.IsTrue(fixture.Pull().IsComplete);
        Assert.HasCount(seen.Count, fixture.Waits);
    }

    [TestMethod]
    public void Token_OtherPlaces_DoNotGetIt()
    {
        using var fixture = new HubFixture();
        using var store = new LoopbackHub();
        var content = fixture.Add()[HubFixture.Weights];
        store.Intercept = request => LoopbackHub.Content(request, content);
        fixture.Settings = fixture.Settings with { Token = "secret" };
        fixture.Hub.Intercept = request => fixture.Hub.Answer(request) is { Status: 302 } answer
            ? answer with
            {
                Headers =
                [.. answer.Headers.Where(header => header.Name != "Location"), ("Location", $"{store.Endpoint}x?signature=1")]
            } : null;
        Assert.IsTrue(fixture.Pull().IsComplete);
        Assert.IsTrue(fixture.Hub.Requests.All(request => request.Header("Authorization") == "Bearer secret"));
        Assert.IsNotEmpty(store.Requests);
        Assert.IsTrue(store.Requests.All(request => request.Header("Authorization") is null), "The store got the token.");
    }

    [TestMethod]
    [DataRow("/api/models/some/model/revision/main", "redirects more than 10 times")]
    [DataRow("file:///etc/passwd", "redirects to a file address")]
    [DataRow(null, "without saying where")]
    [DataRow("//[", "an address that is none")]
    public void Redirect_ToNowhere_IsNotFollowed(string? location, string says)
    {
        using var fixture = new HubFixture();
        fixture.Hub.Intercept = _ => new HubReply(302, location is null ? [] : [("Location", location)]);
        fixture.Fails(HubProblem.BadAnswer, says);
    }

    [TestMethod]
    [DataRow(401, HubProblem.Forbidden)]
    [DataRow(403, HubProblem.Forbidden)]
    [DataRow(404, HubProblem.NotFound)]
    [DataRow(418, HubProblem.BadAnswer)]
    public void Redirect_OtherHostRefuses_IsNotBlamedOnTheHub(int status, HubProblem problem)
    {
        using var fixture = new HubFixture();
        using var store = new LoopbackHub();
        fixture.Add();
        store.Intercept = _ => new HubReply(status);
        fixture.Settings = fixture.Settings with { Token = "secret" };
        fixture.OnWeights((_, _) => new HubReply(302, ("Location", $"{store.Endpoint}x")));
        var message = fixture.Fails(problem, HubFixture.Weights, $"{store.Endpoint.Authority}, where", $"answers {status}").Message;
        Assert.DoesNotContain("token", message);
    }

    [TestMethod]
    public void Redirect_FromHttpsToHttp_IsNotFollowed()
    {
        var secure = new Uri("https://hub.example/a");
        var failure = Assert.ThrowsExactly<HubException>(() => HubHttp.Next(secure, new Uri("http://hub.example/a"), 0));
        Assert.Contains("from https to http", failure.Message);
        Assert.AreEqual("https://hub.example/b", HubHttp.Next(secure, new Uri("/b", UriKind.Relative), 0).AbsoluteUri);
        Assert.AreEqual("https://store.example/b", HubHttp.Next(secure, new Uri("https://store.example/b"), 0).AbsoluteUri);
    }

    [TestMethod]
    [DataRow("""{"sha": "../../../etc", "siblings": []}""", "sha")]
    [DataRow("""{"siblings": []}""", "sha")]
    [DataRow("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": 5}""", "siblings")]
    public void Resolve_Nonsense_IsSaid(string answer, string says)
    {
        using var fixture = new HubFixture();
        fixture.Hub.Intercept = _ => new HubReply(200, HubFixture.Bytes(answer));
        fixture.Fails(HubProblem.BadAnswer, says);
        Assert.IsFalse(Directory.Exists(fixture.Settings.CacheFolder), "Something was written.");
    }

    [TestMethod]
    [DataRow("<html>log in</html>")]
    [DataRow("[]")]
    public void Resolve_NoJson_NamesTheAddress(string answer)
    {
        using var fixture = new HubFixture();
        fixture.Hub.Intercept = _ => new HubReply(200, HubFixture.Bytes(answer));
        Assert.Contains($"{fixture.Settings.Endpoint}api/models/some/model",
            Assert.ThrowsExactly<InvalidDataException>(() => fixture.Pull()).Message);
    }

    [TestMethod]
    [DataRow("""{"sha": "0123456789ABCDEF0123456789ABCDEF01234567", "siblings": []}""")]
    [DataRow("""{"sha": "\ud800", "siblings": []}""")]
    [DataRow("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [5, null, {}, {"rfilename": "\ud800"}]}""")]
    [DataRow("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": 5}]}""")]
    [DataRow("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": "config.json\u0000"}]}""")]
    [DataRow("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [], "\udc00": 1}""")]
    [DataRow("")]
    [DataRow("\u0000")]
    [DataRow("[[[[")]
    public void Resolve_AnyNonsense_IsOneLineAndNoFile(string answer)
    {
        foreach (var text in new[] { answer, string.Concat(Enumerable.Repeat(answer, 5000)) })
        {
            using var fixture = new HubFixture();
            fixture.Hub.Intercept = _ => new HubReply(200, HubFixture.Bytes(text), ("Content-Encoding", "gzip"));
            var failure = Assert.Throws<Exception>(() => fixture.Pull());
            Assert.IsTrue(failure is InvalidDataException or HubException, failure.ToString());
            Assert.IsFalse(failure.Message.Any(char.IsControl), failure.Message);
            Assert.IsLessThan(1000, failure.Message.Length);
            Assert.IsFalse(Directory.Exists(fixture.Settings.CacheFolder), "Something was written.");
        }
    }

    [TestMethod]
    public void Download_CompressedAnswer_IsNotUnpacked()
    {
        using var fixture = new HubFixture();
        using var bomb = new MemoryStream();
        using (var packing = new GZipStream(bomb, CompressionLevel.Optimal, leaveOpen: true)) packing.Write(new byte[10 << 20]);
        fixture.Add();
        fixture.OnWeights((_, _) => new HubReply(200, [.. bomb.ToArray(), .. new byte[30_000]], ("Content-Encoding", "gzip")));
        fixture.Fails(HubProblem.Corrupt, "longer than the 21088 bytes");
    }

    [TestMethod]
    public void Resolve_EndlessAnswer_IsStopped()
    {
        using var fixture = new HubFixture();
        fixture.Hub.Intercept = _ => new HubReply(200, new byte[(16 << 20) + 1]) { StatedLength = -1 };
        fixture.Fails(HubProblem.BadAnswer, "more than 16777216 bytes");
    }

    [TestMethod]
    [DataRow("X-Linked-Etag", "\"../../evil\"", "ETag")]
    [DataRow("X-Linked-Etag", "\"d41d8cd98f00b204e9800998ecf8427e\"", "ETag")]
    [DataRow("X-Linked-Size", "-5", "size")]
    [DataRow("X-Linked-Size", "99999999999999", "size")]
    [DataRow("X-Linked-Size", "many", "size")]
    [DataRow("X-Repo-Commit", "89abcdef0123456789abcdef0123456789abcdef", "commit")]
    public void Describe_Nonsense_IsSaid(string header, string value, string says)
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Hub.Intercept = request => request.Method == "HEAD" && fixture.Hub.Answer(request) is { Status: 302 } answer
            ? answer with { Headers = [.. answer.Headers.Where(pair => pair.Name != header), (header, value)] } : null;
        fixture.Fails(HubProblem.BadAnswer, says, HubFixture.Weights);
        Assert.HasCount(1, Directory.GetFiles(fixture.Settings.CacheFolder, "*", SearchOption.AllDirectories)
            .Where(path => path.Contains("/blobs/", StringComparison.Ordinal)), "config.json alone.");
    }

    [TestMethod]
    public void Describe_ConfigOfGigabytes_IsRefused()
    {
        using var fixture = new HubFixture();
        fixture.Add();
        fixture.Hub.Intercept = request => request.Method == "HEAD" && request.Path.EndsWith("config.json", StringComparison.Ordinal)
            ? fixture.Hub.Answer(request) with { StatedLength = 1L << 33 } : null;
        fixture.Fails(HubProblem.BadAnswer, "config.json", "8589934592");
    }
}
