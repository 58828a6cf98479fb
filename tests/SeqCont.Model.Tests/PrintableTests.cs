using System.Text;

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
    public void Printable_HalfPairs_AreEscaped() => Assert.AreEqual(@"\ud83d x \ude00", BadFile.Printable("\ud83d x \ude00"));

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
    [DataRow("{\"a\": [1, {\"b\": \"x\"}]}", "f: a[1].b: expected a whole number below 2^31, got \"x\".")]
    [DataRow("{\"a\": [1, {\"b\": 1.0}]}", "f: a[1].b: expected a whole number below 2^31, got 1.0.")]
    [DataRow("{\"a\": [1, {\"b\": 2147483648}]}", "f: a[1].b: expected a whole number below 2^31, got 2147483648.")]
    [DataRow("{\"a\": [1, {\"b\": null}]}", "f: a[1].b: expected a whole number below 2^31, got null.")]
    [DataRow("{\"a\": [1, {}]}", "f: a[1].b: missing; expected a whole number below 2^31.")]
    [DataRow("{\"a\": [1, 2]}", "f: a[1]: expected an object, got 2.")]
    [DataRow("{\"a\": 1}", "f: a: expected a list, got 1.")]
    [DataRow("[]", "f: expected a JSON object, got an empty list.")]
    [DataRow("{\"a\": \"\\ud800\"}", "f: a: not valid text: half a surrogate pair.")]
    [DataRow("{\"a\": [{\"\\udfff\": 1}]}", "f: a name is not valid text: half a surrogate pair; expected numbers.")]
    [DataRow("{\n\"a\": [1,}", "f:2: not valid JSON: '}' is an invalid start of a value; expected numbers.")]
    [DataRow("{\"a\": NaN}", "f:1: not valid JSON: 'N' is an invalid start of a value; expected numbers.")]
    [DataRow("{\"a\": 1, \"a\": 1}", "f: not valid JSON: Duplicate property 'a' encountered during deserialization; expected numbers.")]
    public void Field_AskedForWhatItIsNot_NamesFileLineAndField(string json, string message)
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() =>
            JsonText.Parse(Encoding.UTF8.GetBytes(json), "f", "numbers")["a"].Items().Last()["b"].Whole());
        Assert.AreEqual(message, thrown.Message);
    }
}
