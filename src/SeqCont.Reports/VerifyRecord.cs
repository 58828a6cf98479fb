using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The prompts of one task that was verified.</summary>
/// <param name="Task">The task.</param>
/// <param name="Facts">Clean and corrupted prompts.</param>
public sealed record VerifiedPrompts(string Task, TaskFacts Facts);

/// <summary>What verify.json says.</summary>
public sealed record VerifyRecord
{
    /// <summary>What ran, and on which model.</summary>
    public required RunOrigin Origin { get; init; }

    /// <summary>Where the published figures come from.</summary>
    public required string Source { get; init; }

    /// <summary>The parts asked for.</summary>
    public required IReadOnlyList<string> Parts { get; init; }

    /// <summary>The prompts that were read.</summary>
    public required IReadOnlyList<VerifiedPrompts> Prompts { get; init; }

    /// <summary>cpu, cuda or opencl.</summary>
    public required string Device { get; init; }

    /// <summary>The backend's own description, such as its instruction set and threads.</summary>
    public required string Backend { get; init; }

    /// <summary>fp32, tf32 or fp64.</summary>
    public required string Precision { get; init; }

    /// <summary>Tables measured so far.</summary>
    public required IReadOnlyList<VerifyTable> Tables { get; init; }

    /// <summary>Work of all tables, counted beforehand.</summary>
    public required VerificationPlan Plan { get; init; }

    /// <summary>Seconds by phase, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, double>> Seconds { get; init; }

    /// <summary>Peak memory of the process, in bytes.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Whether all tables are here.</summary>
    public bool Complete => Tables.Count == Plan.Tables.Count && Tables.All(table => table.Complete);

    /// <summary>Whether no table differs.</summary>
    public bool Agrees => Tables.All(table => table.Verdict != VerifyVerdict.Differs);
}
