using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Model;

namespace SeqCont.Bench;

/// <summary>A whole forward pass of the GPT-2 small shape, every row and node computed: random weights, made in memory.</summary>
internal sealed class ForwardWork : IDisposable
{
    private const int PromptLength = 23;
    private readonly Gpt2Weights _weights = RandomWeights.Create(ModelConfig.Small, seed: 1);
    private readonly Gpt2Model _model;
    private readonly DeviceRows _rows;
    private readonly Workspace _work;
    private readonly DeviceBuffer _resid;
    private readonly ForwardPass _pass;
    private readonly LiveNodes _live;
    private readonly Demand _demand;

    public ForwardWork(CpuOps cpu, int prompts)
    {
        var meter = new WorkMeter();
        var ops = new MeteredOps(cpu, meter);
        _model = new Gpt2Model(ops, _weights);
        var random = new Random(3);
        int[][] tokens = [.. Enumerable.Range(0, prompts)
            .Select(_ => Enumerable.Range(0, PromptLength).Select(_ => random.Next(ModelConfig.Small.DVocab)).ToArray())];
        _rows = new DeviceRows(ops, RowForest.Build(tokens));
        _work = new Workspace(ops, ModelConfig.Small, _rows.Forest.Count);
        _resid = ops.Allocate((long)_rows.Forest.Count * ModelConfig.Small.DModel);
        _pass = new ForwardPass(_model, _rows, _work);
        _live = LiveNodes.All(ModelConfig.Small);
        _demand = Demand.Of(_rows, _live, _rows.All);
        Run();
        Work = new Work($"forward pass, GPT-2 small, {_rows.Forest.Count} rows", meter.Flops, Run);
    }

    public Work Work { get; }

    public void Dispose()
    {
        _resid.Dispose();
        _work.Dispose();
        _rows.Dispose();
        _model.Dispose();
        _weights.Dispose();
    }

    private void Run()
    {
        _pass.Embed(_rows.All, _resid);
        for (var layer = 0; layer < ModelConfig.Small.NLayers; layer++)
            _pass.Layer(layer, _resid, _live, _demand, new LayerConstants(_model.OutputBias(layer), null, null), _resid);
    }
}
