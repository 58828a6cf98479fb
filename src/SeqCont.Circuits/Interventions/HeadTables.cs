using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Per layer b_O plus what the ablated heads write, folded into one table [slot, dModel]: an ablated head costs
/// no product over rows. A layer's table is made again only when its heads change.
/// </summary>
internal sealed class HeadTables(Gpt2Model model, AblationValues ablationValues) : IDisposable
{
    private readonly DeviceBuffer?[] _tables = new DeviceBuffer?[model.Config.NLayers];
    private readonly int[]?[] _keptIn = new int[]?[model.Config.NLayers];

    /// <summary>The table of a layer whose given heads are computed.</summary>
    public DeviceBuffer Of(int layer, int[] kept)
    {
        var table = _tables[layer] ??= model.Ops.Allocate((long)ablationValues.AllSlots.Length * model.Config.DModel);
        if (_keptIn[layer] is { } known && known.AsSpan().SequenceEqual(kept)) return table;
        int[] ablated = [.. Enumerable.Range(0, model.Config.NHeads).Except(kept)];
        model.Ops.ProjectAdd(ablationValues.Z(layer), Rows.All(ablationValues.AllSlots), model.OutputWeights(layer), ablated, null,
            model.OutputBias(layer), null, table);
        _keptIn[layer] = kept;
        return table;
    }

    public void Dispose()
    {
        foreach (var table in _tables) table?.Dispose();
    }
}
