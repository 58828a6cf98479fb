using System.Collections.Immutable;

namespace SeqCont.Circuits;

/// <summary>The tokens that answer a prompt rightly and wrongly; compared by value, in order.</summary>
public readonly struct AnswerSets : IEquatable<AnswerSets>
{
    /// <summary>Takes both.</summary>
    /// <exception cref="ArgumentException">One is empty, or they share a token.</exception>
    public AnswerSets(ImmutableArray<int> correct, ImmutableArray<int> incorrect)
    {
        if (correct.IsDefaultOrEmpty || incorrect.IsDefaultOrEmpty || correct.Intersect(incorrect).Any())
            throw new ArgumentException("answers: expected at least one correct and one incorrect token, none of them both.");
        (Correct, Incorrect) = (correct, incorrect);
    }

    /// <summary>Token ids of the correct answers.</summary>
    public ImmutableArray<int> Correct { get; }

    /// <summary>Token ids of the incorrect answers.</summary>
    public ImmutableArray<int> Incorrect { get; }

    /// <inheritdoc/>
    public bool Equals(AnswerSets other) =>
        Correct.AsSpan().SequenceEqual(other.Correct.AsSpan()) && Incorrect.AsSpan().SequenceEqual(other.Incorrect.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AnswerSets other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Correct.Concat(Incorrect).Aggregate(Correct.Length, HashCode.Combine);

    /// <summary>Whether two are the same.</summary>
    public static bool operator ==(AnswerSets left, AnswerSets right) => left.Equals(right);

    /// <summary>Whether two differ.</summary>
    public static bool operator !=(AnswerSets left, AnswerSets right) => !left.Equals(right);
}
