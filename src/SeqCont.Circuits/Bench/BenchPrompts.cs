using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Made-up prompts with the shape of the study's ("Van done in 1. Hat done in 2. ... Sun done in"): token ids, 23
/// tokens, three templates, names drawn from a pool of such a size that prompts share as many first tokens.
/// What the tokens mean is of no matter to the work.
/// </summary>
internal static class BenchPrompts
{
    private const int Templates = 3;
    private const int Members = 4;
    private const int Names = 56;
    private const int Numbers = 12;
    private const int Starts = 8;
    private const int FirstNumber = 20;
    private const int FirstWord = 40;
    private const int FirstName = 50;

    /// <summary>Clean prompts (numbers that go up by one) and corrupted ones (numbers drawn at random).</summary>
    /// <param name="config">Sizes; tokens wrap around a small vocabulary, prompts end early in a short context.</param>
    /// <param name="count">Prompts of each kind.</param>
    public static (PromptSet Clean, PromptSet Corrupted) Create(ModelConfig config, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var random = new SplitMix64(1);
        int Below(int bound) => random.Next(bound);
        PromptSet Set(string kind, Func<int, int, int> number)
        {
            var rows = Enumerable.Range(0, count)
                .Select(i => Row(config, (int)((long)i * Templates / count), Below, member => number(i, member))).ToArray();
            return PromptSet.Create(rows, null, config, null, $"made-up {kind} prompts");
        }

        return (Set("clean", (prompt, member) => prompt % Starts + member), Set("corrupted", (_, _) => Below(Numbers)));
    }

    private static PromptRow Row(ModelConfig config, int template, Func<int, int> below, Func<int, int> number)
    {
        // Two templates name things, one names people.
        var pool = FirstName + (template == Templates - 1 ? Names : 0);
        var (word, preposition, stop) = (FirstWord + template, FirstWord + Templates, FirstWord + Templates + 1);
        var tokens = new List<int>();
        for (var member = 0; member < Members; member++)
            tokens.AddRange([pool + below(Names), word, preposition, FirstNumber + number(member), stop]);
        tokens.AddRange([pool + below(Names), word, preposition]);
        var incorrect = (FirstNumber + number(Members - 1)) % config.DVocab;
        return new PromptRow
        {
            Tokens = [.. tokens.Take(config.NCtx).Select(token => token % config.DVocab)],
            Corr = new PromptAnswer((incorrect + 1) % config.DVocab),
            Incorr = new PromptAnswer(incorrect),
        };
    }
}
