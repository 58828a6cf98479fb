using SeqCont.Engine;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Model;

/// <content>What the last residual says.</content>
public sealed partial class ForwardPass
{
    // Rows whose logits are held at a time.
    private const int LogitRows = 64;

    /// <summary>
    /// Elements that <see cref="Logits"/> takes, for predictions: the unembedding in the layout of products, which stays, and a readout.
    /// </summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="rows">Rows that are read, or more.</param>
    public static long LogitElements(ModelConfig config, long rows)
    {
        ArgumentNullException.ThrowIfNull(config);
        return (long)config.DModel * config.DVocab + VocabularyReadout.Elements(config, (int)Math.Min(LogitRows, rows));
    }

    /// <summary>The logits of some rows of the last resid_post, [row of the set][dVocab], block after block.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="take">Called once a row, in order: index within the set, logits [dVocab] (valid during the call).</param>
    public void Logits(DeviceBuffer resid, RowSet outputs, Action<int, double[]> take)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(take);
        using var readout = new VocabularyReadout(model, Math.Clamp(outputs.Count, 1, LogitRows));
        readout.Read(resid, outputs, FinalNormUse.Once, (i, logits) =>
        {
            cache?.Keep(HookKind.Logits, _config.NLayers, outputs.Ids[i], logits);
            take(i, logits);
        });
        KeepFinalNorm(resid, outputs);
    }

    /// <summary>LN_f(resid) W_U: the logits of one block of rows, without b_U, left where they are computed.</summary>
    /// <param name="resid">Last resid_post, [row, dModel].</param>
    /// <param name="part">At most as many rows as the workspace's blocks have.</param>
    /// <param name="logits">Destination, [i, dVocab] compact.</param>
    public void Unembed(DeviceBuffer resid, Rows part, DeviceBuffer logits)
    {
        _ops.Meter?.Enter(Stage.Metric);
        _ops.LayerNorm(resid, part, model.FinalNorm, _dModel, work.Normalized);
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

    /// <summary>
    /// The first of some rows whose residual is not finite, too large for its variance, or the same in all columns but for rounding; null
    /// where all are sound. A LayerNorm's scale shows all three, and is all that comes to the host.
    /// </summary>
    /// <param name="resid">[row, dModel].</param>
    /// <param name="outputs">Rows.</param>
    public int? FirstUnsound(DeviceBuffer resid, RowSet outputs) =>
        ElementwiseSimd.FirstNonFinite<double>(Scales(resid, outputs)) is >= 0 and var bad ? outputs.Ids[bad] : null;

    /// <summary>The standard deviation of each row of a residual as a LayerNorm sees it, sqrt(variance + epsilon), [i].</summary>
    /// <param name="resid">[row, dModel].</param>
    /// <param name="outputs">Rows.</param>
    public double[] Scales(DeviceBuffer resid, RowSet outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        _ops.Meter?.Enter(Stage.Other);
        var values = new double[outputs.Count];
        if (values.Length == 0) return values;
        using var scales = _ops.Allocate(Math.Min(work.BlockRows, values.Length));
        foreach (var part in outputs.Blocks(work.BlockRows))
        {
            _ops.LayerNorm(resid, part, model.FinalNorm, _dModel, work.Normalized, scales);
            _ops.Download(scales, 0, values.AsSpan(part.Start, part.Count));
        }

        return values;
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
