using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>The model of a run.</summary>
/// <param name="Name">As asked for: demo, or a folder.</param>
/// <param name="Revision">The hub's revision; null where it came from no hub.</param>
/// <param name="Sha256">Of the weights, lower-case hex; null where they were not there.</param>
/// <param name="Config">Sizes.</param>
/// <param name="Unembedding">Which of two unembeddings was taken (<see cref="CheckpointFacts.Unembedding"/>); null where there was no
/// question.</param>
public sealed record ModelFacts(string Name, string? Revision, string? Sha256, ModelConfig Config, string? Unembedding = null);

/// <summary>What every file of results begins with: what ran, and on which model.</summary>
/// <param name="Version">The tool's version.</param>
/// <param name="Commit">The commit it was built from; null where the build did not know.</param>
/// <param name="Command">The full command, as typed.</param>
/// <param name="StartedAt">When it started, UTC.</param>
/// <param name="Model">The model.</param>
public sealed record RunOrigin(string Version, string? Commit, string Command, DateTime StartedAt, ModelFacts Model);

/// <summary>A file that prompts were read from.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">Of its bytes, lower-case hex.</param>
public sealed record PromptFileFacts(string Path, string Sha256);

/// <summary>One of a run's two prompt sets.</summary>
/// <param name="Source">Files, or the generator and its seed.</param>
/// <param name="Files">The files; empty for the generator.</param>
/// <param name="Sha256">Of the rows used, as `data generate` would write them, lower-case hex.</param>
/// <param name="Count">Prompts.</param>
/// <param name="TokensSha256">Of token ids and answers (<see cref="PromptSet.Sha256"/>).</param>
public sealed record PromptFacts(string Source, IReadOnlyList<PromptFileFacts> Files, string Sha256, int Count, string TokensSha256);

/// <summary>What run.json says: everything needed to know what was computed, and to compute it again.</summary>
/// <param name="Header">The run.</param>
/// <param name="Ablation">How nodes were ablated.</param>
/// <param name="Full">The full model's answers.</param>
/// <param name="Final">The circuit's answers.</param>
/// <param name="Circuit">The circuit.</param>
/// <param name="Score">Percent of the full model's mean logit difference.</param>
/// <param name="Candidates">Candidates scored.</param>
/// <param name="Threshold">Percent that might be lost; null where nothing was searched.</param>
/// <param name="OneIteration">Whether a search stopped after one iteration; null where nothing was searched.</param>
/// <param name="Start">The file that the circuit was started from; null for the whole model.</param>
/// <param name="EarlyStop">Accepted chance of a wrong verdict per decision; null where every candidate saw all prompts.</param>
/// <param name="PromptShare">Share of all candidates' prompts that verdicts rest on, 1 without early stopping.</param>
/// <param name="Edges">/// What an edge search did; null for other runs. Score and final answers are then those of the kept edges as a
/// whole.</param>
public sealed record RunRecord(
    RunHeader Header, AblationConfig Ablation, CircuitAnswers Full, CircuitAnswers Final, Circuit Circuit, double Score, int Candidates,
    double? Threshold = null, bool? OneIteration = null, string? Start = null, double? EarlyStop = null, double PromptShare = 1,
    EdgeFacts? Edges = null);

/// <summary>What an edge search did.</summary>
/// <param name="Paths">strict, through-mlps or as-published.</param>
/// <param name="Patch">What a sender was replaced by: mean, zero or resample (its value on the corrupted partner).</param>
/// <param name="Threshold">An edge was kept when its ratio fell below this; null where <paramref name="MinDrop"/> ruled.</param>
/// <param name="MinDrop">An edge was kept when its ratio lay more than this below the circuit's; null where the threshold ruled.</param>
/// <param name="Tested">Edges.</param>
/// <param name="Kept">Edges of the result.</param>
/// <param name="CircuitRatio">The unpatched circuit's mean logit difference over the full model's.</param>
public sealed record EdgeFacts(string Paths, string Patch, double? Threshold, double? MinDrop, int Tested, int Kept, double CircuitRatio);

/// <summary>Where a run's time went.</summary>
/// <param name="PeakGflopsPerSecond">
/// Multiply-adds that the machine can do, measured after the run; null where the device has no such measurement.
/// </param>
/// <param name="Stages">By layer, then stage.</param>
public sealed record WorkProfile(double? PeakGflopsPerSecond, IReadOnlyList<StageCost> Stages);

/// <summary>Work and time of one stage of one layer, over the whole run.</summary>
/// <param name="Layer">From 0; null for what belongs to no layer.</param>
/// <param name="Stage">attend, addHeads, mlp, metric or other.</param>
/// <param name="Flops">Floating-point operations of products and attention; a multiply-add is two.</param>
/// <param name="Seconds">Wall-clock time.</param>
public sealed record StageCost(int? Layer, string Stage, double Flops, double Seconds);
