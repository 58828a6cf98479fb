using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The prompts of one task that was verified.</summary>
/// <param name="Task">The task.</param>
/// <param name="Facts">Clean and corrupted prompts.</param>
public sealed record VerifiedPrompts(string Task, TaskFacts Facts);

/// <summary>What verify.json says.</summary>
/// <param name="Header">The run.</param>
/// <param name="Source">Where the published figures come from.</param>
/// <param name="Parts">The parts asked for.</param>
/// <param name="Prompts">The prompts that were read.</param>
/// <param name="Tables">Tables measured so far.</param>
/// <param name="Plan">Work of all tables, counted beforehand.</param>
public sealed record VerifyRecord(
    RunHeader Header, string Source, IReadOnlyList<string> Parts, IReadOnlyList<VerifiedPrompts> Prompts,
    IReadOnlyList<VerifyTable> Tables, VerificationPlan Plan)
{
    /// <summary>Whether all tables are here.</summary>
    public bool Complete => Tables.Count == Plan.Tables.Count && Tables.All(table => table.Complete);

    /// <summary>Whether no table differs.</summary>
    public bool Agrees => Tables.All(table => table.Verdict != VerifyVerdict.Differs);
}
