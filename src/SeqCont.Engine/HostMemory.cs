namespace SeqCont.Engine;

/// <summary>What backends on the processor have in common.</summary>
internal static class HostMemory
{
    /// <summary>Rows of a block: enough for every core, small beside the caches.</summary>
    public const int BlockRows = 1536;

    // Share of the machine's memory that a run may take when nothing is said.
    private const double Share = 0.6;

    /// <summary>Bytes that a run may take.</summary>
    public static long Bytes => (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * Share);
}
