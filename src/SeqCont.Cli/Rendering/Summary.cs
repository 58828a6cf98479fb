using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>What a person sees at the end.</summary>
internal static class Summary
{
    public static IEnumerable<Markup> OfSearch(RunRecord run, string? folder, bool unicode) =>
    [
        new(""),
        .. CircuitGrid.Of(run.Circuit, unicode),
        new(""),
        .. Circuit(run),
        .. run.EarlyStop is null
            ? (IEnumerable<Markup>)[]
            : [Text($"verdicts rest on {100 * run.PromptShare:0.0} % of the prompts on average (--early-stop {run.EarlyStop})")],
        Text(
            $"{run.Candidates} candidates in {run.Header.SecondsOf("search"):0.0} s ({run.Header.SecondsOf("total"):0.0} s in all); peak "
                + $"memory {ByteSize.Format(run.Header.PeakBytes)}"),
        .. run.Header.Profile is { } profile ? ProfileTable.Of(profile) : [],
        .. Folder(folder),
    ];

    public static IEnumerable<Markup> OfAblation(RunRecord run, IReadOnlyList<NodeEffect>? effects, string? folder, bool unicode) =>
    [
        new(""),
        .. effects is null ? CircuitGrid.Of(run.Circuit, unicode) : CircuitGrid.Of(run.Circuit, effects),
        new(""),
        .. Caption(effects),
        .. Circuit(run),
        Text(
            $"{run.Candidates} {(run.Candidates == 1 ? "circuit" : "circuits")} in {run.Header.SecondsOf("ablation"):0.0} s ("
                + $"{run.Header.SecondsOf("total"):0.0} s in all); peak memory {ByteSize.Format(run.Header.PeakBytes)}"),
        .. Folder(folder),
    ];

    private static IEnumerable<Markup> Circuit(RunRecord run)
    {
        var (circuit, full, final) = (run.Circuit, run.Full.Mean, run.Final.Mean);
        var heads = circuit.Heads.Count();
        var mlps = circuit.Mlps.Count();
        yield return Text(
            $"kept {heads} of {circuit.Space.NLayers * circuit.Space.NHeads} heads and {mlps} of {circuit.Space.NLayers} MLPs");
        yield return Text($"score {run.Score:0.00} % of the full model's mean logit difference");
        yield return Text(
            $"logit difference {final.Mean:0.0000} ± {final.StandardError:0.0000}, full model {full.Mean:0.0000} ± "
                + $"{full.StandardError:0.0000}");
    }

    private static IEnumerable<Markup> Caption(IReadOnlyList<NodeEffect>? effects) =>
        effects is null ? [] : [Text($"score left when that one node goes, in percent of the full model")];

    private static IEnumerable<Markup> Folder(string? folder) => folder is null ? [] : [Text($"files in {folder}")];

    private static Markup Text(InvariantText text) => new(Markup.Escape(text.ToStringAndClear()));
}
