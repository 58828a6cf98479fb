namespace SeqCont.Model;

/// <summary>
/// Which rows each layer must produce so that what is read at the end, or on the way, is right. Worked out
/// from the top down: a layer's outputs are the rows that something above reads; a layer with a live head
/// needs keys and values at those rows' ancestors, and with them its input there.
/// </summary>
public sealed class Demand
{
    private readonly (RowSet Outputs, RowSet Keys, RowSet Inputs)[] _layers;

    private Demand(int layers) => _layers = new (RowSet, RowSet, RowSet)[layers];

    /// <summary>Rows whose z, resid_mid and resid_post the layer produces.</summary>
    public RowSet Outputs(int layer) => _layers[layer].Outputs;

    /// <summary>Rows whose keys and values the layer produces; none where it has no live head or no output.</summary>
    public RowSet Keys(int layer) => _layers[layer].Keys;

    /// <summary>Rows of resid_pre that the layer reads.</summary>
    public RowSet Inputs(int layer) => _layers[layer].Inputs;

    /// <summary>Works out the demand.</summary>
    /// <param name="rows">The forest.</param>
    /// <param name="live">What is computed.</param>
    /// <param name="final">Rows of the last layer's resid_post that are read.</param>
    /// <param name="readWithin">When given: rows at which a layer's own MLP output is read besides, [layer].</param>
    public static Demand Of(DeviceRows rows, LiveNodes live, RowSet final, IReadOnlyList<RowSet>? readWithin = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(live);
        var demand = new Demand(live.Mlps.Length);
        var needed = final;
        for (var layer = live.Mlps.Length - 1; layer >= 0; layer--)
        {
            var outputs = readWithin is null ? needed : rows.Union(needed, readWithin[layer]);
            var keys = live.Heads[layer].Length == 0 ? rows.None : rows.WithAncestors(outputs);
            demand._layers[layer] = (outputs, keys, needed = rows.Union(outputs, keys));
        }

        return demand;
    }
}
