namespace SeqCont.Circuits;

/// <summary>A choice without repetition, every one equally likely.</summary>
internal static class RandomChoice
{
    /// <summary>The first steps of a shuffle.</summary>
    /// <param name="from">What to choose from; stays as it is.</param>
    /// <param name="count">How many, at most all.</param>
    /// <param name="draws">Moves on by one draw for each.</param>
    public static T[] Of<T>(IReadOnlyList<T> from, int count, SplitMix64 draws)
    {
        T[] pool = [.. from];
        for (var i = 0; i < count; i++)
        {
            var other = i + draws.Next(pool.Length - i);
            (pool[i], pool[other]) = (pool[other], pool[i]);
        }

        return pool[..count];
    }
}
