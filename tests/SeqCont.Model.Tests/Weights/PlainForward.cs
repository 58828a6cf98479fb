namespace SeqCont.Model.Tests.Weights;

/// <summary>A forward pass in double precision as the formulas stand, for checking weights only.</summary>
internal static class PlainForward
{
    /// <summary>Logits of every position, [position][dVocab].</summary>
    internal static double[][] Logits(Gpt2Weights weights, ReadOnlySpan<int> tokens)
    {
        var config = weights.Config;
        double[] wE = weights.WE.Doubles(), wPos = weights.WPos.Doubles();
        var resid = new double[tokens.Length][];
        for (var p = 0; p < tokens.Length; p++)
        {
            resid[p] = new double[config.DModel];
            for (var i = 0; i < config.DModel; i++) resid[p][i] = wE[tokens[p] * config.DModel + i] + wPos[p * config.DModel + i];
        }
        foreach (var layer in weights.Layers)
        {
            var read = resid.Select(x => Norm(x, layer.Ln1Gain.Doubles(), layer.Ln1Bias.Doubles(), config)).ToArray();
            var qkv = read.Select(x => Linear(x, layer.WQkv.Doubles(), layer.BQkv.Doubles())).ToArray();
            for (var p = 0; p < tokens.Length; p++) AddTo(resid[p], Linear(Attend(qkv, p, config), layer.WO.Doubles(), layer.BO.Doubles()));
            foreach (var x in resid)
            {
                var pre = Linear(Norm(x, layer.Ln2Gain.Doubles(), layer.Ln2Bias.Doubles(), config), layer.WIn.Doubles(),
                    layer.BIn.Doubles());
                AddTo(x, Linear([.. pre.Select(GeluNew)], layer.WOut.Doubles(), layer.BOut.Doubles()));
            }
        }
        var wU = (weights.WU ?? weights.WE).Doubles();
        var bU = weights.BU?.Doubles() ?? new double[config.DVocab];
        var final = resid.Select(x => Norm(x, weights.LnFGain.Doubles(), weights.LnFBias.Doubles(), config));
        return [.. final.Select(x => Enumerable.Range(0, config.DVocab)
            .Select(token => bU[token] + Dot(x, wU, token * config.DModel)).ToArray())];
    }

    private static double[] Attend(double[][] qkv, int position, ModelConfig config)
    {
        int dModel = config.DModel, dHead = config.DHead;
        var z = new double[dModel];
        for (var first = 0; first < dModel; first += dHead)
        {
            var query = qkv[position].AsSpan(first, dHead).ToArray();
            var scores = Enumerable.Range(0, position + 1).Select(p => Dot(query, qkv[p], dModel + first) / Math.Sqrt(dHead)).ToArray();
            var most = scores.Max();
            var sum = scores.Sum(score => Math.Exp(score - most));
            for (var p = 0; p <= position; p++)
                for (var i = 0; i < dHead; i++) z[first + i] += Math.Exp(scores[p] - most) / sum * qkv[p][2 * dModel + first + i];
        }
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

    private static double GeluNew(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}
