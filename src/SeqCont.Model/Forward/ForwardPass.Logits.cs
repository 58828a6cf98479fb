using SeqCont.Engine;

namespace SeqCont.Model;

/// <content>What the last residual says.</content>
public sealed partial class ForwardPass
{
    // Rows whose logits are held at a time.
    private const int LogitRows = 64;

    /// <summary>
    /// Elements that <see cref="Logits"/> takes, for predictions: the unembedding in the layout of products, which stays, and a block of
    /// logits.
    /// </summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="rows">Rows that are read, or more.</param>
    public static long LogitElements(ModelConfig config, long rows)
    {
        ArgumentNullException.ThrowIfNull(config);
        return (config.DModel + Math.Min(LogitRows, rows)) * config.DVocab;
    }

    /// <summary>The logits of some rows of the last resid_post, [row of the set][dVocab], block after block.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="take">Called once a row, in order: index within the set, logits [dVocab] (valid during the call).</param>
    public void Logits(DeviceBuffer resid, RowSet outputs, Action<int, double[]> take)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(take);
        _ops.Meter?.Enter(Stage.Metric);
        using var logits = _ops.Allocate((long)Math.Min(LogitRows, outputs.Count) * _config.DVocab);
        var values = new double[_config.DVocab];
        foreach (var part in outputs.Blocks(Math.Min(LogitRows, work.BlockRows)))
        {
            Unembed(resid, part, logits);
            model.ReadLogits(logits, part, values, (i, row) =>
            {
                cache?.Keep(HookKind.Logits, _config.NLayers, outputs.Ids[i], row);
                take(i, row);
            });
        }

        KeepFinalNorm(resid, outputs);
    }

    /// <summary>LN_f(resid) W_U: the logits of one block of rows, without b_U, left where they are computed.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    /// <param name="part">At most as many rows as the workspace's blocks have.</param>
    /// <param name="logits">Destination, [i, dVocab] compact.</param>
    public void Unembed(DeviceBuffer resid, Rows part, DeviceBuffer logits)
    {
        _ops.Meter?.Enter(Stage.Metric);
        _ops.LayerNorm(resid, part, model.FinalNorm, _config.DModel, work.Normalized);
        _ops.Project(work.Normalized, part, model.Unembedding, Whole, null, Activation.None, byRow: false, logits);
    }

    /// <summary>The token with the largest logit after each prompt, in the order of prompts.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    public int[] TopPredictions(DeviceBuffer resid)
    {
        var top = new int[rows.Ends.Count];
        Logits(resid, rows.Ends, (i, logits) => top[i] = Array.IndexOf(logits, logits.Max()));
        return [.. rows.Forest.Ends.Select(end => top[Array.BinarySearch(rows.Ends.Ids, end)])];
    }

    /// <summary>LN_f of the last residual, for the cache alone: what <see cref="Logits"/> keeps, without the product.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    /// <param name="outputs">Rows.</param>
    public void KeepFinalNorm(DeviceBuffer resid, RowSet outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (cache is not { } kept) return;
        foreach (var part in outputs.Blocks(work.BlockRows))
            KeepNorm(kept, HookKind.LnFinalScale, HookKind.LnFinalNormalized, _config.NLayers, resid, part, model.FinalNorm);
    }
}
