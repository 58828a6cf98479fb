using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The prompts of one task that was verified.</summary>
/// <param name="Task">The task.</param>
/// <param name="Facts">Clean and corrupted prompts.</param>
public sealed record VerifiedPrompts(string Task, TaskFacts Facts);

/// <summary>What verify.json says.</summary>
public sealed record VerifyRecord
{
    /// <summary>The run.</summary>
    public required RunHeader Header { get; init; }

    /// <summary>Where the published figures come from.</summary>
    public required string Source { get; init; }

    /// <summary>The parts asked for.</summary>
    public required IReadOnlyList<string> Parts { get; init; }

    /// <summary>The prompts that were read.</summary>
    public required IReadOnlyList<VerifiedPrompts> Prompts { get; init; }

    /// <summary>Tables measured so far.</summary>
    public required IReadOnlyList<VerifyTable> Tables { get; init; }

    /// <summary>Work of all tables, counted beforehand.</summary>
    public required VerificationPlan Plan { get; init; }

    /// <summary>Whether all tables are here.</summary>
    public bool Complete => Tables.Count == Plan.Tables.Count && Tables.All(table => table.Complete);

    /// <summary>Whether no table differs.</summary>
    public bool Agrees => Tables.All(table => table.Verdict != VerifyVerdict.Differs);
}
