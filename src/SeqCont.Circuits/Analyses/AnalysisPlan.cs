using System.Globalization;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What one plain pass with a readout will hold in memory. Less memory means smaller blocks, never other results.</summary>
/// <param name="PredictedBytes">Predicted peak: the runtime, weights, scratch, residuals.</param>
/// <param name="BlockRows">Rows of the pass worked on at a time.</param>
/// <param name="ReadoutRows">Vectors read over the vocabulary at a time.</param>
public sealed record AnalysisPlan(long PredictedBytes, int BlockRows, int ReadoutRows)
{
    private const int LeastReadoutRows = 16;

    // What the program takes before it holds a model: the runtime, its code, small objects.
    private const long RuntimeBytes = 64L << 20;

    /// <summary>Fits a pass into a budget.</summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="elementBytes">Bytes of a number on the backend.</param>
    /// <param name="rows">Rows of the largest forest.</param>
    /// <param name="otherElements">What else is held on the device.</param>
    /// <param name="budget">Bytes; null: <see cref="MemoryPlan.DefaultShare"/> of the machine's.</param>
    /// <exception cref="ArgumentException">The budget is below the least that the pass needs.</exception>
    public static AnalysisPlan For(Gpt2Config config, int elementBytes, int rows, long otherElements = 0, long? budget = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        var available = budget ?? (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryPlan.DefaultShare);
        for (var (blockRows, readoutRows) = (Workspace.DefaultBlockRows, VocabularyReadout.DefaultBlockRows); ; blockRows /= 2, readoutRows /= 2)
        {
            // The unembedding is held once more than the token table, in the layout of products.
            var weights = config.Parameters + (long)config.DVocab * config.DModel;
            var elements = weights + Workspace.Elements(config, rows, blockRows) + (long)rows * config.DModel + VocabularyReadout.Elements(config, readoutRows) + otherElements;
            var bytes = RuntimeBytes + elementBytes * elements;
            if (bytes <= available) return new AnalysisPlan(bytes, blockRows, readoutRows);
            if (readoutRows / 2 < LeastReadoutRows)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"memory: this run needs at least {(bytes + 999_999) / 1_000_000} MB, but {available / 1_000_000} MB are allowed."));
        }
    }
}
