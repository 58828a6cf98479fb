namespace SeqCont.Fuzz.Mutation;

/// <summary>Values at which readers of files go wrong.</summary>
internal static class Interesting
{
    /// <summary>Numbers as JSON and text write them.</summary>
    public static readonly string[] Numbers =
    [
        "0", "-0", "-1", "1", "2", "3", "7", "255", "256", "65536", "0.5", "12.0", "1e3", "1e-400", "1e308", "1e999", "-1e999",
        "2147483647",
        "2147483648", "-2147483649", "4294967296", "4611686018427387904", "9007199254740993", "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616", "123456789012345678901234567890123456789012345678901234567890", "NaN", "Infinity", "-Infinity", "01",
        "+1",
        "0x10", "1_000", "\u0661",
    ];

    /// <summary>What stands between the quotes of a JSON string: halves of pairs, marks of direction, control codes, markup,
    /// paths.</summary>
    public static readonly string[] Strings =
    [
        "", " ", "a", "\\ud800", "\\udc00x", "\\ud83d\\ude00", "\\u0000", "\\u001b[31mred", "\\u009b1m", "\\n", "\\r\\n\\t", "\\u202eabc",
        "\\u2066x\\u2069", "\\u2028", "\\ufeff", "\\ufffe", "</script><script>zq()</script>", "<zq>", "\\\"><zq zq=\\\"",
        "'><zq onload='zq()",
        "&lt;zq&gt;", "<!--", "]]>", "javascript:zq()", "../../zq", "/etc/passwd", "C:\\\\zq", ".", "..", "-", "--", "a/b", "a--b/c",
        "gpt2",
        "a0.h0", "a0.h0<q>", "m0", "0.0", "input", "logits", "a0.h0->m0", "m-1", "a99999999999.h0", "a1.h1<z>", "embeddings", "{member}",
        "{word}{member}{member}", "{0}", "{{", "%s%n", "<|endoftext|>", "\u0120", "é", "\\u0130", "𝔸𝟘", "e\u0301", "null", "true", "0",
        "1e5", "NaN",
    ];

    /// <summary>Values of other kinds.</summary>
    public static readonly string[] Values =
    [
        "null", "true", "false", "[]", "{}", "[[]]", "[0]", "[null]", "[\"\"]", "{\"\":0}", "{\"a\":1}", "{\"a\":1,\"a\":2}", "[0,0]",
        "[1,[2,[3]]]",
    ];

    /// <summary>Bits of text anywhere.</summary>
    public static readonly string[] Fragments =
    [
        .. Numbers, "[]", "{}", "null", "\"\"", "\"\\ud800\"", "\"\\ud800\":0,", "\\u0000", "[[[[", "]]", "}}", "{", "[", ",", ":",
        "\"", "\\",
        "{\"a\":1}", "é", "\u2028", "\ufeff", "\n", "\r\n", "\0", "\u001b[2J", "\u202e", " ", "\t", "#version: 0.2\n", "//", "/*", "😀",
    ];

    /// <summary>Bits that are no text: broken UTF-8, marks of byte order, sizes.</summary>
    public static readonly byte[][] Bytes =
    [
        [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xFF], [0xFE, 0xFF], [0xFF, 0xFE], [0xEF, 0xBB, 0xBF], [0],
        [0, 0, 0, 0],
        [0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0, 0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0x7F], [0, 0, 1, 0],
    ];
}
