using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>What a person sees at the end, below the grid.</summary>
internal static class Summary
{
    public static IEnumerable<string> OfSearch(RunRecord run) =>
    [
        .. Circuit(run),
        .. run.EarlyStop is null ? (string[])[]
            : [$"verdicts rest on {100 * run.PromptShare:0.0} % of the prompts on average (--early-stop {run.EarlyStop})"],
        $"{run.Candidates} candidates in {run.Header.Cost("search")}",
        .. ProfileTable.Of(run.Header.Profile),
    ];

    public static IEnumerable<string> OfAblation(RunRecord run, bool each) =>
    [
        .. each ? (string[])["score left when that one node goes, in percent of the full model"] : [],
        .. Circuit(run),
        $"{Lines.Of(run.Candidates, "circuit")} in {run.Header.Cost("ablation")}",
    ];

    private static string[] Circuit(RunRecord run)
    {
        var (circuit, space, full, final) = (run.Circuit, run.Circuit.Space, run.Full.Mean, run.Final.Mean);
        return
        [
            $"kept {circuit.Heads.Count()} of {space.NLayers * space.NHeads} heads and {circuit.Mlps.Count()} of {space.NLayers} MLPs",
            $"score {Lines.Percent(run.Score / 100)} % of the full model's mean logit difference",
            $"logit difference {Lines.Mean(final)}, full model {Lines.Mean(full)}",
            .. Lines.Weak(full),
        ];
    }
}
