using System.Security.Cryptography;
using System.Text;
using SeqCont.Engine;
using static SeqCont.Model.WeightProcessing;

namespace SeqCont.Model;

/// <summary>The arithmetic of <see cref="WeightProcessing"/>, in TransformerLens's order, in double precision.</summary>
internal static class WeightProcessor
{
    internal static Gpt2Weights Process(Gpt2Weights weights, WeightProcessing processing)
    {
        if ((processing & ~WeightProcessing.All) != 0)
            throw new ArgumentOutOfRangeException(nameof(processing), $"processing: unknown flags {processing}.");
        var tensors = weights.Tensors;
        // The unembedding first: when tied, it is W_E before that is centred.
        if (processing.HasFlag(FoldLayerNorm)) tensors = FoldFinalNorm(tensors);
        if (processing.HasFlag(WeightProcessing.CentreUnembedding)) tensors = CentreUnembedding(tensors);
        if (processing.HasFlag(CentreWritingWeights))
            tensors = tensors with { WU = tensors.WU ?? tensors.WE, WE = CentreRows(tensors.WE), WPos = CentreRows(tensors.WPos) };
        tensors = tensors with { Layers = [.. tensors.Layers.Select(layer => ProcessLayer(layer, processing))] };
        string Hash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{weights.Sha256} {(int)processing}")));
        return new Gpt2Weights(weights.Name, weights.Config, tensors, processing == None ? () => weights.Sha256 : Hash);
    }

    private static LayerWeights ProcessLayer(LayerWeights layer, WeightProcessing processing)
    {
        if (processing.HasFlag(FoldLayerNorm))
        {
            var (wQkv, bQkv) = FoldNorm(layer.Ln1Gain, layer.Ln1Bias, layer.WQkv, layer.BQkv);
            var (wIn, bIn) = FoldNorm(layer.Ln2Gain, layer.Ln2Bias, layer.WIn, layer.BIn);
            layer = layer with
            {
                Ln1Gain = Filled(layer.Ln1Gain, 1),
                Ln1Bias = Filled(layer.Ln1Bias, 0),
                WQkv = wQkv,
                BQkv = bQkv,
                Ln2Gain = Filled(layer.Ln2Gain, 1),
                Ln2Bias = Filled(layer.Ln2Bias, 0),
                WIn = wIn,
                BIn = bIn,
            };
        }
        if (processing.HasFlag(CentreWritingWeights))
            layer = layer with
            {
                WO = CentreRows(layer.WO),
                BO = CentreRows(layer.BO),
                WOut = CentreRows(layer.WOut),
                BOut = CentreRows(layer.BOut)
            };
        return processing.HasFlag(WeightProcessing.FoldValueBiases) ? FoldValueBiases(layer) : layer;
    }

    // (x * gain + bias) W + b = x (gain * W) + (bias W + b). The normalised x has mean zero, so a constant in a
    // column of the folded matrix does nothing: centring takes it out.
    private static (Tensor Weights, Tensor Bias) FoldNorm(Tensor normGain, Tensor normBias, Tensor weights, Tensor bias)
    {
        double[] gain = normGain.ReadAll(), shift = normBias.ReadAll(), w = weights.ReadAll(), b = bias.ReadAll();
        for (var i = 0; i < gain.Length; i++)
        {
            var row = w.AsSpan(i * b.Length, b.Length);
            for (var j = 0; j < row.Length; j++)
            {
                b[j] += shift[i] * row[j];
                row[j] *= gain[i];
            }
        }
        CentreColumns(w, b.Length);
        return (Like(weights, w), Like(bias, b));
    }

    // The same for W_U, which lies transposed: [dVocab, dModel].
    private static Gpt2Tensors FoldFinalNorm(Gpt2Tensors tensors)
    {
        var unembedding = tensors.WU ?? tensors.WE;
        double[] gain = tensors.LnFGain.ReadAll(), shift = tensors.LnFBias.ReadAll(), w = unembedding.ReadAll();
        var dVocab = unembedding.Shape[0];
        var b = tensors.BU is null ? new double[dVocab] : tensors.BU.ReadAll();
        for (var token = 0; token < dVocab; token++)
        {
            var row = w.AsSpan(token * gain.Length, gain.Length);
            for (var i = 0; i < row.Length; i++)
            {
                b[token] += shift[i] * row[i];
                row[i] *= gain[i];
            }
            Centre(row);
        }
        return tensors with
        {
            LnFGain = Filled(tensors.LnFGain, 1),
            LnFBias = Filled(tensors.LnFBias, 0),
            WU = Like(unembedding, w),
            BU = new ArrayTensor(tensors.BU?.Name ?? "b_U", b, dVocab),
        };
    }

    private static Gpt2Tensors CentreUnembedding(Gpt2Tensors tensors)
    {
        var unembedding = tensors.WU ?? tensors.WE;
        var w = unembedding.ReadAll();
        CentreColumns(w, unembedding.Shape[1]);
        return tensors with { WU = Like(unembedding, w), BU = tensors.BU is null ? null : CentreRows(tensors.BU) };
    }

    // A head's pattern sums to 1, so b_V reaches the residual stream whole, through W_O.
    private static LayerWeights FoldValueBiases(LayerWeights layer)
    {
        double[] bQkv = layer.BQkv.ReadAll(), wO = layer.WO.ReadAll(), bO = layer.BO.ReadAll();
        var dModel = bO.Length;
        var bV = bQkv.AsSpan(2 * dModel);
        for (var i = 0; i < dModel; i++)
            for (var j = 0; j < dModel; j++) bO[j] += bV[i] * wO[i * dModel + j];
        bV.Clear();
        return layer with { BQkv = Like(layer.BQkv, bQkv), BO = Like(layer.BO, bO) };
    }

    /// <summary>Takes the mean over the last axis out.</summary>
    private static ArrayTensor CentreRows(Tensor tensor)
    {
        var values = tensor.ReadAll();
        var width = tensor.Shape[^1];
        for (var start = 0; start < values.Length; start += width) Centre(values.AsSpan(start, width));
        return Like(tensor, values);
    }

    private static void CentreColumns(double[] matrix, int width)
    {
        var (means, count) = (new double[width], matrix.Length / width);
        for (var start = 0; start < matrix.Length; start += width)
            for (var j = 0; j < width; j++) means[j] += matrix[start + j] / count;
        for (var start = 0; start < matrix.Length; start += width)
            for (var j = 0; j < width; j++) matrix[start + j] -= means[j];
    }

    private static void Centre(Span<double> row)
    {
        var mean = 0.0;
        foreach (var value in row) mean += value;
        mean /= row.Length;
        foreach (ref var value in row) value -= mean;
    }

    private static ArrayTensor Filled(Tensor tensor, double value) =>
        Like(tensor, [.. Enumerable.Repeat(value, checked((int)tensor.Length))]);

    private static ArrayTensor Like(Tensor tensor, double[] values) => new(tensor.Name, values, tensor.Shape);
}
