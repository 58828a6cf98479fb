namespace SeqCont.Circuits;

/// <summary>
/// Prompts that go from an earlier member to the right one between two rows of the published lens. Counted in float16, so
/// shown and not judged.
/// </summary>
internal static class LensCountTable
{
    public static void Fill(Verification run, TableFilling table)
    {
        var row = LogitLens.StudyRow(run.Model.Config);
        table.Note = $"rows {row} and {row + 1}";
        foreach (var (task, count) in run.Figures.Lens!.Counts)
        {
            var prompts = run.Task(task).Clean;
            var config = new LogitLensConfig { TopK = 1, AsPublished = true, FirstRow = row, Memory = run.Config.Memory };
            var lens = LogitLens.Run(run.Model, prompts, config, null, table.CancellationToken);
            table.Needs(lens.Memory.PredictedBytes);
            var ours = LogitLens.CountSteps(lens, prompts, new MemberOrder(run.Members(task), run.TokenText))[0].Prompts;
            table.AddStep(new VerifyRow(
                $"{task}, of {prompts.Count}", count, ours, VerifyVerdict.Informational));
        }
    }
}
