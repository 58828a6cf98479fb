using ILGPU.Runtime;
using SeqCont.Kernels.Activations;
using SeqCont.Kernels.Gemm;

namespace SeqCont.Engine.Gpu;

/// <summary>How products are multiplied on a GPU.</summary>
public enum GpuArithmetic
{
    /// <summary>float32 multiply-adds.</summary>
    Simt,

    /// <summary>Tensor cores, three products of factors split in two: float32 accuracy (3xTF32).</summary>
    SplitTf32,

    /// <summary>Tensor cores, one product: 10 bits of mantissa a factor.</summary>
    Tf32,
}

/// <summary>How operands get to shared memory.</summary>
public enum GpuLoads
{
    /// <summary>Number by number: any shape.</summary>
    Plain,

    /// <summary>16 bytes through registers.</summary>
    Wide,

    /// <summary>16 bytes past the registers (cp.async).</summary>
    Async,
}

/// <summary>One compiled form of the product: arithmetic, tile, loads, activation.</summary>
/// <param name="Arithmetic">How it multiplies.</param>
/// <param name="Tile">A number of <see cref="GemmDialects.Tiles"/>.</param>
/// <param name="Loads">How it loads.</param>
/// <param name="Activation">What it may do to the sums: <see cref="GemmDialects.FormOf"/>.</param>
public readonly record struct GemmDialect(
    GpuArithmetic Arithmetic, int Tile, GpuLoads Loads, Activation Activation = Activation.GeluNew);

/// <summary>Sizes of a tile, and how well a full device does on it.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Threads">Threads of its group.</param>
/// <param name="Efficiency">Its speed on products that fill the device, beside the largest tile's.</param>
public readonly record struct GemmTileSize(int Rows, int Columns, int Threads, double Efficiency);

/// <summary>
/// The forms of the product and which one a shape gets. The choice of a tile never changes a result: all tiles of one
/// arithmetic add the same terms in the same order.
/// </summary>
public static class GemmDialects
{
    // Efficiencies are estimates from the bytes that a tile loads for a product, 4 (rows + columns) / (rows x columns), until a
    // record of tools/gpu-check under bench/results says better.
    private static readonly GemmTileSize[] Tensor = [new(128, 128, 256, 1), new(64, 128, 128, 0.95), new(64, 32, 32, 0.7)];
    private static readonly GemmTileSize[] Simt = [new(128, 128, 256, 1), new(64, 64, 64, 0.9)];

    /// <summary>Tiles of an arithmetic, largest first.</summary>
    public static IReadOnlyList<GemmTileSize> Tiles(GpuArithmetic arithmetic) => arithmetic == GpuArithmetic.Simt ? Simt : Tensor;

    /// <summary>
    /// The tile that finishes first: the busiest multiprocessor decides, by how many tiles it gets and how large they are.
    /// </summary>
    /// <param name="arithmetic">How it multiplies.</param>
    /// <param name="rows">Rows of the product.</param>
    /// <param name="columns">Columns of the product.</param>
    /// <param name="processors">Multiprocessors of the device.</param>
    public static int ChooseTile(GpuArithmetic arithmetic, int rows, int columns, int processors)
    {
        var (best, least) = (0, double.MaxValue);
        var tiles = Tiles(arithmetic);
        for (var tile = 0; tile < tiles.Count; tile++)
        {
            var size = tiles[tile];
            var groups = (long)((rows + size.Rows - 1) / size.Rows) * ((columns + size.Columns - 1) / size.Columns);
            var time = (groups + processors - 1) / processors * (size.Rows * size.Columns / size.Efficiency);
            if (time < least) (best, least) = (tile, time);
        }

        return best;
    }

    /// <summary>The activation of the form that serves one. GPT-2's form serves products without any too: one kernel to compile.</summary>
    public static Activation FormOf(Activation activation) => activation == Activation.None ? Activation.GeluNew : activation;

    /// <summary>The kernel's method.</summary>
    public static Action<GemmGpuArgs> Kernel(GemmDialect dialect) => dialect.Activation switch
    {
        Activation.GeluNew => Kernel<GeluNewGpu>(dialect),
        Activation.Gelu => Kernel<GeluGpu>(dialect),
        Activation.Relu => Kernel<ReluGpu>(dialect),
        Activation.Silu => Kernel<SiluGpu>(dialect),
        var activation => throw OperandChecks.Unknown(activation),
    };

    /// <summary>What the compiler is told: at most 128 registers a thread, so that a multiprocessor holds two groups of 256.</summary>
    public static KernelSpecialization Specialization(GemmDialect dialect)
    {
        var tile = Tiles(dialect.Arithmetic)[dialect.Tile];
        return new KernelSpecialization(tile.Threads, Math.Max(1, 512 / tile.Threads));
    }

    private static Action<GemmGpuArgs> Kernel<TActivation>(GemmDialect dialect)
        where TActivation : struct, IActivationGpu => dialect.Loads switch
        {
            GpuLoads.Plain => Kernel<PlainLoader, TActivation>(dialect),
            GpuLoads.Wide => Kernel<WideLoader, TActivation>(dialect),
            _ => Kernel<AsyncLoader, TActivation>(dialect),
        };

    private static Action<GemmGpuArgs> Kernel<TLoader, TActivation>(GemmDialect dialect)
        where TLoader : struct, IGemmLoader
        where TActivation : struct, IActivationGpu => (dialect.Arithmetic, dialect.Tile) switch
        {
            (GpuArithmetic.Simt, 0) => GemmGpu.Kernel<SimtTile128, SimtMicro, TLoader, TActivation>,
            (GpuArithmetic.Simt, _) => GemmGpu.Kernel<SimtTile64, SimtMicro, TLoader, TActivation>,
            (GpuArithmetic.SplitTf32, var tile) => Kernel<TensorMicro<SplitProduct>, TLoader, TActivation>(tile),
            (_, var tile) => Kernel<TensorMicro<Tf32Product>, TLoader, TActivation>(tile),
        };

    private static Action<GemmGpuArgs> Kernel<TMicro, TLoader, TActivation>(int tile)
        where TMicro : struct, IGemmMicro<TMicro>
        where TLoader : struct, IGemmLoader
        where TActivation : struct, IActivationGpu => tile switch
        {
            0 => GemmGpu.Kernel<TensorTile128, TMicro, TLoader, TActivation>,
            1 => GemmGpu.Kernel<TensorTile64, TMicro, TLoader, TActivation>,
            _ => GemmGpu.Kernel<TensorTile32, TMicro, TLoader, TActivation>,
        };
}
