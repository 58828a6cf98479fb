namespace SeqCont.Model;

/// <summary>
/// Which rows each layer must produce so that what is read at the end, or on the way, is right. Worked out
/// from the top down: a layer's outputs are the rows that something above reads; a layer with a live head
/// needs keys and values at those rows' ancestors, and with them its input there.
/// </summary>
public sealed class Demand
{
    private readonly RowSet[] _outputs;
    private readonly RowSet[] _keys;
    private readonly RowSet[] _inputs;

    private Demand(RowSet[] outputs, RowSet[] keys, RowSet[] inputs)
    {
        _outputs = outputs;
        _keys = keys;
        _inputs = inputs;
    }

    /// <summary>Rows whose z, resid_mid and resid_post the layer produces.</summary>
    public RowSet Outputs(int layer) => _outputs[layer];

    /// <summary>Rows whose keys and values the layer produces; none where it has no live head or no output.</summary>
    public RowSet Keys(int layer) => _keys[layer];

    /// <summary>Rows of resid_pre that the layer reads.</summary>
    public RowSet Inputs(int layer) => _inputs[layer];

    /// <summary>Works out the demand.</summary>
    /// <param name="rows">The forest.</param>
    /// <param name="live">What is computed.</param>
    /// <param name="final">Rows of the last layer's resid_post that are read.</param>
    /// <param name="readWithin">When given: rows at which a layer's own MLP output is read besides, [layer].</param>
    public static Demand Of(DeviceRows rows, LiveNodes live, RowSet final, IReadOnlyList<RowSet>? readWithin = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(live);
        var layers = live.Mlps.Length;
        var outputs = new RowSet[layers];
        var keys = new RowSet[layers];
        var inputs = new RowSet[layers];
        var needed = final;
        for (var layer = layers - 1; layer >= 0; layer--)
        {
            outputs[layer] = readWithin is null ? needed : rows.Union(needed, readWithin[layer]);
            keys[layer] = live.Heads[layer].Length == 0 ? rows.None : rows.WithAncestors(outputs[layer]);
            needed = inputs[layer] = rows.Union(outputs[layer], keys[layer]);
        }

        return new Demand(outputs, keys, inputs);
    }
}
