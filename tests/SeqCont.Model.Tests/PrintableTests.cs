using System.Text;
using SeqCont.Model.Tests.Weights;

namespace SeqCont.Model.Tests;

[TestClass]
public sealed class PrintableTests
{
    [TestMethod]
    [DataRow("plain text", "plain text")]
    [DataRow("é 日本語 עברית ‘quotes’ 😀 ❤\uFE0F", "é 日本語 עברית ‘quotes’ 😀 ❤\uFE0F")]
    [DataRow("a\nb\rc\td\0\u001b\u007f\u0085\u009b", @"a\nb\rc\td\u0000\u001b\u007f\u0085\u009b")]
    [DataRow("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        @"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")]
    [DataRow("\u2028\u2029\u200b\u200d\u00ad\ufeff\ufffe\ue000", @"\u2028\u2029\u200b\u200d\u00ad\ufeff\ufffe\ue000")]
    [DataRow("\U000e0041\U000f0000", @"\udb40\udc41\udb80\udc00")]
    public void Printable_Text_KeepsWhatIsSeen(string text, string printable)
    {
        Assert.AreEqual(printable, BadFile.Printable(text));
        Assert.AreEqual(printable, BadFile.Printable(printable));
    }

    [TestMethod]
    [DataRow("می\u200cخواهم क्\u200dष ന്\u200d\u200c", "می\u200cخواهم क्\u200dष ന്\\u200d\\u200c")]
    [DataRow("👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d🚀 🙂\u200d↔\ufe0f",
        "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d🚀 🙂\u200d↔\ufe0f")]
    [DataRow("\u200dخ خ\u200d خ\u200c خ a\u200db é\u200c1 \u200c\u200d", @"\u200dخ خ\u200d خ\u200c خ a\u200db é\u200c1 \u200c\u200d")]
    [DataRow("خ\u200d\u200dخ", @"خ\u200d\u200dخ")]
    public void Printable_Joiners_StayWhereLettersNeedThem(string text, string printable)
    {
        Assert.AreEqual(printable, BadFile.Printable(text));
        Assert.AreEqual(printable, BadFile.Printable(printable));
    }

    [TestMethod]
    public void Error_WhatAFileSays_IsEscaped()
    {
        Assert.AreEqual(@"a\u001b: b\u001b\n.", BadFile.Error("a\u001b", "b\u001b\n.").Message);
        var missing = Assert.ThrowsExactly<FileNotFoundException>(() => InputFile.Open("/none\u001b[2J/x", "a file"));
        Assert.AreEqual(@"/none\u001b[2J/x: not found; expected a file.", missing.Message);
        using var folder = new TempFolder();
        var inner = Directory.CreateDirectory(folder.File("c\u001b")).FullName;
        var hub = Assert.ThrowsExactly<HubException>(() => HubFault.RequireNoFolder(inner));
        Assert.AreEqual(BadFile.Printable(inner) + ": expected a file, found a folder", hub.Message);
        Assert.DoesNotContain("\u001b", hub.Message);
    }

    [TestMethod]
    public void Printable_HalfPairs_AreEscaped()
    {
        Assert.AreEqual(@"\ud83d x \ude00", BadFile.Printable("\ud83d x \ude00"));
        Assert.AreEqual(@"\ud83d\u200dخ خ\u200d\udc00", BadFile.Printable("\ud83d\u200dخ خ\u200d\udc00"));
    }

    [TestMethod]
    public void Printable_JsonsText_IsTheSameJson()
    {
        const string Text = "a\u202e\u0085\U000e0041é";
        var json = $"\"{Text}\"";
        Assert.AreEqual(Text, JsonText.Parse(Encoding.UTF8.GetBytes(BadFile.Printable(json)), "x", "text").Text());
    }

    [TestMethod]
    public void Printable_LongText_IsCut()
    {
        Assert.AreEqual("aaa...", BadFile.Printable("aaaa", 3));
        Assert.AreEqual("\\n\\n...", BadFile.Printable("\n\n\n", 2));
        Assert.AreEqual("\"a\\\"\\\\\\u202e\"", BadFile.Quote("a\"\\\u202e"));
        Assert.AreEqual($"\"{new string('a', 60)}...\"", BadFile.Quote(new string('a', 61)));
    }

    [TestMethod]
    [DataRow("{\"a\": [1, {\"b\": \"x\"}]}", "f:1: a[1].b: expected a whole number below 2^31, got \"x\".")]
    [DataRow("{\"a\": [1, {\"b\": 1.0}]}", "f:1: a[1].b: expected a whole number below 2^31, got 1.0.")]
    [DataRow("{\"a\": [1, {\"b\": 2147483648}]}", "f:1: a[1].b: expected a whole number below 2^31, got 2147483648.")]
    [DataRow("{\"a\": [1, {\"b\": null}]}", "f:1: a[1].b: expected a whole number below 2^31, got null.")]
    [DataRow("{\"a\": [1, {}]}", "f:1: a[1].b: missing; expected a whole number below 2^31.")]
    [DataRow("{\"a\": [1, 2]}", "f:1: a[1]: expected an object, got 2.")]
    [DataRow("{\"a\": 1}", "f:1: a: expected a list, got 1.")]
    [DataRow("[]", "f: expected a JSON object, got an empty list.")]
    [DataRow("{\"a\": \"\\ud800\"}", "f:1: a: not valid text: half a surrogate pair.")]
    [DataRow("{\"a\": [{\"\\udfff\": 1}]}", @"f:1: a[0].\udfff: its name is not valid text: half a surrogate pair.")]
    [DataRow("{\n\"a\": [1,}", "f:2: not valid JSON: '}' is an invalid start of a value; expected numbers.")]
    [DataRow("{\"a\": NaN}", "f:1: not valid JSON: 'N' is an invalid start of a value; expected numbers.")]
    [DataRow("{\"a\": 1, \"a\": 1}", "f:1: a: is there twice.")]
    [DataRow("{\n\"x\": 0,\r\n\"a\":\n [1, {\n\"b\": 1.0}]}", "f:5: a[1].b: expected a whole number below 2^31, got 1.0.")]
    [DataRow("\n\n{\n\"a\": [1,\n{}]}", "f:5: a[1].b: missing; expected a whole number below 2^31.")]
    [DataRow("{}", "f: a: missing; expected a list.")]
    [DataRow("{\n\"a\": {\n\"b\": [{\"c\": 1,\n\"\\u0063\": 2}]}}", "f:4: a.b[0].c: is there twice.")]
    [DataRow("{\"a\": 1, \"a\": 2,\n\"b\": x}", "f:2: not valid JSON: 'x' is an invalid start of a value; expected numbers.")]
    public void Field_AskedForWhatItIsNot_NamesFileLineAndField(string json, string message)
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() =>
            JsonText.Parse(Encoding.UTF8.GetBytes(json), "f", "numbers")["a"].Items().Last()["b"].Whole());
        Assert.AreEqual(message, thrown.Message);
    }
}
