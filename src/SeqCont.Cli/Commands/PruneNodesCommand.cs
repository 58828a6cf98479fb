using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont prune nodes: iterative node pruning, from prompts to a circuit of heads and MLPs.</summary>
internal static class PruneNodesCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("nodes", "Iterative node pruning: removes heads and MLPs one by one while the model's answer survives");
        var threshold = OptionFactory.Percent(
            "--threshold",
            "Percent of the full model's mean logit difference that may be lost; a node goes when less than this is lost without it", 20);
        var oneIter =
            OptionFactory.Flag("--one-iter", "Stop after one backward and one forward pass (default: until a pass removes nothing)");
        var start = OptionFactory.Text("--start", "CIRCUIT.json", "Circuit to start from (default: the whole model)");
        var earlyStop = OptionFactory.Probability("--early-stop", "ALPHA",
            "Decide clear candidates on part of the prompts; ALPHA is the chance of a wrong verdict that is accepted per decision, such "
                + "as 0.001 (default: every candidate on all prompts)");
        var resume = OptionFactory.Flag(
            "--resume", "Go on with the interrupted run in --out, after checking that model, prompts and settings are the same");
        var profile =
            OptionFactory.Flag("--profile", "Show where the time went: work, seconds and share of the machine's peak, by layer and stage");
        command.Add(threshold);
        command.Add(oneIter);
        command.Add(start);
        command.Add(earlyStop);
        command.Add(resume);
        command.Add(profile);
        var ablation = new AblationOptions().AddTo(command);
        var prompts = new PromptOptions().AddTo(command);
        var run = new RunOptions(
            context, "DIR", "Folder for circuit.json, trace.jsonl, per-prompt.jsonl and run.json (default: no files)").AddTo(command);
        command.SetAction(parsed => new Request(
            parsed.GetValue(threshold), parsed.GetValue(oneIter), parsed.GetValue(start), parsed.GetValue(earlyStop),
            parsed.GetValue(resume), parsed.GetValue(profile), ablation.Read(parsed),
            prompts.Read(parsed), run.Read(parsed)).Run());
        return command;
    }

    private sealed record Request(
        double Threshold, bool OneIteration, string? Start, double? EarlyStop, bool Resume, bool Profile, AblationConfig Ablation,
        PromptChoice Prompts, RunChoice Choice)
    {
        public int Run()
        {
            Choice.RequireResumable(Resume);
            return RunSession.Run(Choice, session =>
            {
                using var experiment = Experiment.Open(session, Choice.Model, Prompts, Profile);
                var config = Config(experiment);
                experiment.Announce(session, Ablation);
                var steps = new SearchSteps(config.Start is null);
                var result = session.Search(DecisionRows.Nodes, experiment.Settings(config.Settings), (resume, decided, show) => NodePruning.Run(
                    experiment.Model, experiment.Prompts.Clean, experiment.Prompts.Corrupted, config with { Resume = resume },
                    new SynchronousProgress<SearchProgress>(progress =>
                    {
                        decided(progress.Decision);
                        show(steps.Next(progress));
                    }), session.CancellationToken));
                var run = Describe(session, experiment, result);
                return session.Finish(
                    folder => Write(folder, run, experiment), json => JsonOutput.WriteRun(json, run),
                    () => Summary.OfSearch(run, Choice.Out, session.Console.IsUnicode));
            }, resume: Resume);
        }

        private NodePruningConfig Config(Experiment experiment) => new()
        {
            MinFaithfulness = (100 - Threshold) / 100,
            OneIteration = OneIteration,
            Ablation = Ablation,
            Start = Start is null ? null : CircuitFile.Read(Start, experiment.Config),
            Memory = Choice.Model.Memory,
            EarlyStop = EarlyStop,
            Seed = Prompts.Seed,
        };

        private RunRecord Describe(RunSession session, Experiment experiment, NodePruningResult result) => new()
        {
            Header = experiment.Header(session, result.Memory.PredictedBytes),
            Ablation = Ablation,
            Threshold = Threshold,
            OneIteration = OneIteration,
            Start = Start,
            EarlyStop = EarlyStop,
            PromptShare = result.Trace.Count == 0 ? 1 : result.Trace.Average(decision => decision.Prompts) / experiment.Prompts.Clean.Count,
            Full = result.Full,
            Final = result.Final,
            Circuit = result.Circuit,
            Score = 100 * result.Faithfulness,
            Candidates = result.Trace.Count,
        };

        private static void Write(RunFolder folder, RunRecord run, Experiment experiment)
        {
            JsonFile.Write(folder.Place(RunFolder.CircuitName), CircuitFile.Of(run.Circuit, run.Score, run.Header.Origin.Model.Name));
            JsonFile.WriteRows(folder.Place(RunFolder.PerPromptName), AnswerFiles.PerPrompt(run.Full, run.Final, experiment.TokenText));
            // Last: where it stands, the run is whole.
            JsonFile.Write(folder.Place(RunFolder.RunName), RunFile.Of(run));
        }
    }
}
