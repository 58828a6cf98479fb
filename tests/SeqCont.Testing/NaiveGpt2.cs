using SeqCont.Circuits;
using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Testing;

/// <summary>
/// GPT-2 the slow, obvious way, for tests to trust: one prompt at a time, every position, every node, double
/// precision, nothing shared, nothing resumed. Shares no code with the engine.
/// </summary>
public sealed class NaiveGpt2
{
    private readonly ModelConfig _config;
    private readonly NaiveVariant _variant;
    private readonly double[] _we, _wpos, _lnFGain, _lnFBias, _wu;
    private readonly double[]? _bu;
    private readonly double[][][] _layers;

    /// <summary>Copies the weights.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="variant">What else than GPT-2 they are of; null: nothing.</param>
    public NaiveGpt2(Gpt2Weights weights, NaiveVariant? variant = null)
    {
        _config = weights.Config;
        _variant = variant ?? NaiveVariant.Gpt2;
        _we = Values(weights.WE);
        _wpos = Values(weights.WPos);
        _lnFGain = Values(weights.LnFGain);
        _lnFBias = Values(weights.LnFBias);
        _wu = weights.WU is null ? _we : Values(weights.WU);
        _bu = weights.BU is null ? null : Values(weights.BU);
        _layers = [.. weights.Layers.Select(
            layer => new[] { layer.Ln1Gain, layer.Ln1Bias, layer.WQkv, layer.BQkv, layer.WO, layer.BO, layer.Ln2Gain, layer.Ln2Bias,
                layer.WIn, layer.BIn, layer.WOut, layer.BOut }.Select(Values).ToArray())];
    }

    /// <summary>One prompt's run: z [layer][position][dModel], MLP outputs [layer][position][dModel], logits [position][dVocab].</summary>
    public sealed record Activations(double[][][] Z, double[][][] MlpOut, double[][] Logits);

    /// <summary>Runs one prompt. A replacement returns null to leave a node's value as computed.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="replaceHead">(layer, head, position) to z of that head, [dHead].</param>
    /// <param name="replaceMlp">(layer, position) to the MLP's output, [dModel].</param>
    public Activations Run(int[] tokens, Func<int, int, int, double[]?> replaceHead, Func<int, int, double[]?> replaceMlp)
    {
        var (dModel, dHead, length) = (_config.DModel, _config.DHead, tokens.Length);
        var resid = new double[length][];
        for (var p = 0; p < length; p++)
            resid[p] = [.. Enumerable.Range(0, dModel).Select(i => _we[tokens[p] * dModel + i] + _wpos[p * dModel + i])];
        var (allZ, allMlp) = (new double[_config.NLayers][][], new double[_config.NLayers][][]);
        for (var layer = 0; layer < _config.NLayers; layer++)
        {
            var w = _layers[layer];
            var qkv = resid.Select(x => Linear(Norm(x, w[0], w[1]), w[2], w[3])).ToArray();
            var z = new double[length][];
            for (var p = 0; p < length; p++)
            {
                z[p] = new double[dModel];
                for (var head = 0; head < _config.NHeads; head++)
                    (replaceHead(layer, head, p) ?? HeadOutput(qkv, p, head, layer)).CopyTo(z[p], head * dHead);
            }

            var mlp = new double[length][];
            for (var p = 0; p < length; p++)
            {
                resid[p] = Sum(resid[p], Linear(z[p], w[4], w[5]));
                mlp[p] = replaceMlp(layer, p)
                    ?? Linear([.. Linear(Norm(resid[p], w[6], w[7]), w[8], w[9]).Select(_variant.Activation)], w[10], w[11]);
                resid[p] = Sum(resid[p], mlp[p]);
            }

            (allZ[layer], allMlp[layer]) = (z, mlp);
        }

        return new Activations(allZ, allMlp, [.. resid.Select(x => Unembed(Norm(x, _lnFGain, _lnFBias)))]);
    }

    /// <summary>Runs one prompt with every node computed.</summary>
    public Activations Run(int[] tokens) => Run(tokens, (_, _, _) => null, (_, _) => null);

    /// <summary>The circuit's logit difference on each prompt, as SEMANTICS words it.</summary>
    public double[] LogitDiffs(PromptSet clean, PromptSet corrupted, Circuit circuit, AblationConfig ablation)
    {
        var unablated = ablation.Kind == AblationKind.Zero ? [] : corrupted.Tokens.Select(Run).ToArray();
        var headMeans = Means(unablated, run => run.Z);
        var mlpRuns = ablation is { Kind: AblationKind.Mean, MlpMeans: MlpMeans.Circuit }
            ? corrupted.Tokens.Select(
                tokens => Run(tokens, (layer, head, p) => circuit.Contains(new NodeId(layer, head))
                    ? null : Head(headMeans[layer][p], head), (_, _) => null)).ToArray()
            : unablated;
        var mlpMeans = Means(mlpRuns, run => run.MlpOut);

        double[] Score(int[] tokens, int i)
        {
            double[] Replacement(double[][][] means, Func<Activations, double[][][]> own, int layer, int p) => ablation.Kind switch
            {
                AblationKind.Mean => means[layer][p],
                AblationKind.Zero => new double[_config.DModel],
                _ => own(unablated[i])[layer][p],
            };
            return Run(tokens,
                (layer, head, p) => circuit.Contains(new NodeId(layer, head)) ? null : Head(Replacement(headMeans, run => run.Z, layer, p),
                    head),
                (layer, p) => circuit.Contains(NodeId.Mlp(layer)) ? null : Replacement(mlpMeans, run => run.MlpOut, layer, p)).Logits[^1];
        }

        return [.. clean.Tokens.Select((tokens, i) => Score(tokens, i))
            .Select((logits, i) => logits[clean.Correct[i]] - logits[clean.Incorrect[i]])];
    }

    private static double[][][] Means(Activations[] runs, Func<Activations, double[][][]> select)
    {
        if (runs.Length == 0) return [];
        var longest = runs.Max(run => run.Logits.Length);
        return [.. Enumerable.Range(0, select(runs[0]).Length).Select(layer => Enumerable.Range(0, longest).Select(p =>
        {
            var there = runs.Where(run => run.Logits.Length > p).Select(run => select(run)[layer][p]).ToArray();
            return Enumerable.Range(0, there[0].Length).Select(i => there.Average(values => values[i])).ToArray();
        }).ToArray())];
    }

    private double[] Head(double[] z, int head) => z[(head * _config.DHead)..((head + 1) * _config.DHead)];

    private double[] HeadOutput(double[][] qkv, int position, int head, int layer)
    {
        var (dModel, dHead) = (_config.DModel, _config.DHead);
        double[] Part(int p, int which) => qkv[p][(which * dModel + head * dHead)..(which * dModel + (head + 1) * dHead)];
        var scores = Enumerable.Range(0, position + 1)
            .Select(p => _variant.Score(Part(position, 0).Zip(Part(p, 1), (q, k) => q * k).Sum(), dHead, layer)).ToArray();
        var weights = scores.Select(score => Math.Exp(score - scores.Max())).ToArray();
        return [.. Enumerable.Range(0, dHead)
            .Select(i => Enumerable.Range(0, position + 1).Sum(p => weights[p] * Part(p, 2)[i]) / weights.Sum())];
    }

    private double[] Unembed(double[] x)
    {
        var logits = new double[_config.DVocab];
        for (var token = 0; token < logits.Length; token++)
        {
            for (var i = 0; i < x.Length; i++) logits[token] += x[i] * _wu[token * x.Length + i];
            logits[token] += _bu?[token] ?? 0;
        }

        return logits;
    }

    private double[] Norm(double[] x, double[] gain, double[] bias)
    {
        var mean = x.Average();
        var scale = Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + _config.LayerNormEpsilon);
        return [.. x.Select((value, i) => (value - mean) / scale * gain[i] + bias[i])];
    }

    private static double[] Linear(double[] x, double[] weights, double[] bias)
    {
        var result = bias.ToArray();
        for (var k = 0; k < x.Length; k++)
            for (var j = 0; j < result.Length; j++) result[j] += x[k] * weights[k * result.Length + j];
        return result;
    }

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double[] Values(Tensor tensor)
    {
        var values = new double[tensor.Length];
        tensor.Read(0, values);
        return values;
    }
}
