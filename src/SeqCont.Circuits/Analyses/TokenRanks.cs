using System.Numerics;

namespace SeqCont.Circuits;

/// <summary>
/// What analyses ask of one row of logits, [dVocab]. A row is scanned a few times a prompt and layer, so the scans
/// are vectors wide. Among equal logits the smaller token id comes first, everywhere.
/// </summary>
internal static class TokenRanks
{
    /// <summary>Refuses a number of largest tokens that a vocabulary does not have.</summary>
    /// <exception cref="ArgumentException">It is not from 1 to the vocabulary's size.</exception>
    public static void RequireCount(string name, int count, int dVocab)
    {
        if (count < 1 || count > dVocab)
            throw new ArgumentException($"{name}: expected 1 to {dVocab}, the model's vocabulary, got {count}.");
    }

    /// <summary>The logarithm of the sum of exp(logit).</summary>
    /// <param name="logits">[dVocab].</param>
    /// <param name="largest">The largest of them.</param>
    public static double LogSumExp(ReadOnlySpan<double> logits, double largest)
    {
        var shift = new Vector<double>(largest);
        var (sums, i) = (Vector<double>.Zero, 0);
        for (; i <= logits.Length - Vector<double>.Count; i += Vector<double>.Count)
            sums += Vector.Exp(new Vector<double>(logits[i..]) - shift);
        var sum = Vector.Sum(sums);
        for (; i < logits.Length; i++) sum += Math.Exp(logits[i] - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>A token's place among all, from 1.</summary>
    public static int Rank(ReadOnlySpan<double> logits, int token)
    {
        var value = logits[token];
        return 1 + logits.Length - CountBelow(logits[..token], value, orEqual: false) - CountBelow(logits[token..], value, orEqual: true);
    }

    /// <summary>The tokens with the largest logits, best first.</summary>
    /// <param name="logits">[dVocab].</param>
    /// <param name="count">How many; at most dVocab.</param>
    public static int[] Largest(ReadOnlySpan<double> logits, int count)
    {
        var (tokens, found, i) = (new int[count], 0, 0);
        while (i < logits.Length)
        {
            // Once the places are taken, nearly every vector holds nothing that is larger than the last of them.
            if (found == tokens.Length && i <= logits.Length - Vector<double>.Count
                && !Vector.GreaterThanAny(new Vector<double>(logits[i..]), new Vector<double>(logits[tokens[^1]])))
            {
                i += Vector<double>.Count;
                continue;
            }

            found = Insert(logits, tokens, found, i++);
        }

        return tokens;
    }

    private static int CountBelow(ReadOnlySpan<double> logits, double value, bool orEqual)
    {
        var (bound, counts, i) = (new Vector<double>(value), Vector<long>.Zero, 0);
        for (; i <= logits.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var part = new Vector<double>(logits[i..]);
            // A lane that holds is -1.
            counts -= orEqual ? Vector.LessThanOrEqual(part, bound) : Vector.LessThan(part, bound);
        }

        var count = (int)Vector.Sum(counts);
        for (; i < logits.Length; i++)
            if (logits[i] < value || (orEqual && logits[i] == value)) count++;
        return count;
    }

    private static int Insert(ReadOnlySpan<double> logits, Span<int> tokens, int found, int token)
    {
        if (found == tokens.Length && !(logits[token] > logits[tokens[^1]])) return found;
        var place = found < tokens.Length ? found++ : found - 1;
        for (; place > 0 && logits[token] > logits[tokens[place - 1]]; place--) tokens[place] = tokens[place - 1];
        tokens[place] = token;
        return found;
    }
}
