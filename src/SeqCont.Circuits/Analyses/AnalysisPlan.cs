using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What one plain pass with a readout will hold in memory. Less memory means smaller blocks, never other results.</summary>
/// <param name="PredictedBytes">Predicted peak: the runtime, weights, scratch, residuals.</param>
/// <param name="BlockRows">Rows of the pass worked on at a time.</param>
/// <param name="ReadoutRows">Vectors read over the vocabulary at a time.</param>
public sealed record AnalysisPlan(long PredictedBytes, int BlockRows, int ReadoutRows)
{
    private const int LeastReadoutRows = 16;

    /// <summary>Fits a pass into a budget.</summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="ops">Backend: the size of a number there, the rows of a block, and the memory there is.</param>
    /// <param name="rows">Rows of the largest forest.</param>
    /// <param name="otherElements">What else is held on the device.</param>
    /// <param name="budget">Bytes; null: <see cref="IOps.MemoryBytes"/>.</param>
    /// <exception cref="ArgumentException">The budget is below the least that the pass needs.</exception>
    internal static AnalysisPlan For(ModelConfig config, IOps ops, int rows, long otherElements = 0, long? budget = null)
    {
        var available = budget ?? ops.MemoryBytes;
        for (var (blockRows, readoutRows) = (ops.BlockRows, VocabularyReadout.DefaultBlockRows); ; blockRows /= 2, readoutRows /= 2)
        {
            // The unembedding is held once more than the token table, in the layout of products.
            var unembedding = (long)config.DVocab * config.DModel;
            var bytes = RunMemory.Bytes(
                config, ops, rows, blockRows,
                unembedding + (long)rows * config.DModel + VocabularyReadout.Elements(config, readoutRows) + otherElements);
            if (bytes > available && readoutRows / 2 >= LeastReadoutRows) continue;
            RunMemory.Require(bytes, available);
            return new AnalysisPlan(bytes, blockRows, readoutRows);
        }
    }
}
