using System.Numerics;

namespace SeqCont.Circuits;

/// <summary>
/// What analyses ask of one row of logits, [dVocab]. A row is scanned a few times a prompt and layer, so the scans
/// are vectors wide. Among equal logits the smaller token id comes first, everywhere.
/// </summary>
internal static class TokenRanks
{
    /// <summary>The logarithm of the sum of exp(logit).</summary>
    public static double LogSumExp(ReadOnlySpan<double> logits)
    {
        var largest = double.NegativeInfinity;
        foreach (var logit in logits) largest = Math.Max(largest, logit);
        var shift = new Vector<double>(largest);
        var (sums, i) = (Vector<double>.Zero, 0);
        for (; i <= logits.Length - Vector<double>.Count; i += Vector<double>.Count) sums += Vector.Exp(new Vector<double>(logits[i..]) - shift);
        var sum = Vector.Sum(sums);
        for (; i < logits.Length; i++) sum += Math.Exp(logits[i] - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>A token's place among all, from 1.</summary>
    public static int Rank(ReadOnlySpan<double> logits, int token)
    {
        var value = logits[token];
        var rank = 1;
        for (var i = 0; i < logits.Length; i++)
            if (logits[i] > value || (logits[i] == value && i < token)) rank++;
        return rank;
    }

    /// <summary>The tokens with the largest logits, best first.</summary>
    /// <param name="logits">[dVocab].</param>
    /// <param name="tokens">Destination, [k]; k at most dVocab.</param>
    public static void Largest(ReadOnlySpan<double> logits, Span<int> tokens)
    {
        var (found, i) = (0, 0);
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
