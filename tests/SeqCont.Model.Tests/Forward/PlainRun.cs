using SeqCont.Engine;

namespace SeqCont.Model.Tests.Forward;

/// <summary>One unablated run over prompts, with everything that was asked for left on the host.</summary>
internal sealed class PlainRun : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly DeviceRows _rows;
    private readonly Workspace _work;
    private readonly DeviceBuffer _resid;
    private readonly ForwardPass _pass;

    public PlainRun(IOps ops, Gpt2Weights weights, IReadOnlyList<int[]> prompts, Func<HookPoint, bool>? hooks = null, int? blockRows = null)
    {
        _model = new Gpt2Model(ops, weights);
        _rows = new DeviceRows(ops, RowForest.Build(prompts));
        _work = new Workspace(ops, weights.Config, _rows.Forest.Count, blockRows);
        _resid = ops.Allocate((long)_rows.Forest.Count * weights.Config.DModel);
        Cache = new ActivationCache(ops, _rows.Forest, hooks ?? (_ => false));
        _pass = new ForwardPass(_model, _rows, _work, hooks is null ? null : Cache);
        Prompts = prompts;
        var live = LiveNodes.All(weights.Config);
        var demand = Demand.Of(_rows, live, _rows.All);
        _pass.Embed(_rows.All, _resid);
        for (var layer = 0; layer < weights.Config.NLayers; layer++)
            _pass.Layer(layer, _resid, live, demand, new LayerConstants(_model.OutputBias(layer), null, null), _resid);
    }

    public IReadOnlyList<int[]> Prompts { get; }

    public ActivationCache Cache { get; }

    /// <summary>Logits, [prompt][position][dVocab].</summary>
    public double[][][] Logits()
    {
        var byRow = new double[_rows.Forest.Count][];
        _pass.Logits(_resid, _rows.All, (i, logits) => byRow[i] = [.. logits]);
        return [.. Prompts.Select((prompt, i) => Enumerable.Range(0, prompt.Length)
            .Select(p => byRow[_rows.Forest.Entries[_rows.Forest.First[_rows.Forest.Ends[i]] + p]]).ToArray())];
    }

    public void Dispose()
    {
        _resid.Dispose();
        _work.Dispose();
        _rows.Dispose();
        _model.Dispose();
    }
}
