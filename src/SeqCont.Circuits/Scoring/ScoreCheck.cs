using SeqCont.Kernels.Elementwise;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Refuses scores that are not finite before anything is decided by them, and says where the numbers leave their range.</summary>
/// <param name="model">Weights.</param>
/// <param name="metric">What is asked of the answers.</param>
/// <param name="clean">Prompts that are scored.</param>
/// <param name="corrupted">Prompts that ablated or patched nodes take their values from; null where none do.</param>
internal sealed class ScoreCheck(Gpt2Model model, IMetric metric, PromptSet clean, PromptSet? corrupted = null)
{
    private const int PromptsAtOnce = 64;

    /// <summary>The scores, which are finite.</summary>
    /// <param name="scores">One a prompt.</param>
    /// <param name="without">The node or edge that was taken out; null for none.</param>
    /// <param name="prompts">The prompts' numbers; null: all, in file order.</param>
    /// <exception cref="InvalidDataException">A score is not finite.</exception>
    public double[] Require(double[] scores, object? without = null, int[]? prompts = null) =>
        ElementwiseSimd.FirstNonFinite<double>(scores) is >= 0 and var bad ? throw Fault(prompts?[bad] ?? bad, without) : scores;

    private InvalidDataException Fault(int prompt, object? without)
    {
        var result = $"the {metric.Title}{(without is null ? "" : $" without {without}")}";
        if (corrupted is not null && RangeFault.FirstPart(model, clean.Tokens[prompt]) is null)
            foreach (var (i, part) in corrupted.Tokens.Chunk(PromptsAtOnce).Index())
            {
                using var run = new UnablatedRun(model, RowForest.Build(part), firstPrompt: i * PromptsAtOnce);
                try
                {
                    run.Finish();
                }
                catch (InvalidDataException fault)
                {
                    return new InvalidDataException($"{result} is not finite: corrupted {fault.Message}", fault);
                }
            }

        return RangeFault.Of(model, clean.Tokens[prompt], prompt, result);
    }
}
