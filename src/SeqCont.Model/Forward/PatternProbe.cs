using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// Where a run leaves its attention patterns: one block of rows at a time, to be added up or copied before the
/// next overwrites it.
/// </summary>
/// <param name="Buffer">Room for one block, [block row, head, Length].</param>
/// <param name="Length">Entries per head: at least the longest prompt's tokens.</param>
/// <param name="Wanted">Whether a layer's patterns are wanted.</param>
/// <param name="Take">
/// Called after a block with its layer and rows. Then buffer[i, h, p] is the attention of row i's head h to its
/// ancestor at position p; entries beyond a row's own position, and of heads that are not computed, mean nothing.
/// </param>
public sealed record PatternProbe(DeviceBuffer Buffer, int Length, Func<int, bool> Wanted, Action<int, Rows> Take);
