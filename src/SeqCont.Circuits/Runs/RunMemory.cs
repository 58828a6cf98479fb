using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What any run on a model holds in memory, counted in one place; a run adds what it holds besides.</summary>
internal static class RunMemory
{
    /// <summary>What the program takes before it holds a model: the runtime, its code, small objects.</summary>
    public const long RuntimeBytes = 64L << 20;

    /// <summary>Bytes of the runtime, the weights, a workspace, and what the run holds besides.</summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="ops">Backend.</param>
    /// <param name="rows">Rows of the largest forest.</param>
    /// <param name="blockRows">Rows worked on at a time.</param>
    /// <param name="otherElements">Numbers on the device besides: residuals, tables, logits.</param>
    public static long Bytes(ModelConfig config, IOps ops, long rows, int blockRows, long otherElements) =>
        RuntimeBytes + ops.ElementBytes * (config.Parameters + Workspace.Elements(config, rows, blockRows) + otherElements);

    /// <summary>Refuses a run that does not fit.</summary>
    /// <param name="needed">Bytes that it needs.</param>
    /// <param name="available">Bytes that are allowed.</param>
    /// <param name="needs">What needs them.</param>
    /// <param name="advice">What helps, with its punctuation.</param>
    /// <param name="including">What else is asked for, with its space.</param>
    /// <exception cref="ArgumentException">It needs more than is allowed.</exception>
    public static void Require(
        long needed, long available, string needs = "this run needs at least", string advice = ".", string including = "")
    {
        if (needed > available)
            throw new ArgumentException(Invariant(
                $"memory: {needs} {(needed + 999_999) / 1_000_000} MB{including}, but {available / 1_000_000} MB are allowed{advice}"));
    }
}
