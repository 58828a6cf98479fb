using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont ov: which heads copy the member they read, and which write the next one.</summary>
internal sealed class OvCommand(OptionTable options)
{
    private const int DefaultTopK = 5;
    private const string OrdinalTask = "months";

    private readonly string _task = PromptOptions.Task(options);
    private readonly int _topK =
        options.Count("--top-k", $"A hit is a sought token among this many (default: {DefaultTopK})") ?? DefaultTopK;

    private readonly bool _byMember = options.Flag(
        "--by-member", "Show the listed heads' scores member by member too; ov.json always has them (default: off)");

    private readonly bool _asPublished = options.Flag("--as-published",
        "Compare as the study did: the next of a month is an ordinal, such as \"second\" after January (default: the next month)");

    private readonly RunChoice _run =
        RunChoice.Read(options, "DIR", "Folder for ov.json, ov.svg, ov-negative.svg and run.json (default: no files)");

    public int Run() => RunSession.Run(_run, Run);

    private int Run(RunSession session)
    {
        OvPrompts prompts = null!;
        using var experiment = new Experiment(session, 0, source =>
        {
            var task = TaskSource.Open(_task);
            prompts = OvPrompts.Create(task.Members, source.RequireTokenizer(), task.Name, _asPublished && _task == OrdinalTask);
            return Sequences(source, prompts, task.Name);
        });
        var (config, name) = (experiment.Config, experiment.Prompts.Task!);
        experiment.RequireTopK(_topK);
        experiment.Announce(OvScores.Plan(experiment.Model, prompts, _run.Memory).PredictedBytes);
        if (prompts.LeftOut > 0)
            session.Console.Notice($"{prompts.LeftOut} sequences are left out: a word is not one token of this model");
        var result = session.Measure(
            "ov", "scoring heads", "layers",
            (int layer) => new Step("ov", $"layer {layer}", $"{config.NHeads} heads each", config.NLayers - 1 - layer),
            progress => OvScores.Run(experiment.Model, prompts, _topK, _run.Memory, progress, session.CancellationToken));
        var run = new AnalysisRecord(
            Header: experiment.Header(result.Memory.PredictedBytes),
            Analysis: "ov",
            AsPublished: _asPublished,
            TopK: _topK);
        var model = experiment.ModelName;
        var json = OvFile.Of(model, name, _asPublished, result);
        return session.Finish(
            folder =>
            {
                JsonFile.Write(folder.Place(RunFolder.OvName), json);
                PictureFile.Write(folder.Place(RunFolder.OvPictureName), OvPictures.Scores(result, name, model));
                PictureFile.Write(folder.Place(RunFolder.OvNegativePictureName), OvPictures.NegativeScores(result, name, model));
                JsonFile.Write(folder.Place(RunFolder.RunName), run.Json);
            },
            () => [.. run.Json, ("ov", json)],
            () => OvTables.Of(result, run, _byMember));
    }

    private PromptSource Sequences(ModelSource source, OvPrompts prompts, string name)
    {
        PromptRow[] rows = [.. prompts.Tokens.Select((tokens, i) => new PromptRow
        {
            Tokens = tokens,
            Corr = new PromptAnswer(prompts.NextTokens[prompts.MemberAt[i][^1]].FirstOrDefault(-1) is >= 0 and var next
                && next != tokens[^1] ? next : tokens[0]),
            Incorr = new PromptAnswer(tokens[^1]),
        })];
        var set = source.Set(rows, $"bare sequences of {OvPrompts.Shown} members", null);
        return PromptSource.Alone(set, rows, TaskSource.IsFile(_task) ? [_task] : [], name);
    }
}
