using System.Globalization;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>--profile: layers down, stages across, each with its work, its time and its share of the machine's peak.</summary>
internal static class ProfileTable
{
    private static readonly string[] Stages = ["attend", "addHeads", "mlp"];

    public static IEnumerable<Markup> Of(WorkProfile profile)
    {
        yield return Line("");
        yield return Line($"{"layer",-8}{string.Concat(Stages.Select(stage => $"{stage,-28}"))}");
        yield return Line($"{"",-8}{string.Concat(Stages.Select(_ => $"{"GFLOP",10}{"s",8}{"of peak",8}  "))}");
        foreach (var layer in profile.Stages.Where(cost => cost.Layer is not null).GroupBy(cost => cost.Layer))
            yield return Line(
                $"{layer.Key,5}   {string.Concat(Stages.Select(stage => Cells(layer.Where(cost => cost.Stage == stage), profile)))}");
        yield return Line(
            $"{"all",5}   {string.Concat(Stages.Select(stage => Cells(profile.Stages.Where(cost => cost.Stage == stage), profile)))}");
        foreach (var stage in profile.Stages.Where(cost => cost.Layer is null))
            yield return Line($"{stage.Stage,-8}{Cells([stage], profile)}");
        var peak = profile.PeakGflopsPerSecond is { } gflops
            ? string.Create(CultureInfo.InvariantCulture, $"; peak {gflops:0.0} GFLOP/s") : "";
        yield return Line($"total   {Cells(profile.Stages, profile).TrimEnd()}{peak}");
    }

    private static string Cells(IEnumerable<StageCost> costs, WorkProfile profile)
    {
        var (flops, seconds) = (costs.Sum(cost => cost.Flops), costs.Sum(cost => cost.Seconds));
        var share = profile.PeakGflopsPerSecond is { } peak
            && seconds > 0 ? (flops / seconds / 1e9 / peak).ToString("0.0 %", CultureInfo.InvariantCulture) : "";
        return string.Create(CultureInfo.InvariantCulture, $"{flops / 1e9,10:0.000}{seconds,8:0.000}{share,8}  ");
    }

    private static Markup Line(string text) => new(Markup.Escape(text));
}
