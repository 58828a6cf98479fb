namespace SeqCont.Reports;

/// <summary>What every file of results says of the run that made it, whatever the run was: origin, prompts, environment, costs.</summary>
/// <param name="Origin">What ran, and on which model.</param>
/// <param name="Device">cpu, cuda or opencl.</param>
/// <param name="Backend">The backend's own description, such as its instruction set and threads.</param>
/// <param name="Precision">fp32, tf32 or fp64.</param>
/// <param name="Seed">Seed of the generator and of random choices.</param>
/// <param name="Seconds">Seconds by phase, in order.</param>
/// <param name="PredictedPeakBytes">Peak memory as predicted before the run, in bytes.</param>
/// <param name="PeakBytes">Peak memory of the process, in bytes.</param>
/// <param name="Task">The task's name; null where prompts came from files without one, or from several tasks.</param>
/// <param name="Clean">Prompts that are scored or looked at; null where a run has several sets.</param>
/// <param name="Corrupted">Prompts that ablated nodes take their values from; null where there are none.</param>
/// <param name="Bos">The token before every prompt; null for none.</param>
/// <param name="Profile">Where the time went, by layer and stage; null where it was not asked for.</param>
public sealed record RunHeader(
    RunOrigin Origin, string Device, string Backend, string Precision, long Seed, IReadOnlyList<KeyValuePair<string, double>> Seconds,
    long PredictedPeakBytes, long PeakBytes, string? Task = null, PromptFacts? Clean = null, PromptFacts? Corrupted = null,
    int? Bos = null, WorkProfile? Profile = null)
{
    /// <summary>Seconds of one phase.</summary>
    public double SecondsOf(string phase) => Seconds.First(entry => entry.Key == phase).Value;
}
