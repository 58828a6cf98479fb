using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The plain pass: the model as it is, block by block. Whoever wants something of it looks at the residual between two
/// blocks, or gives a cache or a probe.
/// </summary>
internal sealed class UnablatedRun : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly Workspace _work;
    private readonly LiveNodes _live;
    private readonly Demand _demand;
    private readonly ILookup<int, int> _promptsAt;
    private readonly int _firstPrompt;

    /// <summary>Makes room for a run.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="forest">Rows of the prompts.</param>
    /// <param name="blockRows">Rows worked on at a time; null for what the backend likes.</param>
    /// <param name="read">Rows whose final residual will be read; null for the prompts' ends.</param>
    /// <param name="cache">Activations that the run leaves on the host; null for none.</param>
    /// <param name="patterns">Makes a probe of attention patterns; null for none.</param>
    /// <param name="firstPrompt">The first prompt's number in its file, from 0, for errors.</param>
    public UnablatedRun(
        Gpt2Model model, RowForest forest, int? blockRows = null, Func<DeviceRows, RowSet>? read = null, ActivationCache? cache = null,
        Func<DeviceRows, PatternProbe>? patterns = null, int firstPrompt = 0)
    {
        (_model, _live, _firstPrompt) = (model, LiveNodes.All(model.Config), firstPrompt);
        Rows = new DeviceRows(model.Ops, forest);
        _work = new Workspace(model.Ops, model.Config, forest.Count, blockRows);
        Resid = model.Ops.Allocate((long)forest.Count * model.Config.DModel);
        Pass = new ForwardPass(model, Rows, _work, cache, patterns?.Invoke(Rows));
        Read = read is null ? Rows.Ends : read(Rows);
        _demand = Demand.Of(Rows, _live, Read);
        _promptsAt = Enumerable.Range(0, forest.Prompts).ToLookup(prompt => forest.Ends[prompt]);
    }

    /// <summary>The rows.</summary>
    public DeviceRows Rows { get; }

    /// <summary>Rows that are read in the end.</summary>
    public RowSet Read { get; }

    /// <summary>The residual where the run stands, [row, dModel].</summary>
    public DeviceBuffer Resid { get; }

    /// <summary>Reads logits and predictions of <see cref="Resid"/>.</summary>
    public ForwardPass Pass { get; }

    /// <summary>The prompts that end at a row that is read: equal prompts share it, but may ask for other answers.</summary>
    /// <param name="read">Number among <see cref="Read"/>.</param>
    public IEnumerable<int> PromptsAt(int read) => _promptsAt[Read.Ids[read]];

    /// <summary>Runs the model and stops at every residual: 0 is resid_pre of block 0, l is resid_post of block l - 1.</summary>
    /// <param name="last">Where to end; null for after the last block.</param>
    /// <param name="cancellationToken">Checked at every stop.</param>
    /// <exception cref="InvalidDataException">A residual is not finite; the message names the part whose output is not.</exception>
    public IEnumerable<int> Residuals(int? last = null, CancellationToken cancellationToken = default)
    {
        Pass.Embed(Rows.All, Resid);
        RequireFinite(Rows.All, "the embeddings");
        for (var residual = 0; ; residual++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return residual;
            if (residual == (last ?? _model.Config.NLayers)) break;
            Pass.Layer(residual, Resid, _live, _demand, new LayerConstants(_model.OutputBias(residual), null, null), Resid);
            RequireFinite(_demand.Outputs(residual), $"the residual after block {residual}");
        }
    }

    /// <summary>Runs the model to its end.</summary>
    /// <param name="last">Where to end; null for after the last block.</param>
    public void Finish(int? last = null)
    {
        foreach (var _ in Residuals(last)) { }
    }

    private void RequireFinite(RowSet rows, string where)
    {
        if (Pass.FirstUnsound(Resid, rows) is not { } row) return;
        var (forest, position) = (Rows.Forest, Rows.Forest.Positions[row]);
        var prompt = Array.FindIndex(
            forest.Ends, end => forest.Positions[end] >= position && forest.Entries[forest.First[end] + position] == row);
        int[] tokens = [.. forest.Entries.AsSpan(forest.First[row], position + 1).ToArray().Select(ancestor => forest.Tokens[ancestor])];
        throw RangeFault.Of(_model, tokens, _firstPrompt + prompt, where);
    }

    public void Dispose()
    {
        Resid.Dispose();
        _work.Dispose();
        Rows.Dispose();
    }
}
