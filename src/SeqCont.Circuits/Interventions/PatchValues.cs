using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What senders are replaced by, layer by layer: values of the ablated model on the corrupted prompts (a slot is a
/// row of the corrupted forest), their means over these (a slot is a position), or zero (one slot). Goes up through
/// the layers once; a layer's tables hold until the next one is entered.
/// </summary>
internal sealed class PatchValues : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly LiveNodes _live;
    private readonly AblatedConstants _ablatedConstants;
    private readonly DeviceRows? _rows;
    private readonly ForwardPass? _pass;
    private readonly DeviceBuffer _resid;
    private readonly DeviceBuffer _values;
    private readonly DeviceBuffer _table;
    private readonly SumBuffer? _sums;
    private DeviceBuffer? _marked;

    /// <summary>Stands before the first layer, with the input's values in <see cref="Table"/>.</summary>
    /// <param name="context">The corrupted prompts, unless zeros are asked for.</param>
    /// <param name="kind">Which values.</param>
    /// <param name="circuit">What is computed.</param>
    /// <param name="ablatedConstants">What stands for the rest.</param>
    /// <param name="clean">Rows that are patched.</param>
    public PatchValues(RunContext context, AblationKind kind, Circuit circuit, AblatedConstants ablatedConstants, DeviceRows clean)
    {
        (_model, _live, _ablatedConstants) = (context.Model, circuit.Live, ablatedConstants);
        var (ops, dModel, corrupted) = (_model.Ops, _model.Config.DModel, context.Corrupted);
        _rows = kind == AblationKind.Zero ? null : corrupted;
        Slots = ops.Upload(kind switch
        {
            AblationKind.Mean => clean.Forest.Positions,
            AblationKind.Zero => new int[clean.Forest.Count],
            _ => AblationValues.PartnerRows(clean.Forest, corrupted!.Forest, [.. Enumerable.Range(0, clean.Forest.Prompts)]),
        });
        var count = _rows?.Forest.Count ?? 1;
        (_resid, _values) = (context.Residual(count), context.Residual(count));
        _sums = kind == AblationKind.Mean ? ops.AllocateSums(corrupted!.Forest.Length, dModel) : null;
        _table = _sums is null ? _values : context.Residual(_sums.Slots);
        _pass = context.CorruptedPass;
        Restart();
    }

    /// <summary>The values that were measured last: the input's, a layer's z or its MLP output, [slot, dModel].</summary>
    public DeviceBuffer Table => _table;

    /// <summary>A clean row's slot, [row].</summary>
    public IndexBuffer Slots { get; }

    /// <summary>Goes back before the first layer, with the input's values in <see cref="Table"/>.</summary>
    public void Restart()
    {
        if (_rows is null) return;
        _pass!.Embed(_rows.All, _resid);
        if (_sums is not null) Average(_resid);
        else _model.Ops.AddTable(null, _rows.All.Device, _resid, OwnRows, _model.Config.DModel, _values);
    }

    /// <summary>Remembers the place between two layers, for <see cref="Return"/>.</summary>
    public void Mark()
    {
        if (_rows is not null) _model.Ops.Copy(_resid, _marked ??= _model.Ops.Allocate(_resid.Length));
    }

    /// <summary>Goes back to the marked place.</summary>
    public void Return()
    {
        if (_rows is not null) _model.Ops.Copy(_marked!, _resid);
    }

    /// <summary>Goes to a layer's heads: <see cref="Table"/> is their z.</summary>
    public void EnterHeads(int layer)
    {
        if (_rows is null) return;
        var heads = _live.Heads[layer];
        _pass!.Attend(layer, _resid, heads, heads.Length == 0 ? _rows.None : _rows.All, _rows.All, _values);
        _pass.AddHeads(layer, _resid, _values, heads, _rows.All, _ablatedConstants.OfCorrupted(layer), _resid);
        if (_sums is not null && heads.Length > 0) Average(_values);
    }

    /// <summary>Goes to a layer's MLP: <see cref="Table"/> is its output, if it is computed at all.</summary>
    public void EnterMlp(int layer)
    {
        if (_rows is null) return;
        var dModel = _model.Config.DModel;
        if (!_live.Mlps[layer])
        {
            _pass!.AddMlp(layer, _resid, false, _rows.All, _ablatedConstants.OfCorrupted(layer), _resid);
            return;
        }

        _pass!.AddMlp(layer, _resid, null, _rows.All, _values);
        _model.Ops.AddTable(_resid, _rows.All.Device, _values, OwnRows, dModel, _resid);
        if (_sums is not null) Average(_values);
    }

    public void Dispose()
    {
        if (!ReferenceEquals(_table, _values)) _table.Dispose();
        _values.Dispose();
        _resid.Dispose();
        _marked?.Dispose();
        _sums?.Dispose();
        Slots.Dispose();
    }

    private IndexBuffer OwnRows => _rows!.All.Device.Ids;

    private void Average(DeviceBuffer values)
    {
        _model.Ops.AddToSums(values, _rows!.All.Device, _rows.Positions, _rows.Weights, _sums!);
        _model.Ops.Average(_sums!, _rows.Forest.PromptsAt, _table);
    }
}
