using SeqCont.Testing;

namespace SeqCont.Model.Tests.Weights;

/// <summary>A forward pass in double precision as the formulas stand, for checking weights only.</summary>
internal static class PlainForward
{
    /// <summary>Logits of every position, [position][dVocab].</summary>
    /// <param name="weights">The model.</param>
    /// <param name="tokens">One prompt.</param>
    /// <param name="variant">What else than GPT-2 it is; null: nothing.</param>
    /// <param name="take">Given what a layer's attention and MLP hold at a position: kind, layer, position, values.</param>
    internal static double[][] Logits(
        Gpt2Weights weights, ReadOnlySpan<int> tokens, NaiveVariant? variant = null, Action<HookKind, int, int, double[]>? take = null)
    {
        var config = weights.Config;
        variant ??= NaiveVariant.Gpt2;
        double[] wE = weights.WE.Doubles(), wPos = weights.WPos.Doubles();
        var resid = new double[tokens.Length][];
        for (var p = 0; p < tokens.Length; p++)
        {
            resid[p] = new double[config.DModel];
            for (var i = 0; i < config.DModel; i++) resid[p][i] = wE[tokens[p] * config.DModel + i] + wPos[p * config.DModel + i];
        }
        foreach (var (number, layer) in weights.Layers.Index())
        {
            var read = resid.Select(x => Norm(x, layer.Ln1Gain.Doubles(), layer.Ln1Bias.Doubles(), config)).ToArray();
            var qkv = read.Select(x => Linear(x, layer.WQkv.Doubles(), layer.BQkv.Doubles())).ToArray();
            for (var p = 0; p < tokens.Length; p++)
            {
                var z = Attend(qkv, p, config, product => variant.Score(product, config.DHead, number),
                    (kind, values) => take?.Invoke(kind, number, p, values));
                AddTo(resid[p], Linear(z, layer.WO.Doubles(), layer.BO.Doubles()));
            }

            for (var p = 0; p < tokens.Length; p++)
            {
                var pre = Linear(Norm(resid[p], layer.Ln2Gain.Doubles(), layer.Ln2Bias.Doubles(), config), layer.WIn.Doubles(),
                    layer.BIn.Doubles());
                double[] post = [.. pre.Select(variant.Activation)];
                AddTo(resid[p], Linear(post, layer.WOut.Doubles(), layer.BOut.Doubles()));
                take?.Invoke(HookKind.MlpPre, number, p, pre);
                take?.Invoke(HookKind.MlpPost, number, p, post);
                take?.Invoke(HookKind.ResidPost, number, p, [.. resid[p]]);
            }
        }
        var wU = (weights.WU ?? weights.WE).Doubles();
        var bU = weights.BU?.Doubles() ?? new double[config.DVocab];
        var final = resid.Select(x => Norm(x, weights.LnFGain.Doubles(), weights.LnFBias.Doubles(), config));
        return [.. final.Select(x => Enumerable.Range(0, config.DVocab)
            .Select(token => bU[token] + Dot(x, wU, token * config.DModel)).ToArray())];
    }

    // Scores and pattern are taken head after head, a number for each position up to the query's.
    private static double[] Attend(
        double[][] qkv, int position, ModelConfig config, Func<double, double> scale, Action<HookKind, double[]> take)
    {
        int dModel = config.DModel, dHead = config.DHead;
        var z = new double[dModel];
        var (allScores, allPattern) = (new List<double>(), new List<double>());
        for (var first = 0; first < dModel; first += dHead)
        {
            var query = qkv[position].AsSpan(first, dHead).ToArray();
            var scores = Enumerable.Range(0, position + 1).Select(p => scale(Dot(query, qkv[p], dModel + first))).ToArray();
            var most = scores.Max();
            var sum = scores.Sum(score => Math.Exp(score - most));
            double[] pattern = [.. scores.Select(score => Math.Exp(score - most) / sum)];
            for (var p = 0; p <= position; p++)
                for (var i = 0; i < dHead; i++) z[first + i] += pattern[p] * qkv[p][2 * dModel + first + i];
            allScores.AddRange(scores);
            allPattern.AddRange(pattern);
        }

        take(HookKind.AttnScores, [.. allScores]);
        take(HookKind.Pattern, [.. allPattern]);
        take(HookKind.Z, z);
        return z;
    }

    private static double[] Norm(double[] x, double[] gain, double[] bias, ModelConfig config)
    {
        var mean = x.Average();
        var scale = Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + config.LayerNormEpsilon);
        return [.. x.Select((value, i) => (value - mean) / scale * gain[i] + bias[i])];
    }

    private static double[] Linear(double[] x, double[] weights, double[] bias)
    {
        var y = bias.ToArray();
        for (var i = 0; i < x.Length; i++)
            for (var j = 0; j < y.Length; j++) y[j] += x[i] * weights[i * y.Length + j];
        return y;
    }

    private static double Dot(double[] x, double[] weights, int start)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++) sum += x[i] * weights[start + i];
        return sum;
    }

    private static void AddTo(double[] x, double[] y)
    {
        for (var i = 0; i < x.Length; i++) x[i] += y[i];
    }
}
