using SeqCont.Engine;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Scoring;

/// <summary>A small random model with prompts that share prefixes, drawn from a seed.</summary>
internal sealed class RandomCase
{
    private const int Vocabulary = 17;
    private readonly Random _random;

    public RandomCase(int seed, bool equalLengths = false, NaiveVariant? variant = null)
    {
        _random = new Random(seed);
        var heads = _random.Next(1, 4);
        Config = (variant ?? NaiveVariant.Gpt2).Config(new ModelConfig
        {
            NLayers = _random.Next(1, 5),
            NHeads = heads,
            DModel = heads * _random.Next(2, 6),
            DMlp = _random.Next(3, 20),
            NCtx = 12,
            DVocab = Vocabulary,
        });
        Weights = RandomWeights.Create(Config, seed, deviation: 0.4);
        var lengths = Enumerable.Range(0, _random.Next(3, 9)).Select(_ => equalLengths ? 6 : _random.Next(1, 8)).ToArray();
        Clean = Prompts(lengths, "clean");
        Corrupted = Prompts(lengths, "corrupted");
    }

    public ModelConfig Config { get; }

    public Gpt2Weights Weights { get; }

    public PromptSet Clean { get; }

    public PromptSet Corrupted { get; }

    public Gpt2Model On(IOps ops) => new(ops, Weights);

    /// <summary>A circuit that keeps each node with the given chance.</summary>
    public Circuit RandomCircuit(double headShare, double mlpShare) =>
        Circuit.Of(Config, ((NodeSpace)Config).Nodes.Where(node => _random.NextDouble() < (node.IsMlp ? mlpShare : headShare)));

    public T Choose<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    public static PromptSet Permuted(PromptSet prompts, int[] order) =>
        PromptSet.Create([.. order.Select(i => Row(prompts.Tokens[i], prompts.Correct[i], prompts.Incorrect[i]))], null,
            TaskFixtures.Sizes(12, Vocabulary),
            null, prompts.Source);

    private static PromptRow Row(int[] tokens, int correct, int incorrect) =>
        new() { Tokens = tokens, Corr = new PromptAnswer(correct), Incorr = new PromptAnswer(incorrect) };

    private PromptSet Prompts(int[] lengths, string source)
    {
        var rows = new List<PromptRow>();
        foreach (var length in lengths)
        {
            // Few distinct tokens, so that prefixes are shared.
            int[] tokens = [.. Enumerable.Range(0, length).Select(p => _random.Next(p < 3 ? 2 : Vocabulary))];
            var correct = _random.Next(Vocabulary);
            rows.Add(Row(tokens, correct, (correct + 1 + _random.Next(Vocabulary - 1)) % Vocabulary));
        }

        return PromptSet.Create(rows, null, TaskFixtures.Sizes(12, Vocabulary), null, source);
    }
}
