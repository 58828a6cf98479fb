using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The prompts of one of a comparison's tasks.</summary>
/// <param name="Clean">Prompts that are scored.</param>
/// <param name="Corrupted">Prompts that ablated nodes take their values from.</param>
public sealed record TaskFacts(PromptFacts Clean, PromptFacts Corrupted);

/// <summary>What compare.json says.</summary>
/// <param name="Header">The run.</param>
/// <param name="Prompts">The prompts, [task].</param>
/// <param name="Files">The files that the circuits were read from, [circuit].</param>
/// <param name="RandomCircuits">Random circuits for each size.</param>
/// <param name="Result">Circuits, tasks and scores.</param>
public sealed record CompareRecord(
    RunHeader Header, IReadOnlyList<TaskFacts> Prompts, IReadOnlyList<string> Files, int RandomCircuits, CircuitComparisonResult Result);
