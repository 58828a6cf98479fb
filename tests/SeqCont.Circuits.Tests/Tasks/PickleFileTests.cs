using System.Text;

namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class PickleFileTests
{
    // [{"text": "a \u20ac\n\\x", "corr": " 5", "incorr": " 4", "n": -70000, "b": True, "z": None, "seen": [1, 300]}]
    // as Python's pickle wrote it.
    private static readonly string[] ByProtocol =
    [
        "KGxwMAooZHAxClZ0ZXh0CnAyClZhIFx1MjBhY1x1MDAwYVx1MDA1Y3gKcDMKc1Zjb3JyCnA0ClYgNQpwNQpzVmluY29ycgpwNgpWIDQKcDcKc1Z"
            + "uCnA4CkktNzAwMDAKc1ZiCnA5CkkwMQpzVnoKcDEwCk5zVnNlZW4KcDExCihscDEyCkkxCmFJMzAwCmFzYS4=",
        "XXEAfXEBKFgEAAAAdGV4dHECWAgAAABhIOKCrApceHEDWAQAAABjb3JycQRYAgAAACA1cQVYBgAAAGluY29ycnEGWAIAAAAgNHEHWAEAAABucQh"
            + "KkO7+/1gBAAAAYnEJSTAxClgBAAAAenEKTlgEAAAAc2VlbnELXXEMKEsBTSwBZXVhLg==",
        "gAJdcQB9cQEoWAQAAAB0ZXh0cQJYCAAAAGEg4oKsClx4cQNYBAAAAGNvcnJxBFgCAAAAIDVxBVgGAAAAaW5jb3JycQZYAgAAACA0cQdYAQAAAG5"
            + "xCEqQ7v7/WAEAAABicQmIWAEAAAB6cQpOWAQAAABzZWVucQtdcQwoSwFNLAFldWEu",
        "gANdcQB9cQEoWAQAAAB0ZXh0cQJYCAAAAGEg4oKsClx4cQNYBAAAAGNvcnJxBFgCAAAAIDVxBVgGAAAAaW5jb3JycQZYAgAAACA0cQdYAQAAAG5"
            + "xCEqQ7v7/WAEAAABicQmIWAEAAAB6cQpOWAQAAABzZWVucQtdcQwoSwFNLAFldWEu",
        "gASVVwAAAAAAAABdlH2UKIwEdGV4dJSMCGEg4oKsClx4lIwEY29ycpSMAiA1lIwGaW5jb3JylIwCIDSUjAFulEqQ7v7/jAFilIiMAXqUTowEc2V"
            + "lbpRdlChLAU0sAWV1YS4=",
        "gAWVVwAAAAAAAABdlH2UKIwEdGV4dJSMCGEg4oKsClx4lIwEY29ycpSMAiA1lIwGaW5jb3JylIwCIDSUjAFulEqQ7v7/jAFilIiMAXqUTowEc2V"
            + "lbpRdlChLAU0sAWV1YS4=",
    ];

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    public void Read_EveryProtocol_GivesTheRow(int protocol)
    {
        var rows = PickleFile.Read(Convert.FromBase64String(ByProtocol[protocol]), "p.pkl");
        Assert.HasCount(1, rows);
        Assert.AreEqual("a €\n\\x||\" 5\"|\" 4\"|b=True;n=-70000;seen=[1,300];z=", TaskFixtures.Show(rows[0]));
    }

    [TestMethod]
    [DataRow("numerals_prompts_done")]
    [DataRow("numerals_prompts_lost")]
    [DataRow("numerals_prompts_names")]
    [DataRow("numwords_prompts_done")]
    [DataRow("numwords_prompts_lost")]
    [DataRow("numwords_prompts_names")]
    [DataRow("months_prompts_done")]
    [DataRow("months_prompts_lost")]
    [DataRow("months_prompts_names")]
    [DataRow("randDS_numerals")]
    [DataRow("randDS_numwords")]
    [DataRow("randDS_months")]
    public void Read_PublishedPickle_EqualsItsJsonLines(string name)
    {
        var path = Path.Combine(TaskFixtures.StudyFolder(), name);
        var pickled = PromptFile.Read(path + ".pkl").Select(TaskFixtures.Show).ToArray();
        CollectionAssert.AreEqual(PromptFile.Read(path + ".jsonl").Select(TaskFixtures.Show).ToArray(), pickled);
        Assert.HasCount(name.StartsWith("rand", StringComparison.Ordinal) ? 1536 : 1024, pickled);
    }

    [TestMethod]
    [DataRow("cos\nsystem\n(S'true'\ntR.", "opcode GLOBAL at byte 0")]
    [DataRow("(ios\nsystem\n", "opcode INST at byte 1")]
    [DataRow("](R.", "opcode REDUCE at byte 2")]
    [DataRow("](o.", "opcode OBJ at byte 2")]
    [DataRow("]b.", "opcode BUILD at byte 1")]
    [DataRow("Pid\n.", "opcode PERSID at byte 0")]
    [DataRow("]Q.", "opcode BINPERSID at byte 1")]
    [DataRow("]\u0081.", "opcode NEWOBJ at byte 1")]
    [DataRow("]\u0093.", "opcode STACK_GLOBAL at byte 1")]
    [DataRow("]\u0082\u0001.", "opcode EXT1 at byte 1")]
    [DataRow("\u008F.", "opcode EMPTY_SET at byte 0")]
    [DataRow("\u0080\u0006].", "opcode PROTO at byte 0: expected a protocol of at most 5, got 6.")]
    [DataRow("\u00FF", "opcode 0xFF at byte 0")]
    [DataRow("", "opcode 0x00 at byte 0: the pickle ends too early.")]
    [DataRow("]", "opcode 0x00 at byte 1: the pickle ends too early.")]
    [DataRow("X\u00FF\u00FF\u00FF\u00FFa.", "opcode BINUNICODE at byte 0: the pickle ends too early.")]
    [DataRow("\u008D\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FFa.", "opcode BINUNICODE8 at byte 0: the pickle ends too early.")]
    [DataRow("\u0095\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF].", "opcode FRAME at byte 0")]
    [DataRow("e.", "opcode APPENDS at byte 0: expected a mark")]
    [DataRow("(e.", "opcode APPENDS at byte 0")]
    [DataRow("h\u0005.", "opcode BINGET at byte 0: expected a memo entry 5.")]
    [DataRow("]}K\u0001N s.", "opcode 0x20 at byte 5")]
    [DataRow("}K\u0001Ns.", "opcode SETITEM at byte 4: expected keys that are text.")]
    [DataRow("}.", "expected a pickled list of prompts.")]
    [DataRow("]Na.", "row 1: expected a dict.")]
    [DataRow("]}X\u0002\0\0\0\na]Nasa.", "row 1: \"\\na\": expected text, an integer, True, False, None or a list of integers.")]
    [DataRow("]}a.", "row 1: expected a field text or tokens, got neither.")]
    public void Read_NotPlainPrompts_NamesOpcodeAndOffset(string pickle, string message)
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => PickleFile.Read(Encoding.Latin1.GetBytes(pickle), "p.pkl"));
        // APPENDS after a mark fails at its own byte, not at the mark's.
        Assert.StartsWith(pickle == "(e." ? "p.pkl: opcode APPENDS at byte 1" : "p.pkl: " + message, thrown.Message);
    }

    [TestMethod]
    public void Read_ListThatHoldsItself_IsRefused()
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => PickleFile.Read("]q\0h\0a."u8.ToArray(), "p.pkl"));
        Assert.AreEqual("p.pkl: row 1: expected a dict.", thrown.Message);
    }

    [TestMethod]
    [Timeout(60_000)]
    public void Read_RowsSharedWithoutEnd_IsRefused()
    {
        // One dict with a text of 1 MB, referred to again and again.
        var pickle = new List<byte>("]q\0(}q\u0001("u8.ToArray());
        foreach (var (name, value) in new[] { ("text", new string('x', 1 << 20)), ("corr", "a"), ("incorr", "b") })
        {
            pickle.AddRange(Text(name));
            pickle.AddRange(Text(value));
        }
        pickle.AddRange("u"u8);
        for (var i = 0; i < 100_000; i++) pickle.AddRange("h\u0001"u8);
        pickle.AddRange("e."u8);
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => PickleFile.Read(pickle.ToArray(), "p.pkl"));
        Assert.EndsWith("the rows up to here exceed 512 MB.", thrown.Message);
    }

    [TestMethod]
    [Timeout(60_000)]
    public void Read_DeepNesting_IsReadOrRefusedWithoutOverflow()
    {
        var nested = Encoding.Latin1.GetBytes(new string(']', 200_000) + new string('a', 199_999) + ".");
        Assert.AreEqual("p.pkl: row 1: expected a dict.",
            Assert.ThrowsExactly<InvalidDataException>(() => PickleFile.Read(nested, "p.pkl")).Message);
        var many = Encoding.Latin1.GetBytes(new string(']', (2 << 20) + 1) + ".");
        Assert.Contains("at most 2097152 lists and dicts",
            Assert.ThrowsExactly<InvalidDataException>(() => PickleFile.Read(many, "p.pkl")).Message);
    }

    [TestMethod]
    [Timeout(60_000)]
    public void Read_MutatedPickles_WorksOrSaysWhatIsWrong()
    {
        var random = new Random(1);
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 30_000; i++)
        {
            var bytes = Convert.FromBase64String(ByProtocol[i % 6]);
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                var at = random.Next(bytes.Length);
                bytes = random.Next(4) switch
                {
                    0 => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
                    1 => [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 8))..], (byte)'.'],
                    2 => [.. bytes[..at], .. bytes[random.Next(at + 1)..]],
                    _ => [.. bytes[..at], (byte)"().012IJKLMNVXabdeghjlpqrstu]}"[random.Next(30)], .. bytes[at..]],
                };
            }
            try
            {
                PickleFile.Read(bytes, "p.pkl");
                accepted++;
            }
            catch (InvalidDataException exception)
            {
                Assert.StartsWith("p.pkl: ", exception.Message);
                Assert.DoesNotContain("\n", exception.Message);
                refused++;
            }
        }
        Assert.IsGreaterThan(1000, accepted);
        Assert.IsGreaterThan(1000, refused);
    }

    private static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(text.Length), .. Encoding.ASCII.GetBytes(text)];
}
