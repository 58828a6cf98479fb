namespace SeqCont.Model.Tests;

[TestClass]
public sealed class HubSettingsTests
{
    private static readonly string Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [TestMethod]
    public void FromEnvironment_Empty_IsTheHubsOwnDefault()
    {
        var settings = Read(("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"));
        Assert.AreEqual("https://huggingface.co/", settings.Endpoint.AbsoluteUri);
        Assert.AreEqual(Path.Combine(Home, ".cache", "huggingface", "hub"), settings.CacheFolder);
        Assert.IsNull(settings.Token);
        Assert.IsFalse(settings.IsOffline);
    }

    [TestMethod]
    [DataRow("/a", "/b", "/c", "/a")]
    [DataRow(null, "/b", "/c", "/b/hub")]
    [DataRow(" ", null, "/c", "/c/huggingface/hub")]
    [DataRow("~/models", null, null, "HOME/models")]
    public void FromEnvironment_CacheFolders_TheNearestCounts(string? cache, string? home, string? xdg, string expected) => Assert.AreEqual(
        Path.GetFullPath(expected.Replace("HOME", Home, StringComparison.Ordinal)),
        Read(("HF_HUB_CACHE", cache), ("HF_HOME", home), ("XDG_CACHE_HOME", xdg)).CacheFolder);

    [TestMethod]
    public void FromEnvironment_TokenFiles_AreReadWhereNoTokenIsGiven()
    {
        using var fixture = new HubFixture();
        var home = Path.GetDirectoryName(fixture.Write("token", " from-home\n"))!;
        var other = fixture.Write("other", "from-path");
        Assert.AreEqual("from-home", Read(("HF_HOME", home)).Token);
        Assert.AreEqual("from-path", Read(("HF_HOME", home), ("HF_TOKEN_PATH", other)).Token);
        Assert.AreEqual("given", Read(("HF_HOME", home), ("HF_TOKEN", "given")).Token);
        Assert.IsNull(Read(("HF_HOME", home), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "true")).Token);
        Assert.IsNull(Read(("HF_TOKEN", "given"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).Token, "The environment's is implicit too.");
        Assert.IsNull(Read(("HF_TOKEN_PATH", Path.Combine(home, "missing"))).Token);
    }

    [TestMethod]
    public void FromEnvironment_BadToken_IsNotShown()
    {
        var failure = Assert.ThrowsExactly<InvalidDataException>(() => Read(("HF_TOKEN", "hf_sec ret")));
        Assert.Contains("HF_TOKEN", failure.Message);
        Assert.DoesNotContain("ret", failure.Message.Replace("characters", "", StringComparison.Ordinal));
    }

    [TestMethod]
    public void ToString_Token_IsNotShown() => Assert.DoesNotContain("hf_secret", Read(("HF_TOKEN", "hf_secret")).ToString());

    [TestMethod]
    public void FreeBytes_Here_AreMany() => Assert.IsGreaterThan(0, Read(("HF_TOKEN", "x")).FreeBytes(Path.GetTempPath()));

    [TestMethod]
    [DataRow("ftp://host")]
    [DataRow("host")]
    [DataRow("https://user:pass@host")]
    [DataRow("https://host/?x=1")]
    public void FromEnvironment_BadEndpoint_IsNamed(string endpoint) =>
        Assert.Contains("HF_ENDPOINT", Assert.ThrowsExactly<InvalidDataException>(() => Read(("HF_ENDPOINT", endpoint))).Message);

    [TestMethod]
    [DataRow("1", true)]
    [DataRow("yes", true)]
    [DataRow("0", false)]
    public void FromEnvironment_Offline_IsRead(string value, bool expected) =>
        Assert.AreEqual(expected, Read(("HF_HUB_OFFLINE", value)).IsOffline);

    [TestMethod]
    public void CacheFolderOf_BadTokenAndEndpoint_AreNotLookedAt()
    {
        string? Variable(string name) =>
            name switch { "HF_HUB_CACHE" => "/a", "HF_TOKEN" => "not a token", "HF_ENDPOINT" => "host", _ => null };
        Assert.AreEqual(Path.GetFullPath("/a"), HubSettings.CacheFolderOf(Variable));
        Assert.ThrowsExactly<InvalidDataException>(() => HubSettings.FromEnvironment(Variable, "seqcont/test"));
    }

    private static HubSettings Read(params (string Name, string? Value)[] variables) =>
        HubSettings.FromEnvironment(name => variables.FirstOrDefault(variable => variable.Name == name).Value, "seqcont/test");
}
