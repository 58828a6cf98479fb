using System.Text;
using SeqCont.Fuzz.Formats;
using SeqCont.Fuzz.Mutation;

namespace SeqCont.Fuzz.Tests;

/// <summary>That faults are seen, and that a run can be had again.</summary>
[TestClass]
public sealed class JudgeTests
{
    [TestMethod]
    public void Of_WhatAReaderMayNotDo_IsAFault()
    {
        (string What, Action Read)[] faults =
        [
            ("another exception", () => throw new InvalidOperationException("x")),
            ("several lines", () => throw new InvalidDataException("a\nb")),
            ("a control code", () => throw new InvalidDataException("a\u001b[31m")),
            ("a mark of direction", () => throw new InvalidDataException("a\u202eb")),
            ("nothing said", () => throw new InvalidDataException("")),
            ("no end of words", () => throw new InvalidDataException(new string('x', 5000))),
            ("a broken promise", () => throw new BrokenPromise("x")),
            ("too much memory", () => _ = new byte[64 << 20]),
        ];
        foreach (var (what, read) in faults) Assert.IsNotNull(Of(read).Fault, what);
        Assert.IsNull(Of(() => throw new InvalidDataException("x.json: expected a list, got 'y'.")).Fault);
        Assert.IsNull(Of(() => { }).Fault);
    }

    [TestMethod]
    public void Of_MessagesOfOnePlace_AreOneKind()
    {
        var first = Of(() => throw new InvalidDataException("x.json:3: expected 4 numbers, got 'abc'."));
        Assert.AreEqual(first.Kind, Of(() => throw new InvalidDataException("x.json:17: expected 9 numbers, got '\u00e9'.")).Kind);
        Assert.AreNotEqual(first.Kind, Of(() => throw new InvalidDataException("x.json:3: expected 4 words, got 'abc'.")).Kind);
    }

    [TestMethod]
    [DataRow("<p><zq></p>")]
    [DataRow("<p onclick=\"zq()\">x</p>")]
    [DataRow("<p title=\"a\"b\">x</p>")]
    [DataRow("<p>1 < 2</p>")]
    [DataRow("<script>a</script><script>b</script>")]
    [DataRow("<script type=\"application/json\">{</script>")]
    [DataRow("<!-- <p>x</p> -->")]
    public void Page_MarkupThatIsNotItsOwn_IsSeen(string page)
    {
        Assert.ThrowsExactly<BrokenPromise>(() => new PageCheck().Page(page));
        new PageCheck().Page("<!DOCTYPE html><p class=\"a\" hidden>1 &lt; 2 &quot;</p><script>a<b</script>");
    }

    [TestMethod]
    public void Child_OfTheSameSeed_IsTheSame()
    {
        foreach (var make in Enum.GetValues<Make>())
        {
            var (first, again) = (new Mutator(make, ["a"], [], new Random(5)), new Mutator(make, ["a"], [], new Random(5)));
            var parent = Encoding.UTF8.GetBytes("{\"a\": [1, 2.5, \"x\"], \"b\": {\"a\": null}}\n[3]\n");
            var (one, other) = (parent, parent);
            for (var i = 0; i < 2000; i++)
            {
                (one, other) = (first.Child(one, parent), again.Child(other, parent));
                CollectionAssert.AreEqual(one, other, $"{make} {i}");
                Assert.IsLessThanOrEqualTo(Mutator.MostBytes, one.Length);
                if (one.Length is 0 or > 5000) one = other = parent;
            }
        }
    }

    private static Outcome Of(Action read) => new Judge(new FuzzFormat("x", Make.Bytes, _ => _ => ""), _ =>
    {
        read();
        return "x";
    }).Of([]);
}
