using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace SeqCont.Fuzz;

/// <summary>
/// Which branches inputs took, and how often, where the product's assemblies were instrumented by the tool sharpfuzz (coverage.sh does);
/// elsewhere nothing is ever new.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;
    private static readonly byte* Map = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size];

    /// <summary>Begins to count: instrumented code writes there from its first instruction on.</summary>
    public static void Start() => Trace.SharedMem = Map;

    /// <summary>Whether anything was instrumented.</summary>
    public static bool IsOn { get; private set; }

    /// <summary>Branches that were taken so far, by how often.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets what ran since: the next input begins.</summary>
    public static void Clear()
    {
        if (IsOn) new Span<byte>(Map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Takes over what ran since; whether a branch was taken that none took before, or more often by a factor of two.</summary>
    public bool IsNew()
    {
        var map = new ReadOnlySpan<byte>(Map, Size);
        if (!IsOn && map.IndexOfAnyExcept((byte)0) < 0) return false;
        IsOn = true;
        var before = Count;
        for (int at; (at = map.IndexOfAnyExcept((byte)0)) >= 0; map = map[(at + 1)..])
        {
            var bucket = (byte)(1 << (byte.Log2(map[at])));
            var i = Size - map.Length + at;
            if ((_seen[i] & bucket) != 0) continue;
            _seen[i] |= bucket;
            Count++;
        }

        return Count > before;
    }
}
