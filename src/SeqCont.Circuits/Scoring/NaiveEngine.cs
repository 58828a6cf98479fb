using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The yardstick: scores a circuit as the published scripts do, by three whole forward passes over a padded grid
/// [prompt, position]. (1) Corrupted prompts, nothing ablated: means of the heads. (2) Corrupted prompts, heads
/// outside the circuit ablated: means of the MLPs. (3) Clean prompts, everything outside the circuit ablated, with
/// the logits of every position. Nothing is shared, resumed or left out: every head's Q, K, V and W_O and every
/// MLP are multiplied, and what is ablated is overwritten afterwards. It runs on the engine's own operations, so
/// that a ratio of speeds measures the method, and as a test oracle it shares none of the engine's planning.
/// </summary>
internal sealed class NaiveEngine : ICircuitScorer<NodeId>
{
    // Rows whose logits are held at a time: enough that reading W_U once for each block costs little.
    private const int UnembeddedRows = 256;

    private readonly Gpt2Model _model;
    private readonly PromptSet _prompts;
    private readonly Workspace _work;
    private readonly Grid _clean;
    private readonly Grid _corrupted;
    private readonly int[] _heads;
    private readonly DeviceBuffer _resid;
    private readonly DeviceBuffer _discarded;
    private readonly DeviceBuffer _z;
    private readonly DeviceBuffer _zeros;
    private readonly DeviceBuffer _logits;
    private readonly DeviceBuffer[] _zMeans;
    private readonly DeviceBuffer[] _mlpMeans;
    private readonly SumBuffer _sums;

    /// <summary>Allocates; nothing is computed yet.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that means are taken over.</param>
    /// <exception cref="InvalidDataException">A prompt is longer than every corrupted prompt.</exception>
    public NaiveEngine(Gpt2Model model, PromptSet clean, PromptSet corrupted)
    {
        var (cleanGrid, corruptedGrid) = (RowForest.Grid(clean.Tokens), RowForest.Grid(corrupted.Tokens));
        if (cleanGrid.Length > corruptedGrid.Length)
            throw new InvalidDataException(
                $"{clean.Source}: a prompt has {cleanGrid.Length} tokens, but no corrupted prompt has more than {corruptedGrid.Length}, "
                    + $"so there is no mean at its last positions.");
        (_model, _prompts, Current) = (model, clean, Circuit.Full(model.Config));
        var (ops, config) = (model.Ops, model.Config);
        var rows = Math.Max(cleanGrid.Count, corruptedGrid.Count);
        // Blocks of equal size: a small last one would run below the speed of the others.
        var blocks = (rows + ops.BlockRows - 1) / ops.BlockRows;
        var blockRows = (rows + blocks - 1) / blocks;
        _work = new Workspace(ops, config, rows, blockRows);
        _clean = new Grid(model, cleanGrid, _work, blockRows);
        _corrupted = new Grid(model, corruptedGrid, _work, blockRows);
        _heads = [.. Enumerable.Range(0, config.NHeads)];
        DeviceBuffer Allocate(long count) => ops.Allocate(count * config.DModel);
        (_resid, _discarded, _z, _zeros) = (Allocate(rows), Allocate(rows), Allocate(blockRows), Allocate(blockRows));
        ops.Upload(new double[(long)blockRows * config.DModel], _zeros, 0);
        _logits = ops.Allocate((long)Math.Min(UnembeddedRows, blockRows) * config.DVocab);
        _zMeans = [.. Enumerable.Range(0, config.NLayers).Select(_ => Allocate(corruptedGrid.Length))];
        _mlpMeans = [.. Enumerable.Range(0, config.NLayers).Select(_ => Allocate(corruptedGrid.Length))];
        _sums = ops.AllocateSums(corruptedGrid.Length, config.DModel);
    }

    /// <summary>Prompts times positions of the clean grid.</summary>
    public int Rows => _clean.Rows.Forest.Count;

    /// <summary>The circuit that stands; the whole model at first.</summary>
    public Circuit Current { get; set; }

    /// <inheritdoc/>
    public double[] ScoreCurrent() => Score(Current);

    /// <inheritdoc/>
    public double[] ScoreWithout(NodeId part) => Score(Current.Without(part));

    /// <inheritdoc/>
    public void Commit(NodeId part) => Current = Current.Without(part);

    /// <summary>The circuit's logit difference on each prompt, in file order: three passes.</summary>
    /// <param name="circuit">What is kept; everything else is ablated by its mean.</param>
    public double[] Score(Circuit circuit)
    {
        var kept = circuit.Live;
        Run(_corrupted, LiveNodes.All(_model.Config), _zMeans, null);
        Run(_corrupted, kept.WithAllMlps(), null, _mlpMeans);
        Run(_clean, kept, null, null);
        return LogitDiffs();
    }

    /// <summary>The unablated model's logit difference on each prompt, in file order: one pass.</summary>
    public double[] ScoreFullModel()
    {
        Run(_clean, LiveNodes.All(_model.Config), null, null);
        return LogitDiffs();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in (DeviceBuffer[])[_resid, _discarded, _z, _zeros, _logits, .. _zMeans, .. _mlpMeans]) buffer.Dispose();
        _sums.Dispose();
        _work.Dispose();
        _clean.Rows.Dispose();
        _corrupted.Rows.Dispose();
    }

    /// <summary>A whole forward pass; collects the means of heads or MLPs where asked to.</summary>
    private void Run(Grid grid, LiveNodes kept, DeviceBuffer[]? zMeans, DeviceBuffer[]? mlpMeans)
    {
        grid.Pass.Embed(grid.Rows.All, _resid);
        for (var layer = 0; layer < _model.Config.NLayers; layer++)
        {
            var constants = new LayerConstants(_model.OutputBias(layer), null, null);
            AddHeads(grid, layer, kept.Heads[layer], constants, zMeans?[layer]);
            AddMlp(grid, layer, kept.Mlps[layer], constants, mlpMeans?[layer]);
        }
    }

    private void AddHeads(Grid grid, int layer, int[] kept, LayerConstants constants, DeviceBuffer? means)
    {
        var (rows, config) = (grid.Rows, _model.Config);
        grid.Pass.Attend(layer, _resid, _heads, rows.All, rows.None, _z); // keys and values of all rows
        foreach (var block in grid.Blocks)
        {
            grid.Pass.Attend(layer, _resid, _heads, rows.None, block, _z);
            if (means is not null) _model.Ops.AddToSums(_z, block.Device, rows.Positions, rows.Weights, _sums);
            // mean - 0, written over the head's z.
            foreach (var head in _heads.Except(kept))
                _model.Ops.HeadDelta(_zeros, block.Device, _zMeans[layer], rows.Positions, head, config.NHeads, config.DHead, _z);
            grid.Pass.AddHeads(layer, _resid, _z, _heads, block, constants, _resid);
        }

        if (means is not null) _model.Ops.Average(_sums, rows.Forest.PromptsAt, means);
    }

    private void AddMlp(Grid grid, int layer, bool kept, LayerConstants constants, DeviceBuffer? means)
    {
        var rows = grid.Rows;
        grid.Pass.AddMlp(layer, _resid, true, rows.All, constants, kept
            ? _resid : _discarded, means is null ? null : new RowSums(_sums, rows.Positions, rows.Weights));
        if (means is not null) _model.Ops.Average(_sums, rows.Forest.PromptsAt, means);
        if (!kept) _model.Ops.AddTable(_resid, rows.All.Device, _mlpMeans[layer], rows.Positions, _model.Config.DModel, _resid);
    }

    /// <summary>Logits of all positions; only the two that a prompt's answer needs are read.</summary>
    private double[] LogitDiffs()
    {
        var (result, forest, value) = (new double[_prompts.Count], _clean.Rows.Forest, new double[1]);
        foreach (var part in _clean.Rows.All.Blocks((int)(_logits.Length / _model.Config.DVocab)))
        {
            _clean.Pass.Unembed(_resid, part, _logits);
            for (var prompt = part.Start / forest.Length; prompt < _prompts.Count
                && prompt * forest.Length < part.Start + part.Count; prompt++)
            {
                var row = forest.Ends[prompt] - part.Start;
                if (row < 0 || row >= part.Count) continue;
                double Mean(IEnumerable<int> tokens) => tokens.Average(token => Logit(row, token, value));
                result[prompt] = Mean(_prompts.Answers[prompt].Correct) - Mean(_prompts.Answers[prompt].Incorrect);
            }
        }

        return result;
    }

    private double Logit(int row, int token, double[] value)
    {
        _model.Ops.Download(_logits, (long)row * _model.Config.DVocab + token, value);
        return value[0] + _model.UnembeddingBias(token);
    }

    /// <summary>A padded grid and a pass over it, in blocks of rows.</summary>
    private sealed class Grid
    {
        public Grid(Gpt2Model model, RowForest forest, Workspace work, int blockRows)
        {
            Rows = new DeviceRows(model.Ops, forest);
            Pass = new ForwardPass(model, Rows, work);
            Blocks = [.. Enumerable.Range(0, forest.Count).Chunk(blockRows).Select(Rows.Set)];
        }

        public DeviceRows Rows { get; }

        public ForwardPass Pass { get; }

        public RowSet[] Blocks { get; }
    }
}
