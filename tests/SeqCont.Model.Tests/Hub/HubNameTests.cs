using System.Security.Cryptography;
using System.Text;

namespace SeqCont.Model.Tests;

[TestClass]
public sealed class HubNameTests
{
    [TestMethod]
    [DataRow("gpt2", "gpt2", "main")]
    [DataRow("gpt2-small", "gpt2", "main")]
    [DataRow("gpt2-xl", "gpt2-xl", "main")]
    [DataRow("distilgpt2@v1.0", "distilgpt2", "v1.0")]
    [DataRow("owner/a.name_1-x", "owner/a.name_1-x", "main")]
    [DataRow("_o/n", "_o/n", "main")]
    [DataRow("o/n@refs/pr/1", "o/n", "refs/pr/1")]
    [DataRow("o/n@0123456789abcdef0123456789abcdef01234567", "o/n", "0123456789abcdef0123456789abcdef01234567")]
    public void TryParse_Names_HaveRepositoryAndRevision(string text, string repository, string revision)
    {
        Assert.IsTrue(HubName.TryParse(text, out var name));
        Assert.AreEqual(repository, name.Repository);
        Assert.AreEqual(revision, name.Revision);
        Assert.AreEqual(text.Contains('@', StringComparison.Ordinal), name.HasRevision);
        Assert.AreEqual(revision.Length == 40, name.IsCommit);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("bert")]
    [DataRow("a/b/c")]
    [DataRow("../up")]
    [DataRow("./here")]
    [DataRow("/root")]
    [DataRow("a/")]
    [DataRow("a/b--c")]
    [DataRow("a/b..c")]
    [DataRow("a\\b/c")]
    [DataRow("C:/x")]
    [DataRow("-a/b")]
    [DataRow("a/b.")]
    [DataRow("a/.b")]
    [DataRow("a/b ")]
    [DataRow("a/é")]
    [DataRow("gpt2@")]
    [DataRow("gpt2@../../x")]
    [DataRow("gpt2@a//b")]
    [DataRow("gpt2@-x")]
    [DataRow("gpt2@a@b")]
    [DataRow("gpt2@a\nb")]
    public void TryParse_WhatCouldLeadElsewhere_IsNoName(string text) => Assert.IsFalse(HubName.TryParse(text, out _));

    [TestMethod]
    [DataRow("gpt2", "gpt2,openai-community/gpt2")]
    [DataRow("openai-community/gpt2-large", "openai-community/gpt2-large,gpt2-large")]
    [DataRow("distilbert/distilgpt2", "distilbert/distilgpt2,distilgpt2")]
    [DataRow("somebody/gpt2", "somebody/gpt2")]
    public void Aliases_OldNames_HaveAnOwnerToo(string text, string aliases) =>
        Assert.AreEqual(aliases, string.Join(',', HubFixture.Name(text).Aliases));

    [TestMethod]
    public void Of_KnownContent_IsItsHash()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "hello\n");
            // Published: what git names this content.
            const string git = "ce013625030ba8dba906f756967f9e9ca394464a";
            Assert.AreEqual(git, HubDigest.Of(path, new string('0', git.Length), CancellationToken.None));
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("hello\n")));
            Assert.AreEqual(sha256, HubDigest.Of(path, new string('0', 64), CancellationToken.None));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    [DataRow("\"CE013625030ba8dba906f756967f9e9ca394464a\"", "ce013625030ba8dba906f756967f9e9ca394464a")]
    [DataRow("W/\"ce013625030ba8dba906f756967f9e9ca394464a\"", "ce013625030ba8dba906f756967f9e9ca394464a")]
    [DataRow("\"../../evil\"", null)]
    [DataRow("\"d41d8cd98f00b204e9800998ecf8427e\"", null)]
    [DataRow(null, null)]
    public void FromETag_Headers_GiveAHashOrNothing(string? header, string? hash) => Assert.AreEqual(hash, HubDigest.FromETag(header));
}
