using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Answers, for one current circuit and its neighbours, what is left of the model's answer: the logit
/// difference of every prompt when everything outside the circuit is ablated. Keeps what candidates share
/// (means, stored prefixes, a layer's z), so that a candidate costs what changes.
/// </summary>
public sealed class CircuitScorer : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly DeviceRows _clean;
    private readonly DeviceRows? _corrupted;
    private readonly Workspace _work;
    private readonly ForwardPass _pass;
    private readonly Substitutes _substitutes;
    private readonly HeadTables _headTables;
    private readonly CircuitMlpMeans? _mlpMeans;
    private readonly LogitDiffMetric _metric;
    private readonly PrefixStore _store;
    private readonly DeviceBuffer _scratch;
    private readonly DeviceBuffer _z;
    private readonly DeviceBuffer _residMid;
    private LayerSession? _session;
    private LiveNodes _live;
    private Demand _demand;

    /// <summary>Measures what ablated nodes are replaced by, and stands ready at <paramref name="start"/>.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that ablated nodes take their values from.</param>
    /// <param name="ablation">How nodes are ablated.</param>
    /// <param name="start">The circuit to start from.</param>
    /// <param name="memory">Bytes to stay below, as predicted by <see cref="MemoryPlan"/>; null for all that is useful.</param>
    /// <exception cref="ArgumentException">Prompts do not fit the ablation: pairs are missing or of unequal length.</exception>
    /// <exception cref="InvalidDataException">A prompt is longer than every corrupted prompt.</exception>
    public CircuitScorer(Gpt2Model model, PromptSet clean, PromptSet corrupted, AblationConfig ablation, Circuit start, long? memory = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(clean);
        ArgumentNullException.ThrowIfNull(corrupted);
        ArgumentNullException.ThrowIfNull(ablation);
        ArgumentNullException.ThrowIfNull(start);
        RequirePairs(clean, corrupted, ablation);
        _model = model;
        var (ops, config) = (model.Ops, model.Config);
        var cleanForest = RowForest.Build(clean.Tokens, ablation.Kind == AblationKind.Resample ? corrupted.Tokens : null);
        var corruptedForest = ablation.Kind == AblationKind.Zero ? null : RowForest.Build(corrupted.Tokens);
        Memory = MemoryPlan.For(config, ops.ElementBytes, cleanForest, corruptedForest, ablation, memory);
        _clean = new DeviceRows(ops, cleanForest);
        var largest = Math.Max(cleanForest.Count, corruptedForest?.Count ?? 0);
        var elements = (long)cleanForest.Count * config.DModel;
        _work = new Workspace(ops, config, largest, Memory.BlockRows);
        _scratch = ops.Allocate((long)largest * config.DModel);
        _z = ops.Allocate(elements);
        _residMid = ops.Allocate(elements);
        _pass = new ForwardPass(model, _clean, _work);
        Current = start;
        _live = start.Live;
        _demand = Demand.Of(_clean, _live, _clean.Ends);
        if (corruptedForest is null)
        {
            _substitutes = Substitutes.Zero(model, cleanForest);
            _headTables = new HeadTables(model, _substitutes);
        }
        else
        {
            _corrupted = new DeviceRows(ops, corruptedForest);
            var corruptedPass = new ForwardPass(model, _corrupted, _work);
            _substitutes = Substitutes.Measure(model, cleanForest, _corrupted, corruptedPass, _scratch, ablation.Kind);
            _headTables = new HeadTables(model, _substitutes);
            if (ablation.MeansFollowCircuit)
            {
                _mlpMeans = new CircuitMlpMeans(model, _clean, _corrupted, corruptedPass, _headTables, _substitutes, _scratch, Memory.CorruptedPrefixes, start, _demand);
                _mlpMeans.SeedFromUnablated();
            }
        }

        _metric = new LogitDiffMetric(model, cleanForest, clean);
        _store = new PrefixStore(ops, elements, Memory.CleanPrefixes, resid => _pass.Embed(_clean.All, resid), Advance);
    }

    /// <summary>The circuit whose neighbours are scored.</summary>
    public Circuit Current { get; private set; }

    /// <summary>What the run was predicted to need.</summary>
    public MemoryPlan Memory { get; }

    /// <summary>Rows of the clean prompts.</summary>
    public int CleanRows => _clean.Forest.Count;

    /// <summary>The current circuit's logit difference on each prompt, in file order, by the canonical route.</summary>
    public double[] ScoreCurrent() => _metric.Measure(Final());

    /// <summary>The token with the largest logit after each prompt under the current circuit, in file order.</summary>
    public int[] TopPredictions() => _pass.TopPredictions(Final());

    /// <summary>The logit difference on each prompt when the current circuit loses one node, in file order.</summary>
    /// <param name="node">A node of the current circuit.</param>
    public double[] ScoreWithout(NodeId node)
    {
        var candidate = Current.Without(node).Live;
        var mlpTables = node.IsMlp ? MlpTables(layer => layer >= node.Layer && !candidate.Mlps[layer]) : MlpTablesWithout(node);
        if (_session?.Layer != node.Layer)
            _session = new LayerSession(_pass, node.Layer, () => _store.Get(node.Layer), _live, _demand, _z, _residMid);
        var demand = Demand.Of(_clean, candidate, _clean.Ends);
        var (heads, constants) = (_live.Heads[node.Layer], Constants(node.Layer, candidate, mlpTables));
        var residMid = _scratch;
        if (node.IsMlp) residMid = _session.ResidMid(heads, constants);
        else _session.Without(node.Head, heads, constants, _substitutes.Z(node.Layer), _substitutes.Slots, _scratch);
        _pass.AddMlp(node.Layer, residMid, candidate.Mlps[node.Layer], _session.Outputs, constants, _scratch);
        for (var layer = node.Layer + 1; layer < _model.Config.NLayers; layer++)
            _pass.Layer(layer, _scratch, candidate, demand, Constants(layer, candidate, mlpTables), _scratch);
        return _metric.Measure(_scratch);
    }

    /// <summary>Takes a node out of the current circuit.</summary>
    public void Remove(NodeId node)
    {
        Current = Current.Without(node);
        _live = Current.Live;
        _demand = Demand.Of(_clean, _live, _clean.Ends);
        if (_session?.Layer != node.Layer) _session = null;
        _store.Changed(node.Layer);
        _mlpMeans?.Removed(node, Current, _demand);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.Dispose();
        _metric.Dispose();
        _mlpMeans?.Dispose();
        _headTables.Dispose();
        _substitutes.Dispose();
        foreach (var buffer in (DeviceBuffer[])[_scratch, _z, _residMid]) buffer.Dispose();
        _work.Dispose();
        _corrupted?.Dispose();
        _clean.Dispose();
    }

    private static void RequirePairs(PromptSet clean, PromptSet corrupted, AblationConfig ablation)
    {
        if (ablation.Kind == AblationKind.Resample && clean.Tokens.Count != corrupted.Tokens.Count)
            throw new InvalidDataException($"resample ablation pairs prompts, but there are {clean.Tokens.Count} clean and {corrupted.Tokens.Count} corrupted ones.");
        if (ablation.Kind != AblationKind.Mean) return;
        var longest = corrupted.Tokens.Max(tokens => tokens.Length);
        for (var i = 0; i < clean.Tokens.Count; i++)
        {
            if (clean.Tokens[i].Length > longest)
                throw new InvalidDataException($"{clean.Source}: prompt {i + 1} has {clean.Tokens[i].Length} tokens, but no corrupted prompt has more than {longest}, so there is no mean at its last positions.");
        }
    }

    private DeviceBuffer Final()
    {
        // All means in one corrupted run, rather than one by one as the clean run reaches each ablated MLP.
        _ = MlpTables(layer => !_live.Mlps[layer]);
        return _store.Get(_model.Config.NLayers);
    }

    private void Advance(int layer, DeviceBuffer residPre, DeviceBuffer residPost)
    {
        var mlpTables = MlpTables(wanted => wanted == layer && !_live.Mlps[layer]);
        _pass.Layer(layer, residPre, _live, _demand, Constants(layer, _live, mlpTables), residPost);
    }

    /// <summary>What stands for ablated MLPs under the current circuit's heads, [layer], where wanted.</summary>
    private DeviceBuffer?[] MlpTables(Func<int, bool> wanted) => _mlpMeans is not null ? _mlpMeans.OfCurrent(wanted) : FixedMlpTables();

    private DeviceBuffer?[] MlpTablesWithout(NodeId head) => _mlpMeans is not null ? _mlpMeans.OfCurrentWithout(head) : FixedMlpTables();

    private DeviceBuffer?[] FixedMlpTables() => [.. Enumerable.Range(0, _model.Config.NLayers).Select(_substitutes.MlpOut)];

    private LayerConstants Constants(int layer, LiveNodes live, DeviceBuffer?[] mlpTables) =>
        new(_headTables.Of(layer, _live.Heads[layer]), live.Mlps[layer] ? null : mlpTables[layer], _substitutes.Slots);
}
