using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// One circuit on one set of prompts, with what lies outside it ablated: what scoring its edges one by one, or a set
/// of them, starts from.
/// </summary>
internal sealed class EdgeContext : IDisposable
{
    private readonly EdgePruningConfig _search;
    private readonly RunContext _run;
    private readonly IPromptMetric _metric;
    private readonly Dictionary<RowSet, IndexBuffer> _places = [];

    /// <summary>Measures what stands for the rest.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that patches and ablated nodes take their values from.</param>
    /// <param name="search">Settings.</param>
    /// <exception cref="ArgumentException">The budget is below what the run needs.</exception>
    /// <exception cref="InvalidDataException">Prompts do not fit patch or ablation.</exception>
    public EdgeContext(Gpt2Model model, PromptSet clean, PromptSet corrupted, EdgePruningConfig search)
    {
        (_search, Live, Edges) = (search, search.Circuit.Live, search.Edges);
        var plan = EdgeMemory.For(model.Config, model.Ops, clean, corrupted, search);
        PredictedBytes = plan.PredictedBytes;
        Rows = new DeviceRows(model.Ops, plan.Clean);
        _run = new RunContext(model, plan.Clean.Count, plan.Corrupted, search.Metric);
        Pass = new ForwardPass(model, Rows, _run.Work);
        Demand = Demand.Of(Rows, Live, Rows.Ends);
        AblatedConstants = new AblatedConstants(_run, search.Circuit, search.Ablation, Rows, Demand);
        _metric = search.Metric.For(model, Pass, Rows, clean);
    }

    public Gpt2Model Model => _run.Model;

    /// <summary>Rows of the prompts; pairs of prefixes where a patch takes the partner's values.</summary>
    public DeviceRows Rows { get; }

    public ForwardPass Pass { get; }

    public LiveNodes Live { get; }

    /// <summary>The edges of the search, in order.</summary>
    public IReadOnlyList<Edge> Edges { get; }

    /// <summary>Which rows the circuit computes.</summary>
    public Demand Demand { get; }

    public AblatedConstants AblatedConstants { get; }

    /// <summary>A residual that is free between calls, [row, dModel].</summary>
    public DeviceBuffer Scratch => _run.Scratch;

    public long PredictedBytes { get; }

    /// <summary>A residual, of zeros.</summary>
    public DeviceBuffer NewResidual() => _run.Residual(Rows.Forest.Count);

    /// <summary>What senders are replaced by, from the first layer on.</summary>
    public PatchValues NewPatch() => new(_run, _search.Patch, _search.Circuit, AblatedConstants, Rows);

    /// <summary>What receivers read when one sender is patched.</summary>
    public IReceiverInputs NewInputs(PatchValues patch) => _search.Paths == EdgePaths.Strict
        ? new DirectInputs(this, patch, _search.InputSends)
        : new RecordedInputs(this, patch, _search);

    /// <summary>Whether a patch takes a sender's value away and puts nothing in its place.</summary>
    public bool PatchesZero => _search.Patch == AblationKind.Zero;

    /// <summary>Refuses a sender without which nothing but rounding is left of the stream.</summary>
    /// <param name="sender">The sender.</param>
    /// <param name="stream">The stream with it, [row, dModel].</param>
    /// <param name="left">The stream without it.</param>
    /// <param name="rows">Rows of both.</param>
    /// <exception cref="InvalidDataException">It writes more than a million times what all others do.</exception>
    public void RequireLeft(NodeId sender, DeviceBuffer stream, DeviceBuffer left, RowSet rows)
    {
        if (!PatchesZero) return;
        if (RangeFault.Lost(Model, $"{sender}", Pass.Scales(stream, rows), Pass.Scales(left, rows)) is { } fault) throw fault;
    }

    /// <summary>The circuit with no edge patched, at its end; the residual holds until the scratch is used.</summary>
    public DeviceBuffer Unpatched()
    {
        Pass.Embed(Rows.All, Scratch);
        Above(-1, Scratch);
        return Scratch;
    }

    /// <summary>The metric when a layer's resid_mid is as given; it is overwritten.</summary>
    public double[] FromMid(int layer, DeviceBuffer residMid)
    {
        Pass.AddMlp(layer, residMid, Live.Mlps[layer], Demand.Outputs(layer), AblatedConstants.OfClean(layer), residMid);
        return FromPost(layer, residMid);
    }

    /// <summary>The metric when a layer's resid_post is as given; it is overwritten.</summary>
    public double[] FromPost(int layer, DeviceBuffer residPost)
    {
        Above(layer, residPost);
        return Measure(residPost);
    }

    /// <summary>About what patching one edge costs, in multiply-adds: the receiver's MLP and all that lies above.</summary>
    public double Cost(NodeId receiver)
    {
        if (receiver.Kind == NodeKind.Logits) return (double)Rows.Ends.Count * Model.Config.DModel;
        var (config, cost) = (Model.Config, 0.0);
        for (var layer = receiver.Layer; layer < config.NLayers; layer++)
        {
            if (Live.Mlps[layer]) cost += 2.0 * Demand.Outputs(layer).Count * config.DModel * config.DMlp;
            var heads = layer == receiver.Layer ? 1 : Live.Heads[layer].Length;
            cost += 2.0 * (Demand.Keys(layer).Count + Demand.Outputs(layer).Count) * heads * config.DHead * config.DModel;
        }

        return cost;
    }

    /// <summary>The metric of a final residual.</summary>
    public double[] Measure(DeviceBuffer resid) => _metric.Measure(resid);

    /// <summary>Top predictions of a final residual.</summary>
    public int[] TopPredictions(DeviceBuffer resid)
    {
        var top = Pass.TopPredictions(resid);
        Model.ReleaseUnembedding();
        return top;
    }

    /// <summary>A row's place among the rows of a set, [row]: where compact arrays over the set have it.</summary>
    public IndexBuffer Places(RowSet set)
    {
        if (_places.TryGetValue(set, out var known)) return known;
        var places = new int[Rows.Forest.Count];
        for (var i = 0; i < set.Count; i++) places[set.Ids[i]] = i;
        return _places[set] = Model.Ops.Upload(places);
    }

    public void Dispose()
    {
        foreach (var places in _places.Values) places.Dispose();
        _metric.Dispose();
        AblatedConstants.Dispose();
        _run.Dispose();
        Rows.Dispose();
    }

    private void Above(int layer, DeviceBuffer resid)
    {
        for (var above = layer + 1; above < Model.Config.NLayers; above++)
            Pass.Layer(above, resid, Live, Demand, AblatedConstants.OfClean(above), resid);
    }
}
