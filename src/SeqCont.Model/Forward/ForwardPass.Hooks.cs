using SeqCont.Engine;

namespace SeqCont.Model;

/// <content>What the pass leaves in its cache beside what it needs itself.</content>
public sealed partial class ForwardPass
{
    private void KeepAttention(ActivationCache kept, int layer, DeviceBuffer residPre, int[] heads, Rows part, View z)
    {
        var (block, length) = (model.Blocks[layer], rows.Forest.Length);
        KeepNorm(kept, HookKind.Ln1Scale, HookKind.Ln1Normalized, layer, residPre, part, block.Ln1);
        kept.Keep(HookKind.Q, layer, part, work.Q, _dZ);
        kept.Keep(HookKind.Z, layer, part, z, _dZ);
        if (kept.Wants(HookKind.AttnScores, layer) || kept.Wants(HookKind.Pattern, layer))
        {
            var width = _config.NHeads * length;
            using var scores = _ops.Allocate((long)part.Count * width);
            using var pattern = _ops.Allocate((long)part.Count * width);
            _ops.Attention(work.Q, work.Kv, part, rows.Chains, heads, _config.AttentionOf(layer), z, scores, pattern, length);
            kept.Keep(HookKind.AttnScores, layer, part, scores, width);
            kept.Keep(HookKind.Pattern, layer, part, pattern, width);
        }

        if (!kept.Wants(HookKind.AttnOut, layer) && !kept.Wants(HookKind.Result, layer)) return;
        using var result = _ops.Allocate((long)rows.Forest.Count * _dModel);
        if (kept.Wants(HookKind.AttnOut, layer))
        {
            _ops.ProjectAdd(z, part, block.WO, heads, null, block.BO, null, result);
            kept.KeepByRow(HookKind.AttnOut, layer, part, result, _dModel);
        }

        if (kept.Wants(HookKind.Result, layer)) KeepResults(kept, layer, heads, part, z, result);
    }

    private void KeepResults(ActivationCache kept, int layer, int[] heads, Rows part, View z, DeviceBuffer result)
    {
        using var all = _ops.Allocate((long)part.Count * _config.NHeads * _dModel);
        var one = new double[_dModel];
        foreach (var head in heads)
        {
            _ops.ProjectAdd(z, part, model.Blocks[layer].WO, [head], null, null, null, result);
            for (var i = 0; i < part.Count; i++)
            {
                _ops.Download(result, (long)part.Numbers[i] * _dModel, one);
                _ops.Upload(one, all, ((long)i * _config.NHeads + head) * _dModel);
            }
        }

        kept.Keep(HookKind.Result, layer, part, all, _config.NHeads * _dModel);
    }

    private void KeepMlpInput(ActivationCache kept, int layer, DeviceBuffer residMid, Rows part)
    {
        var block = model.Blocks[layer];
        KeepNorm(kept, HookKind.Ln2Scale, HookKind.Ln2Normalized, layer, residMid, part, block.Ln2);
        if (!kept.Wants(HookKind.MlpPre, layer)) return;
        _ops.Project(work.Normalized, part, block.WIn, Whole, block.BIn, Activation.None, byRow: false, work.Hidden);
        kept.Keep(HookKind.MlpPre, layer, part, work.Hidden, _config.DMlp);
    }

    private void KeepNorm(
        ActivationCache kept, HookKind scale, HookKind normalized, int layer, DeviceBuffer resid, Rows part, Norm norm)
    {
        using var scales = _ops.Allocate(part.Count);
        _ops.LayerNorm(resid, part, norm, _dModel, work.Normalized, scales);
        kept.Keep(scale, layer, part, scales, 1);
        kept.Keep(normalized, layer, part, work.Normalized, _dModel);
    }
}
