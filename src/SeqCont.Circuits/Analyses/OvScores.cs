using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Copy and next scores of every head through its OV circuit: the head is given the residual after block 0 at a
/// member, as if it attended to nothing else, and what it would write is read over the vocabulary. A hit is a
/// sought token among the top k. All heads of a layer, at all members of all prompts and for both signs, come from
/// one product with W_U.
/// </summary>
public static class OvScores
{
    /// <summary>What a run will hold in memory.</summary>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public static AnalysisPlan Plan(Gpt2Model model, OvPrompts prompts, long? memory = null)
    {
        var rows = RowForest.Build(prompts.Tokens).Count;
        return AnalysisPlan.For(model.Config, model.Ops, rows, OvOutputs.Elements(model.Config, rows), memory);
    }

    /// <summary>Scores all heads.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="prompts">Sequences and what counts.</param>
    /// <param name="topK">How many of the largest tokens count as a hit.</param>
    /// <param name="memory">Bytes to stay below; null for a share of the machine's.</param>
    /// <param name="progress">Told of every layer that is done.</param>
    /// <param name="cancellationToken">Checked between layers.</param>
    /// <exception cref="ArgumentException"><paramref name="topK"/> is not within the vocabulary, or the run does not fit into
    /// memory.</exception>
    public static OvScoreResult Run(
        Gpt2Model model, OvPrompts prompts, int topK = 5, long? memory = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var plan = Plan(model, prompts, memory);
        var config = model.Config;
        TokenRanks.RequireCount("topK", topK, config.DVocab);
        using var run = new UnablatedRun(model, RowForest.Build(prompts.Tokens), plan.BlockRows, rows => rows.All);
        // What heads read: resid_post of block 0.
        run.Finish(1);
        using var outputs = new OvOutputs(model, run.Rows.All);
        using var readout = new VocabularyReadout(model, Math.Min(plan.ReadoutRows, config.NHeads * run.Rows.Forest.Count));
        var mirror = readout.MirrorSum();
        var forest = run.Rows.Forest;
        int[][] rowOf = [.. prompts.Tokens.Select((tokens, prompt) =>
            tokens.Select((_, position) => forest.RowAt(prompt, position)).ToArray())];
        var heads = new List<OvHead>();
        for (var layer = 0; layer < config.NLayers; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            outputs.Compute(layer, run.Resid);
            readout.Subject = $"what blocks.{layer}.attn writes";
            var (positive, negative) = Top(outputs, readout, config.NHeads * forest.Count, mirror, topK);
            for (var head = 0; head < config.NHeads; head++)
            {
                var rows = (head * forest.Count)..((head + 1) * forest.Count);
                heads.Add(new OvHead(new NodeId(layer, head), Count(positive[rows], prompts, rowOf), Count(negative[rows], prompts, rowOf),
                    positive[rows], negative[rows]));
            }

            progress?.Report(layer);
        }

        return new OvScoreResult(prompts, topK, heads, rowOf, plan);
    }

    /// <summary>The largest tokens of what a layer's heads write, and of its negative, [head and row][k].</summary>
    private static (int[][] Positive, int[][] Negative) Top(
        OvOutputs outputs, VocabularyReadout readout, int vectors, double[] mirror, int topK)
    {
        var (positive, negative, negated) = (new int[vectors][], new int[vectors][], new double[mirror.Length]);
        readout.Read(outputs.Vectors, vectors, (i, logits) =>
        {
            positive[i] = TokenRanks.Largest(logits, topK);
            for (var token = 0; token < negated.Length; token++) negated[token] = mirror[token] - logits[token];
            negative[i] = TokenRanks.Largest(negated, topK);
        });
        return (positive, negative);
    }

    private static OvHits Count(int[][] top, OvPrompts prompts, int[][] rowOf)
    {
        var hits = new OvHits(new int[prompts.Members.Count], new int[prompts.Members.Count]);
        foreach (var (rows, members) in rowOf.Zip(prompts.MemberAt))
            foreach (var (row, member) in rows.Zip(members))
            {
                if (top[row].Intersect(prompts.CopyTokens[member]).Any()) hits.Copy[member]++;
                if (top[row].Intersect(prompts.NextTokens[member]).Any()) hits.Next[member]++;
            }

        return hits;
    }
}
