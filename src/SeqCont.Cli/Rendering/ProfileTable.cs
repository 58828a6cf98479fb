using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>--profile: layers down, stages across, each with its work, its time and its share of the machine's peak.</summary>
internal static class ProfileTable
{
    private static readonly string[] Stages = ["attend", "addHeads", "mlp"];

    public static IEnumerable<string> Of(WorkProfile? profile)
    {
        if (profile is null) return [];
        var layers = profile.Stages.Where(cost => cost.Layer is not null).GroupBy(cost => cost.Layer);
        var peak = profile.PeakGflopsPerSecond is { } gflops ? $"; peak {gflops:0.0} GFLOP/s" : "";
        string Across(string name, IEnumerable<StageCost> costs) =>
            $"{name,5}   {string.Concat(Stages.Select(stage => Cells(costs.Where(cost => cost.Stage == stage), profile)))}";
        return
        [
            "", $"{"layer",-8}{string.Concat(Stages.Select(stage => $"{stage,-28}"))}",
            $"{"",-8}{string.Concat(Stages.Select(_ => $"{"GFLOP",10}{"s",8}{"of peak",8}  "))}",
            .. layers.Select(layer => Across($"{layer.Key}", layer)), Across("all", profile.Stages),
            .. profile.Stages.Where(cost => cost.Layer is null).Select(cost => $"{cost.Stage,-8}{Cells([cost], profile)}"),
            $"total   {Cells(profile.Stages, profile).TrimEnd()}{peak}",
        ];
    }

    private static string Cells(IEnumerable<StageCost> costs, WorkProfile profile)
    {
        var (flops, seconds) = (costs.Sum(cost => cost.Flops), costs.Sum(cost => cost.Seconds));
        var share = profile.PeakGflopsPerSecond is { } peak && seconds > 0 ? $"{flops / seconds / 1e9 / peak:0.0 %}" : "";
        return $"{flops / 1e9,10:0.000}{seconds,8:0.000}{share,8}  ";
    }
}
