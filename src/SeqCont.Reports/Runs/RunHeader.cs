namespace SeqCont.Reports;

/// <summary>What every file of results says of the run that made it, whatever the run was: origin, prompts, environment, costs.</summary>
public sealed record RunHeader
{
    /// <summary>What ran, and on which model.</summary>
    public required RunOrigin Origin { get; init; }

    /// <summary>The task's name; null where prompts came from files without one, or from several tasks.</summary>
    public string? Task { get; init; }

    /// <summary>Prompts that are scored or looked at; null where a run has several sets.</summary>
    public PromptFacts? Clean { get; init; }

    /// <summary>Prompts that ablated nodes take their values from; null where there are none.</summary>
    public PromptFacts? Corrupted { get; init; }

    /// <summary>The token before every prompt; null for none.</summary>
    public int? Bos { get; init; }

    /// <summary>cpu, cuda or opencl.</summary>
    public required string Device { get; init; }

    /// <summary>The backend's own description, such as its instruction set and threads.</summary>
    public required string Backend { get; init; }

    /// <summary>fp32, tf32 or fp64.</summary>
    public required string Precision { get; init; }

    /// <summary>Seed of the generator and of random choices.</summary>
    public required long Seed { get; init; }

    /// <summary>Seconds by phase, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, double>> Seconds { get; init; }

    /// <summary>Where the time went, by layer and stage; null where it was not asked for.</summary>
    public WorkProfile? Profile { get; init; }

    /// <summary>Peak memory as predicted before the run, in bytes.</summary>
    public required long PredictedPeakBytes { get; init; }

    /// <summary>Peak memory of the process, in bytes.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Seconds of one phase.</summary>
    public double SecondsOf(string phase) => Seconds.First(entry => entry.Key == phase).Value;
}
