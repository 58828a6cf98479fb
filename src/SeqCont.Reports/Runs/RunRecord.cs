using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>The model of a run.</summary>
/// <param name="Name">As asked for: demo, or a folder.</param>
/// <param name="Revision">The hub's revision; null where it came from no hub.</param>
/// <param name="Sha256">Of the weights, lower-case hex.</param>
/// <param name="Config">Sizes.</param>
public sealed record ModelFacts(string Name, string? Revision, string Sha256, ModelConfig Config);

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
public sealed record RunRecord
{
    /// <summary>The run.</summary>
    public required RunHeader Header { get; init; }

    /// <summary>How nodes were ablated.</summary>
    public required AblationConfig Ablation { get; init; }

    /// <summary>Percent that might be lost; null where nothing was searched.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether a search stopped after one iteration; null where nothing was searched.</summary>
    public bool? OneIteration { get; init; }

    /// <summary>The file that the circuit was started from; null for the whole model.</summary>
    public string? Start { get; init; }

    /// <summary>The full model's answers.</summary>
    public required CircuitAnswers Full { get; init; }

    /// <summary>The circuit's answers.</summary>
    public required CircuitAnswers Final { get; init; }

    /// <summary>The circuit.</summary>
    public required Circuit Circuit { get; init; }

    /// <summary>Percent of the full model's mean logit difference.</summary>
    public required double Score { get; init; }

    /// <summary>Accepted chance of a wrong verdict per decision; null where every candidate saw all prompts.</summary>
    public double? EarlyStop { get; init; }

    /// <summary>Share of all candidates' prompts that verdicts rest on, 1 without early stopping.</summary>
    public double PromptShare { get; init; } = 1;

    /// <summary>
    /// What an edge search did; null for other runs. Score and final answers are then those of the kept edges as a whole.
    /// </summary>
    public EdgeFacts? Edges { get; init; }

    /// <summary>Candidates scored.</summary>
    public required int Candidates { get; init; }
}

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
