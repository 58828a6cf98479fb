using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using SeqCont.Kernels.Gpu;

namespace SeqCont.Kernels.Attention;

/// <summary>What attention on a GPU reads and writes.</summary>
public struct AttentionGpuArgs
{
    /// <summary>[i, head, dHead].</summary>
    public ArrayView<float> Q;

    /// <summary>[row, 2, head, dHead]: keys, then values.</summary>
    public ArrayView<float> Kv;

    /// <summary>Rows that ask, [i].</summary>
    public ArrayView<int> Ids;

    /// <summary>Where a row's chain starts in <see cref="Entries"/>, [row].</summary>
    public ArrayView<int> First;

    /// <summary>A row's position: its chain has one entry more, [row].</summary>
    public ArrayView<int> Positions;

    /// <summary>Row numbers, chain after chain.</summary>
    public ArrayView<int> Entries;

    /// <summary>Heads to compute.</summary>
    public ArrayView<int> Heads;

    /// <summary>Destination, [i, head, dHead].</summary>
    public ArrayView<float> Z;

    /// <summary>Scaled scores, [i, head, nCtx]; written when <see cref="KeepScores"/> is not 0.</summary>
    public ArrayView<float> Scores;

    /// <summary>The softmax, [i, head, nCtx]; written when <see cref="KeepPattern"/> is not 0.</summary>
    public ArrayView<float> Pattern;

    /// <summary>Number of rows that ask.</summary>
    public int Count;

    /// <summary>Heads in a layer.</summary>
    public int NHeads;

    /// <summary>Width of a head.</summary>
    public int DHead;

    /// <summary>Row length of scores and pattern.</summary>
    public int NCtx;

    /// <summary>What scores are multiplied by: 1 / sqrt(dHead) in GPT-2.</summary>
    public float Scale;

    /// <summary>Whether scores are wanted.</summary>
    public int KeepScores;

    /// <summary>Whether the pattern is wanted.</summary>
    public int KeepPattern;

    /// <summary>Whether heads start at multiples of 16 bytes.</summary>
    public int Wide;
}

/// <summary>
/// Causal attention over ancestor chains on a GPU. A group takes eight neighbouring rows and one head: rows of one
/// prompt share most of their keys, which the cache then serves. Thirty-two threads a row: first each owns keys (a
/// dot product of dHead), then each owns numbers of z. Scores stay in shared memory.
/// </summary>
public static class AttentionGpu
{
    /// <summary>Longest chain: the scores of a group fill 32 KB of shared memory.</summary>
    public const int MaxKeys = 1024;

    /// <summary>Rows of a group.</summary>
    public const int RowsPerGroup = 8;

    /// <summary>Threads of a row.</summary>
    public const int Lanes = 32;

    /// <summary>z = sum over ancestors of softmax(q . k scale) v; a group (eight rows, head).</summary>
    public static void Kernel(AttentionGpuArgs args)
    {
        var shared = SharedMemory.Allocate<float>(RowsPerGroup * MaxKeys);
        var (line, lane) = (Group.IdxX / Lanes, Group.IdxX % Lanes);
        var (i, head) = (Grid.IdxX * RowsPerGroup + line, args.Heads[Grid.IdxY]);
        var (length, first) = (0, 0);
        if (i < args.Count)
        {
            var row = args.Ids[i];
            length = args.Positions[row] + 1;
            first = args.First[row];
        }

        var mine = line * MaxKeys;
        var unit = (long)i * args.NHeads + head;
        var query = unit * args.DHead;
        for (var p = lane; p < length; p += Lanes)
        {
            var key = (long)args.Entries[first + p] * 2 * args.NHeads * args.DHead + head * args.DHead;
            var dot = args.Wide != 0 ? WideDot(args.Q, query, args.Kv, key, args.DHead) : Dot(args.Q, query, args.Kv, key, args.DHead);
            // A score that overflowed is not a small one: as a NaN it shows in all that follows.
            shared[mine + p] = dot == float.NegativeInfinity ? float.NaN : dot * args.Scale;
            if (args.KeepScores != 0) args.Scores[unit * args.NCtx + p] = dot * args.Scale;
        }

        Group.Barrier();
        var largest = float.NegativeInfinity;
        for (var p = 0; p < length; p++) largest = Math.Max(largest, shared[mine + p]);
        Group.Barrier();
        for (var p = lane; p < length; p += Lanes) shared[mine + p] = XMath.Exp(shared[mine + p] - largest);
        Group.Barrier();
        var total = 0f;
        for (var p = 0; p < length; p++) total += shared[mine + p];
        if (args.KeepPattern != 0)
            for (var p = lane; p < length; p += Lanes) args.Pattern[unit * args.NCtx + p] = shared[mine + p] / total;
        if (i >= args.Count) return;
        for (var d = lane; d < args.DHead; d += Lanes)
        {
            var sum = 0f;
            for (var p = 0; p < length; p++)
                sum += shared[mine + p] * args.Kv[((long)args.Entries[first + p] * 2 + 1) * args.NHeads * args.DHead + head * args.DHead
                    + d];
            args.Z[query + d] = sum / total;
        }
    }

    private static float Dot(ArrayView<float> q, long query, ArrayView<float> kv, long key, int dHead)
    {
        var sum = 0f;
        for (var d = 0; d < dHead; d++) sum += q[query + d] * kv[key + d];
        return sum;
    }

    private static float WideDot(ArrayView<float> q, long query, ArrayView<float> kv, long key, int dHead)
    {
        var (wideQ, wideKv) = (q.AsAligned16().Cast<Float4>(), kv.AsAligned16().Cast<Float4>());
        var sum = 0f;
        for (var d = 0; d < dHead / 4; d++)
        {
            var (a, b) = (wideQ[query / 4 + d], wideKv[key / 4 + d]);
            sum += a.X * b.X;
            sum += a.Y * b.Y;
            sum += a.Z * b.Z;
            sum += a.W * b.W;
        }

        return sum;
    }
}
