using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>What a run's files begin with.</summary>
internal static class Origin
{
    public static RunOrigin Of(CommandContext context, Phases phases, ModelSource source) => new(
        ProgramVersion.Version, ProgramVersion.Commit, context.FullCommand, phases.StartedAt,
        new ModelFacts(source.Name, source.Snapshot?.Commit, source.Weights.Sha256, source.Weights.Config));
}
