using SeqCont.Kernels.Elementwise;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Which activations of a plain run are wanted.</summary>
public sealed record ActivationConfig
{
    /// <summary>The hooks.</summary>
    public required IReadOnlyList<HookPoint> Hooks { get; init; }

    /// <summary>One position of each prompt: from 0 on, or from its end (-1 is the last). Null: all of them.</summary>
    public int? Position { get; init; }

    /// <summary>Bytes that the run may take; null: what the backend has.</summary>
    public long? Memory { get; init; }

    /// <summary>Bytes that the caller holds meanwhile: weights that were processed. They count towards the memory.</summary>
    public long HeldBytes { get; init; }
}

/// <summary>Takes one prompt's share of an activation.</summary>
/// <param name="hook">Which activation.</param>
/// <param name="prompt">Prompt, from 0.</param>
/// <param name="values">
/// [position, ...], of attention [head, position, key], in C order, 0 after the prompt's end; valid during the call. Scores
/// of keys after the query are minus infinity, as in TransformerLens.
/// </param>
public delegate void ActivationTaker(HookPoint hook, int prompt, ReadOnlySpan<double> values);

/// <summary>
/// Activations of the unablated model, batch by batch and layer by layer, so that never more than one layer's of one
/// batch are held. A row's values depend on its prefix alone: batches change no bit.
/// </summary>
public static class ActivationRun
{
    /// <summary>How many positions are kept of each prompt.</summary>
    /// <exception cref="ArgumentException">A prompt has no such position; the message names it.</exception>
    public static int PositionsOf(PromptSet prompts, ActivationConfig config)
    {
        if (config.Position is not { } position) return prompts.Tokens.Max(tokens => tokens.Length);
        foreach (var (i, tokens) in prompts.Tokens.Index())
            if (position >= tokens.Length || position < -tokens.Length)
                throw new ArgumentException(
                    $"{prompts.Source}: row {i + 1}: expected a position {position}, but the prompt has {tokens.Length} tokens.");
        return 1;
    }

    /// <summary>Runs the prompts.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="prompts">Prompts, of any lengths.</param>
    /// <param name="config">What is wanted.</param>
    /// <param name="take">Called once for each hook and prompt.</param>
    /// <param name="progress">Told how many prompts are done.</param>
    /// <param name="cancellationToken">Checked between layers.</param>
    /// <exception cref="ArgumentException">No hook is named, a prompt has no such position, or the run does not fit into
    /// memory.</exception>
    public static void Run(
        Gpt2Model model, PromptSet prompts, ActivationConfig config, ActivationTaker take, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var plan = ActivationPlan.For(model.Config, model.Ops, prompts, config);
        if (config.Hooks.Count == 0) throw new ArgumentException("Hooks: expected at least one, got none.");
        var keys = prompts.Tokens.Max(tokens => tokens.Length);
        for (var first = 0; first < prompts.Count; first += plan.PromptsAtOnce)
        {
            var batch = new Batch(model, [.. prompts.Tokens.Skip(first).Take(plan.PromptsAtOnce)], first, keys, config, take);
            batch.Run(plan.BlockRows, cancellationToken);
            progress?.Report(Math.Min(prompts.Count, first + plan.PromptsAtOnce));
        }
    }

    /// <summary>Some prompts of a run.</summary>
    private sealed class Batch(Gpt2Model model, int[][] prompts, int first, int keys, ActivationConfig config, ActivationTaker take)
    {
        private readonly RowForest _forest = RowForest.Build(prompts);

        public void Run(int blockRows, CancellationToken cancellationToken)
        {
            var (hooks, nLayers) = (config.Hooks.ToHashSet(), model.Config.NLayers);
            var cache = new ActivationCache(model.Ops, _forest, hooks.Contains, config.Position is null ? null : KeptRows().ToHashSet());
            using var run = new UnablatedRun(model, _forest, blockRows, rows => config.Position is null
                ? rows.All : rows.Set(KeptRows()), cache, firstPrompt: first);
            var last = hooks.Max(hook => hook.Kind is HookKind.Embed or HookKind.PosEmbed ? -1 : hook.Layer);
            foreach (var _ in run.Residuals(Math.Min(last + 1, nLayers), cancellationToken)) Give(cache);
            if (hooks.Any(hook => hook.Kind == HookKind.Logits)) run.Pass.Logits(run.Resid, run.Read, (_, _) => { });
            else if (last == nLayers) run.Pass.KeepFinalNorm(run.Resid, run.Read);
            Give(cache);
        }

        /// <summary>The rows at the one position that is kept.</summary>
        private IEnumerable<int> KeptRows() => prompts.Select((tokens, i) => _forest.RowAt(i, Position(tokens, 0)));

        /// <summary>Which position the n-th kept one is.</summary>
        private int Position(int[] tokens, int n) =>
            config.Position is { } asked ? asked < 0 ? tokens.Length + asked : asked : n;

        private void Give(ActivationCache cache)
        {
            foreach (var hook in config.Hooks.Where(cache.Hooks.Contains))
            {
                var positions = config.Position is null ? keys : 1;
                var width = checked((int)ActivationPlan.Width(model.Config, hook, keys));
                var values = new double[checked(positions * width)];
                for (var prompt = 0; prompt < prompts.Length; prompt++)
                {
                    Array.Clear(values);
                    for (var p = 0; p < Math.Min(positions, prompts[prompt].Length); p++)
                    {
                        var position = Position(prompts[prompt], p);
                        var kept = cache.At(hook, prompt, position);
                        if (hook.IsAttention) CopyAttention(hook, prompt, kept, position, p, positions, values);
                        else Finite(hook, prompt, kept).CopyTo(values.AsSpan(p * width));
                    }

                    take(hook, first + prompt, values);
                }
            }

            cache.Clear();
        }

        /// <summary>One query's heads, [head, key of the batch], into [head, query, key].</summary>
        private void CopyAttention(
            HookPoint hook, int prompt, ReadOnlySpan<double> kept, int position, int query, int queries, double[] values)
        {
            for (var head = 0; head < model.Config.NHeads; head++)
            {
                var row = values.AsSpan((head * queries + query) * keys, keys);
                Finite(hook, prompt, kept.Slice(head * _forest.Length, position + 1)).CopyTo(row);
                if (hook.Kind == HookKind.AttnScores) row[(position + 1)..].Fill(double.NegativeInfinity);
            }
        }

        private ReadOnlySpan<double> Finite(HookPoint hook, int prompt, ReadOnlySpan<double> kept) =>
            ElementwiseSimd.FirstNonFinite(kept) < 0 ? kept : throw RangeFault.Of(model, prompts[prompt], first + prompt, hook.ToString());
    }
}
