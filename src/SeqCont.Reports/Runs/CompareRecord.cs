using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The prompts of one of a comparison's tasks.</summary>
/// <param name="Clean">Prompts that are scored.</param>
/// <param name="Corrupted">Prompts that ablated nodes take their values from.</param>
public sealed record TaskFacts(PromptFacts Clean, PromptFacts Corrupted);

/// <summary>What compare.json says.</summary>
public sealed record CompareRecord
{
    /// <summary>The run.</summary>
    public required RunHeader Header { get; init; }

    /// <summary>The prompts, [task].</summary>
    public required IReadOnlyList<TaskFacts> Prompts { get; init; }

    /// <summary>The files that the circuits were read from, [circuit].</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Random circuits for each size.</summary>
    public required int RandomCircuits { get; init; }

    /// <summary>Circuits, tasks and scores.</summary>
    public required CircuitComparisonResult Result { get; init; }
}
