namespace SeqCont.Fuzz.Formats;

/// <summary>Every kind of input that is not trusted.</summary>
internal static class AllFormats
{
    public static IReadOnlyList<FuzzFormat> List { get; } =
    [
        .. WeightFormats.All, .. TokenizerFormats.All, .. PromptFormats.All, .. ResultFormats.All, .. PageFormats.All, .. NameFormats.All,
        .. HubFormats.All,
    ];

    /// <summary>Makes sure of what a writer and a reader promise together.</summary>
    /// <exception cref="BrokenPromise">What was read is not what was written.</exception>
    public static void Same(string what, string written, string read)
    {
        if (written == read) return;
        var at = written.Zip(read).TakeWhile(pair => pair.First == pair.Second).Count();
        string Around(string text) => Judge.Printable(text[Math.Max(0, at - 20)..Math.Min(text.Length, at + 40)]);
        throw new BrokenPromise($"{what} reads back otherwise at {at}: '{Around(written)}' as '{Around(read)}'");
    }
}
