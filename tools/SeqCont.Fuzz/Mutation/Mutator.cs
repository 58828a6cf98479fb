using System.Text;

namespace SeqCont.Fuzz.Mutation;

/// <summary>What a format's bytes are made of, which says how they are changed.</summary>
internal enum Make
{
    /// <summary>Any bytes: flips, cuts, splices, words of the format.</summary>
    Bytes,

    /// <summary>Lines of text.</summary>
    Lines,

    /// <summary>One JSON value.</summary>
    Json,

    /// <summary>A JSON value a line.</summary>
    JsonLines,

    /// <summary>Eight bytes of length, a JSON header of that length, data.</summary>
    Safetensors,
}

/// <summary>Changes inputs: of the same parents and the same random numbers always the same child.</summary>
/// <param name="make">What inputs are made of.</param>
/// <param name="words">What the format knows by name, beside <see cref="Interesting"/>.</param>
/// <param name="bits">The same where they are no text.</param>
/// <param name="random">Where choices come from.</param>
internal sealed class Mutator(Make make, string[] words, byte[][] bits, Random random)
{
    /// <summary>The longest input that is made.</summary>
    public const int MostBytes = 1 << 16;

    private readonly byte[][] _words =
        [.. Interesting.Fragments.Concat(words).Select(Encoding.UTF8.GetBytes), .. Interesting.Bytes, .. bits];
    private readonly JsonMutations _json = new(random, words);

    /// <summary>A child of one parent, which another may add to.</summary>
    public byte[] Child(byte[] parent, byte[] other)
    {
        var child = parent;
        // Mostly one change: a second one hides what the first would have found.
        for (var changes = 1 + (random.Next(3) == 0 ? random.Next(1, 5) : 0); changes > 0; changes--) child = Change(child, other);
        return child.Length > MostBytes ? child[..MostBytes] : child;
    }

    private byte[] Change(byte[] bytes, byte[] other) => (make, random.Next(8)) switch
    {
        (_, 0) or (Make.Bytes, < 6) => ByteMutations.Change(bytes, other, _words, random),
        (Make.Lines, < 4) or (Make.JsonLines, 1) => LineMutations.Change(bytes, other, random),
        (Make.Json, < 6) => _json.Change(bytes, other) ?? ByteMutations.Change(bytes, other, _words, random),
        (Make.JsonLines, < 6) => LineMutations.ChangeOne(bytes, random, line => _json.Change(line, line))
            ?? LineMutations.Change(bytes, other, random),
        (Make.Safetensors, _) => SafetensorsMutations.Change(bytes, other, _json, _words, random),
        _ => TextMutations.Change(bytes, _words, random),
    };
}
