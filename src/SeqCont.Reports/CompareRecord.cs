using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The prompts of one of a comparison's tasks.</summary>
/// <param name="Clean">Prompts that are scored.</param>
/// <param name="Corrupted">Prompts that ablated nodes take their values from.</param>
public sealed record TaskFacts(PromptFacts Clean, PromptFacts Corrupted);

/// <summary>What compare.json says.</summary>
public sealed record CompareRecord
{
    /// <summary>What ran, and on which model.</summary>
    public required RunOrigin Origin { get; init; }

    /// <summary>The prompts, [task].</summary>
    public required IReadOnlyList<TaskFacts> Prompts { get; init; }

    /// <summary>The token before every prompt; null for none.</summary>
    public int? Bos { get; init; }

    /// <summary>The files that the circuits were read from, [circuit].</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Random circuits for each size.</summary>
    public required int RandomCircuits { get; init; }

    /// <summary>cpu, or a GPU's kind.</summary>
    public required string Device { get; init; }

    /// <summary>The backend's own description, such as its instruction set and threads.</summary>
    public required string Backend { get; init; }

    /// <summary>fp32, tf32 or fp64.</summary>
    public required string Precision { get; init; }

    /// <summary>Seed of the generator and of the random circuits.</summary>
    public required long Seed { get; init; }

    /// <summary>Circuits, tasks and scores.</summary>
    public required CircuitComparisonResult Result { get; init; }

    /// <summary>Seconds by phase, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, double>> Seconds { get; init; }

    /// <summary>Peak memory as predicted before the run, in bytes.</summary>
    public required long PredictedPeakBytes { get; init; }

    /// <summary>Peak memory of the process, in bytes.</summary>
    public required long PeakBytes { get; init; }
}
