using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using SeqCont.Testing;

namespace SeqCont.Model.Tests;

/// <summary>Connections that do not come about, are cut, or bring a byte now and then.</summary>
[TestClass]
public sealed class HubConnectionTests
{
    [TestMethod]
    [DataRow("/stored/", HubFixture.Weights)]
    [DataRow("/resolve/", "config.json")]
    [DataRow("/api/", "its list of files")]
    public void Trickle_OfAnyAnswer_IsAStall(string path, string what)
    {
        using var fixture = new HubFixture();
        fixture.Add();
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        fixture.Settings = fixture.Settings with { Clock = clock, Attempts = 2 };
        // A byte a second for as long as it takes to be given up, which each byte alone would never be.
        fixture.Hub.Intercept = request => request.Method != "GET" || !request.Path.Contains(path, StringComparison.Ordinal) ? null
            : new HubReply(200, new byte[20_000])
            {
                Piece = 1,
                BeforePiece = async (_, stop) =>
                {
                    clock.Advance(TimeSpan.FromSeconds(1));
                    await Task.Delay(1, stop);
                },
            };
        fixture.Fails(HubProblem.NoNetwork, what, "in 30 s");
    }

    [TestMethod]
    public void Trickle_OfTheListOfFiles_HasAnEnd()
    {
        using var fixture = new HubFixture();
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        fixture.Settings = fixture.Settings with { Clock = clock, Attempts = 1, LeastRate = 0 };
        // Fast enough, and without end. Where the reader lags behind the clock, silence is what it sees.
        fixture.Hub.Intercept = _ => new HubReply(200, new byte[20_000])
        {
            Piece = 1,
            BeforePiece = async (_, stop) =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(1, stop);
            },
        };
        fixture.Fails(HubProblem.NoNetwork, "its list of files");
    }

    [TestMethod]
    public void SmallAnswer_AnyNumberOfAttempts_HasOneEnd()
    {
        using var fixture = new HubFixture();
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        fixture.Settings = fixture.Settings with { Clock = clock, Attempts = 100, FirstWait = TimeSpan.Zero };
        fixture.Hub.Intercept = _ =>
        {
            clock.Advance(TimeSpan.FromSeconds(25));
            return new HubReply(503);
        };
        fixture.Fails(HubProblem.NoNetwork, "its list of files did not come in 300 s");
    }

    [TestMethod]
    public void Trickle_OfHeaders_IsAStall()
    {
        using var fixture = new HubFixture();
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        fixture.Settings = fixture.Settings with { Clock = clock };
        fixture.Hub.Intercept = _ => new HubReply(200, ("X-Long", new string('x', 20_000)))
        {
            BeforeHeaderByte = async (_, stop) =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(1, stop);
            },
        };
        fixture.Fails(HubProblem.NoNetwork, "no answer in 30 s");
    }

    [TestMethod]
    public void NoNetwork_NothingListens_IsSaidAtOnce()
    {
        using var fixture = new HubFixture();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var closed = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        listener.Stop();
        fixture.Settings = fixture.Settings with { Endpoint = closed };
        fixture.Fails(HubProblem.NoNetwork, closed.Authority, "cannot be reached");
        Assert.IsEmpty(fixture.Waits);
    }

    [TestMethod]
    public void NoNetwork_NoAnswer_IsSaidAfterTheTimeout()
    {
        using var fixture = new HubFixture();
        fixture.Settings = fixture.Settings with { StallTimeout = TimeSpan.FromMilliseconds(300) };
        using var closing = new ManualResetEventSlim();
        fixture.Hub.Intercept = _ =>
        {
            closing.Wait(TimeSpan.FromSeconds(30));
            return null;
        };
        fixture.Fails(HubProblem.NoNetwork, "no answer in 0.3 s");
        closing.Set();
    }

    [TestMethod]
    public void Headers_WithoutEnd_AreStopped()
    {
        using var fixture = new HubFixture();
        fixture.Hub.Intercept = _ => new HubReply(200, ("X-Long", new string('x', 200_000)));
        fixture.Fails(HubProblem.BadAnswer, "too long headers");
    }

    [TestMethod]
    public void Handshake_CutOff_IsTriedAgain()
    {
        using var fixture = new HubFixture();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connections = 0;
        _ = CutAsync();
        fixture.Hub.Intercept = _ => new HubReply(302, ("Location", $"https://{listener.LocalEndpoint}/"));
        fixture.Fails(HubProblem.NoNetwork, $"{listener.LocalEndpoint}", "cut before it was secure", "tried 6 times");
        Assert.AreEqual(6, connections);

        async Task CutAsync()
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                connections++;
                await client.GetStream().ReadExactlyAsync(new byte[1]);
            }
        }
    }

    [TestMethod]
    public void Handshake_CertificateRefused_IsFinal() => Assert.AreEqual(HubProblem.NoNetwork, ((HubException)HubHttp.Unreachable(
        "hub.example", null, new HttpRequestException(HttpRequestError.SecureConnectionError, "no",
            new AuthenticationException("UntrustedRoot")))).Problem);
}
