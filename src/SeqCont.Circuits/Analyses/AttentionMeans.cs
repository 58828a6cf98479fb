using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Mean attention patterns of the unablated model over prompts. Patterns are added up on the device as the pass
/// makes them, block by block, a row counting for all prompts that pass through it; only means come to the host.
/// A query's mean is over the prompts that reach its position.
/// </summary>
public sealed class AttentionMeans
{
    private const int PromptsAtOnce = 256;

    private readonly Dictionary<int, double[]> _means = [];
    private readonly Dictionary<int, float[]> _perPrompt = [];
    private readonly int _nHeads;

    private AttentionMeans(int nHeads, int length, int prompts) => (_nHeads, Length, Prompts) = (nHeads, length, prompts);

    /// <summary>Positions: the longest prompt's tokens.</summary>
    public int Length { get; }

    /// <summary>Number of prompts.</summary>
    public int Prompts { get; }

    /// <summary>Number of prompts that reach a position, [position].</summary>
    public IReadOnlyList<long> PromptsAt { get; private set; } = [];

    /// <summary>The layers whose patterns are here, ascending.</summary>
    public IEnumerable<int> Layers => _means.Keys.Order();

    /// <summary>One layer's mean patterns, [head, query, key], 0 where the key comes after the query.</summary>
    public ReadOnlySpan<double> Layer(int layer) => _means[layer];

    /// <summary>One head's mean pattern, [query][key]: row q has q + 1 entries.</summary>
    public double[][] Pattern(NodeId head) =>
        [.. Enumerable.Range(0, Length)
            .Select(query => _means[head.Layer].AsSpan((head.Index * Length + query) * Length, query + 1).ToArray())];

    /// <summary>
    /// Every prompt's patterns in a layer, [prompt, head, query, key], 0 after the query and after a prompt's end.
    /// </summary>
    /// <exception cref="InvalidOperationException">They were not asked for.</exception>
    public ReadOnlySpan<float> PerPrompt(int layer) =>
        _perPrompt.TryGetValue(layer, out var values)
            ? values : throw new InvalidOperationException("Patterns of every prompt were not asked for.");

    /// <summary>Runs the prompts.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="prompts">Prompts, of any lengths.</param>
    /// <param name="layers">Layers whose patterns are wanted; layers above the last are not run.</param>
    /// <param name="perPrompt">Whether every prompt's patterns are kept too.</param>
    /// <param name="budget">Bytes that the run may take; null: what the backend has.</param>
    /// <param name="cancellationToken">Ends the run between layers.</param>
    /// <exception cref="ArgumentException">No layer is named, one is not the model's, or the budget is too small.</exception>
    public static AttentionMeans Measure(
        Gpt2Model model, PromptSet prompts, IReadOnlyCollection<int> layers, bool perPrompt = false, long? budget = null,
        CancellationToken cancellationToken = default)
    {
        if (layers.Count == 0) throw new ArgumentException("layers: expected at least one, got none.");
        foreach (var layer in layers)
            if ((uint)layer >= (uint)model.Config.NLayers)
                throw new ArgumentException($"layers: expected numbers below {model.Config.NLayers}, got {layer}.");
        RunMemory.Require(PredictBytes(model.Config, model.Ops, prompts, layers.Count, perPrompt), budget ?? model.Ops.MemoryBytes,
            "these patterns need", including: perPrompt ? " with every prompt's" : "");
        var means = new AttentionMeans(model.Config.NHeads, prompts.Tokens.Max(tokens => tokens.Length), prompts.Count);
        means.Run(model, prompts, [.. layers.Distinct().Order()], perPrompt, cancellationToken);
        return means;
    }

    /// <summary>Bytes that the program will hold, weights included.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="ops">Backend: the size of a number there, and the rows of a block.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="layers">How many layers' patterns are wanted.</param>
    /// <param name="perPrompt">Whether every prompt's patterns are kept too.</param>
    public static long PredictBytes(ModelConfig config, IOps ops, PromptSet prompts, int layers, bool perPrompt)
    {
        long length = prompts.Tokens.Max(tokens => tokens.Length), width = config.NHeads * length;
        var rows = prompts.Tokens.Chunk(PromptsAtOnce).Max(batch => batch.Sum(tokens => (long)tokens.Length));
        var block = Math.Min(rows, ops.BlockRows);
        var held = layers * length * width * 2L * sizeof(double)
            + (perPrompt ? layers * prompts.Count * length * width * sizeof(float) : 0);
        return RunMemory.Bytes(config, ops, rows, ops.BlockRows, rows * config.DModel + (block + length) * width) + held;
    }

    private void Run(Gpt2Model model, PromptSet prompts, int[] layers, bool perPrompt, CancellationToken cancellationToken)
    {
        var (ops, width) = (model.Ops, _nHeads * Length);
        var sums = layers.ToDictionary(layer => layer, _ => ops.AllocateSums(Length, width));
        try
        {
            if (perPrompt)
                foreach (var layer in layers) _perPrompt[layer] = new float[checked(Prompts * width * Length)];
            var counts = new long[Length];
            for (var first = 0; first < prompts.Count; first += PromptsAtOnce)
            {
                var forest = RowForest.Build([.. prompts.Tokens.Skip(first).Take(PromptsAtOnce)]);
                for (var position = 0; position < forest.Length; position++) counts[position] += forest.PromptsAt[position];
                RunBatch(model, forest, sums, first, cancellationToken);
            }

            PromptsAt = counts;
            using var means = ops.Allocate((long)Length * width);
            var row = new double[width];
            foreach (var layer in layers)
            {
                ops.Average(sums[layer], counts, means);
                var pattern = _means[layer] = new double[width * Length];
                for (var query = 0; query < Length; query++)
                {
                    ops.Download(means, (long)query * width, row);
                    Place(row, query, pattern);
                }
            }
        }
        finally
        {
            foreach (var sum in sums.Values) sum.Dispose();
        }
    }

    private void RunBatch(
        Gpt2Model model, RowForest forest, Dictionary<int, SumBuffer> sums, int firstPrompt, CancellationToken cancellationToken)
    {
        var (ops, row) = (model.Ops, new double[_nHeads * Length]);
        using var buffer = ops.Allocate((long)Math.Min(forest.Count, ops.BlockRows) * row.Length);
        var patterns = _perPrompt.Count > 0 ? new float[forest.Count][] : null;
        using var run = new UnablatedRun(model, forest, firstPrompt: firstPrompt, read: rows => rows.All, patterns: rows => new(
            buffer, Length, sums.ContainsKey, (layer, part) =>
            {
                ops.AddToSums(buffer, part, rows.Positions, rows.Weights, sums[layer]);
                for (var i = 0; patterns is not null && i < part.Count; i++)
                {
                    ops.Download(buffer, (long)i * row.Length, row);
                    patterns[part.Start + i] = [.. row.Select(value => (float)value)];
                }
            }));
        foreach (var residual in run.Residuals(sums.Keys.Max() + 1, cancellationToken))
            if (patterns is not null && _perPrompt.TryGetValue(residual - 1, out var target))
                for (var prompt = 0; prompt < forest.Prompts; prompt++)
                    for (var query = 0; query <= forest.Positions[forest.Ends[prompt]]; query++)
                        Place(patterns[forest.RowAt(prompt, query)], query,
                            target.AsSpan((firstPrompt + prompt) * row.Length * Length, row.Length * Length));
    }

    /// <summary>One query's patterns, [head, key], into [head, query, key]; what stands beyond the query was never a pattern's.</summary>
    private void Place<T>(T[] row, int query, Span<T> patterns)
    {
        for (var head = 0; head < _nHeads; head++)
            row.AsSpan(head * Length, query + 1).CopyTo(patterns[((head * Length + query) * Length)..]);
    }
}
