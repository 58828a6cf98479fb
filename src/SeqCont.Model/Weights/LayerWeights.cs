using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>The weights of one block. Matrices are [in, out]: outputs = inputs W + b (GPT-2's Conv1D layout).</summary>
public sealed record LayerWeights
{
    /// <summary>Gain of the LayerNorm before attention, [dModel].</summary>
    public required Tensor Ln1Gain { get; init; }

    /// <summary>Bias of the LayerNorm before attention, [dModel].</summary>
    public required Tensor Ln1Bias { get; init; }

    /// <summary>W_Q, W_K, W_V side by side, [dModel, 3 * dModel]; a third's columns are [head, dHead].</summary>
    public required Tensor WQkv { get; init; }

    /// <summary>b_Q, b_K, b_V, [3 * dModel].</summary>
    public required Tensor BQkv { get; init; }

    /// <summary>W_O, [dModel, dModel]; rows are [head, dHead].</summary>
    public required Tensor WO { get; init; }

    /// <summary>b_O, [dModel].</summary>
    public required Tensor BO { get; init; }

    /// <summary>Gain of the LayerNorm before the MLP, [dModel].</summary>
    public required Tensor Ln2Gain { get; init; }

    /// <summary>Bias of the LayerNorm before the MLP, [dModel].</summary>
    public required Tensor Ln2Bias { get; init; }

    /// <summary>W_in, [dModel, dMlp].</summary>
    public required Tensor WIn { get; init; }

    /// <summary>b_in, [dMlp].</summary>
    public required Tensor BIn { get; init; }

    /// <summary>W_out, [dMlp, dModel].</summary>
    public required Tensor WOut { get; init; }

    /// <summary>b_out, [dModel].</summary>
    public required Tensor BOut { get; init; }
}
