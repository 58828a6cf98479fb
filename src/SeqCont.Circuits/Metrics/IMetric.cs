using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What is asked of a model's answer to each prompt. Every search, ablation and comparison scores by one;
/// <see cref="Faithfulness"/> says what share of the full model's mean is left.
/// </summary>
public interface IMetric
{
    /// <summary>The name that files and options use: "logit-diff".</summary>
    string Name { get; }

    /// <summary>What messages call it: "logit difference".</summary>
    string Title { get; }

    /// <summary>What its values are counted in: "logits", "nats", "" for a share.</summary>
    string Unit { get; }

    /// <summary>Whether more of it is a better answer.</summary>
    bool MoreIsBetter { get; }

    /// <summary>Makes ready for some prompts.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="pass">A pass over the rows; reads logits.</param>
    /// <param name="rows">The prompts' rows.</param>
    /// <param name="prompts">The prompts, in the order of the rows' forest.</param>
    IPromptMetric For(Gpt2Model model, ForwardPass pass, DeviceRows rows, PromptSet prompts);
}

/// <summary>A metric of some prompts.</summary>
public interface IPromptMetric : IDisposable
{
    /// <summary>Its value on each prompt, in file order.</summary>
    /// <param name="resid">Last resid_post, [row, dModel], at least at the end rows.</param>
    double[] Measure(DeviceBuffer resid);
}
