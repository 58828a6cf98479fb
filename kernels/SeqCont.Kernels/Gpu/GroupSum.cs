using ILGPU;

namespace SeqCont.Kernels.Gpu;

/// <summary>
/// Sums over a thread group in double precision, through shared memory, in one fixed order: 256 numbers to 16, 16 to one. Three barriers,
/// no warp shuffles, so that it runs on every accelerator.
/// </summary>
public static class GroupSum
{
    /// <summary>Threads of a group that sums.</summary>
    public const int Threads = 256;

    /// <summary>Elements of the shared scratch.</summary>
    public const int Scratch = Threads + Fan;

    private const int Fan = 16;

    /// <summary>The sum of all threads' values, in every thread. All threads of the group call it.</summary>
    public static double Of(double value, ArrayView<double> scratch)
    {
        var thread = Group.IdxX;
        scratch[thread] = value;
        Group.Barrier();
        if (thread < Fan)
        {
            var part = 0.0;
            for (var i = 0; i < Fan; i++) part += scratch[thread * Fan + i];
            scratch[Threads + thread] = part;
        }

        Group.Barrier();
        var sum = 0.0;
        for (var i = 0; i < Fan; i++) sum += scratch[Threads + i];
        Group.Barrier();
        return sum;
    }
}
