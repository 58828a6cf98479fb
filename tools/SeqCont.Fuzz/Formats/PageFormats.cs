using SeqCont.Fuzz.Mutation;
using SeqCont.Reports;

namespace SeqCont.Fuzz.Formats;

/// <summary>
/// Runs' folders as `report` reads them: one file of a sound folder is the input; as page its pictures and page are made too, as alone
/// from the input with no other file to tell the model's sizes.
/// </summary>
internal static class PageFormats
{
    private static readonly string[] Files =
    [
        "run.json", "circuit.json", "edges.json", "trace.jsonl", "each.jsonl", "per-prompt.jsonl", "lens.json", "ov.json",
        "attention.json",
        "compare.json",
    ];

    private static readonly string[] Keys =
    [
        "schema", "tool", "command", "startedAt", "model", "name", "nLayers", "nHeads", "task", "prompts", "clean", "corrupted", "full",
        "final",
        "score", "seconds", "memory", "circuits", "tasks", "scores", "overlap", "pairs", "inAll", "random", "randomEdges", "heads",
        "mlps", "rows",
        "first", "top", "text", "token", "correct", "incorrect", "steps", "study", "lengths", "members", "copyByMember", "pattern",
        "tokens",
        "highlights", "query", "key", "role", "late", "probability", "medianRank", "fullTopText", "circuitTopText", "logitDiff", "edges",
    ];

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        .. Files.Select(file => Format(file, $"report-{file}", (folder, _) => $"{ReportRun.Read(folder).Files.Count} files")),
        .. Files.Select(file => Format(file, $"page-{file}", Page) with { TestInputs = 30 }),
        .. ((string[])["circuit.json", "edges.json"]).Select(
            file => Format(file, $"alone-{file}", Page, isAlone: true) with { TestInputs = 30 }),
    ];

    private static FuzzFormat Format(string file, string name, Func<string, PageCheck, string> read, bool isAlone = false) => new(
        name, file.EndsWith(".jsonl", StringComparison.Ordinal) ? Make.JsonLines : Make.Json, scratch =>
        {
            var check = new PageCheck();
            // What tells the model's nodes stands beside a file that does not.
            if (!isAlone && file is not ("run.json" or "attention.json" or "compare.json"))
                scratch.Put(Samples.Of("run.json", "tiny-nodes.json"), "run", "run.json");
            return bytes =>
            {
                scratch.Put(bytes, "run", file);
                return read(scratch.At("run"), check);
            };
        })
    {
        Corpus = file,
        Words = Keys,
        AllowedBytes = 256 << 20,
        AllowedPerByte = 20_000,
        TestInputs = 100,
    };

    private static string Page(string folder, PageCheck check)
    {
        var run = ReportRun.Read(folder);
        check.Pictures(ReportSections.Of([run]));
        check.Page(ReportPage.Build([run]));
        return $"page of {run.Files.Count} files";
    }
}
