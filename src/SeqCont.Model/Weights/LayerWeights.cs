using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>The weights of one block. Matrices are [in, out]: outputs = inputs W + b (GPT-2's Conv1D layout).</summary>
/// <param name="Ln1Gain">Gain of the LayerNorm before attention, [dModel].</param>
/// <param name="Ln1Bias">Bias of the LayerNorm before attention, [dModel].</param>
/// <param name="WQkv">W_Q, W_K, W_V side by side, [dModel, 3 * dModel]; a third's columns are [head, dHead].</param>
/// <param name="BQkv">b_Q, b_K, b_V, [3 * dModel].</param>
/// <param name="WO">W_O, [dModel, dModel]; rows are [head, dHead].</param>
/// <param name="BO">b_O, [dModel].</param>
/// <param name="Ln2Gain">Gain of the LayerNorm before the MLP, [dModel].</param>
/// <param name="Ln2Bias">Bias of the LayerNorm before the MLP, [dModel].</param>
/// <param name="WIn">W_in, [dModel, dMlp].</param>
/// <param name="BIn">b_in, [dMlp].</param>
/// <param name="WOut">W_out, [dMlp, dModel].</param>
/// <param name="BOut">b_out, [dModel].</param>
public sealed record LayerWeights(
    Tensor Ln1Gain, Tensor Ln1Bias, Tensor WQkv, Tensor BQkv, Tensor WO, Tensor BO,
    Tensor Ln2Gain, Tensor Ln2Bias, Tensor WIn, Tensor BIn, Tensor WOut, Tensor BOut)
{
    /// <summary>All of them, in this order.</summary>
    internal Tensor[] InOrder => [Ln1Gain, Ln1Bias, WQkv, BQkv, WO, BO, Ln2Gain, Ln2Bias, WIn, BIn, WOut, BOut];
}
