namespace SeqCont.Circuits;

/// <summary>
/// SplitMix64, a small generator written out here so that a seed means the same numbers on every platform and
/// version. For drawing prompts and controls, not for secrets.
/// </summary>
internal sealed class SplitMix64
{
    private ulong _state;

    /// <summary>Starts a stream.</summary>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">Which of the seed's independent streams.</param>
    public SplitMix64(long seed, int stream = 0)
    {
        _state = unchecked((ulong)seed);
        _state = Next() ^ unchecked((ulong)stream * 0xD1B54A32D192ED03UL);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15UL;
            var bits = _state;
            bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9UL;
            bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBUL;
            return bits ^ (bits >> 31);
        }
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, each equally likely.</summary>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var limit = ulong.MaxValue - (ulong.MaxValue % (ulong)bound);
        ulong bits;
        do
        {
            bits = Next();
        }
        while (bits >= limit);
        return (int)(bits % (ulong)bound);
    }

    /// <summary>Draws without putting back: what is drawn moves to the front, in the order drawn.</summary>
    public void Shuffle<T>(T[] pool, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var other = i + Next(pool.Length - i);
            (pool[i], pool[other]) = (pool[other], pool[i]);
        }
    }

    /// <summary>Some of a list, drawn without putting back, in the order drawn.</summary>
    public T[] Choose<T>(IEnumerable<T> from, int count)
    {
        T[] pool = [.. from];
        Shuffle(pool, count);
        return pool[..count];
    }
}
