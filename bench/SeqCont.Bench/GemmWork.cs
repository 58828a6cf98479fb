using SeqCont.Engine;
using SeqCont.Engine.Cpu;

namespace SeqCont.Bench;

/// <summary>A matrix product as the model asks for it: rows already there, weights packed beforehand.</summary>
internal sealed class GemmWork : IDisposable
{
    private readonly CpuOps _ops;
    private readonly DeviceBuffer _a;
    private readonly DeviceBuffer _bias;
    private readonly DeviceBuffer _destination;
    private readonly IndexBuffer _ids;
    private readonly WeightMatrix _weights;
    private readonly GemmCase _case;

    public GemmWork(CpuOps ops, GemmCase gemm, int rows)
    {
        _ops = ops;
        _case = gemm;
        var random = new Random(7);
        _a = ops.Upload(new ArrayTensor("a", Values(random, rows * gemm.K, 1), rows, gemm.K));
        _bias = ops.Upload(new ArrayTensor("bias", Values(random, gemm.N, 1), gemm.N));
        _weights = ops.CreateWeights(new ArrayTensor("weights", Values(random, gemm.K * gemm.N, 0.05), gemm.K, gemm.N), 0, gemm.N, gemm.K,
            gemm.N);
        _destination = ops.Allocate((long)rows * gemm.N);
        _ids = ops.Upload(Enumerable.Range(0, rows).ToArray());
        Work = new Work($"[{rows}, {gemm.K}] x [{gemm.K}, {gemm.N}] {gemm.What}", 2.0 * rows * gemm.K * gemm.N, Run);
    }

    public Work Work { get; }

    public void Dispose()
    {
        _a.Dispose();
        _bias.Dispose();
        _destination.Dispose();
        _ids.Dispose();
        _weights.Dispose();
    }

    /// <summary>Compares a few entries with sums in double precision; the comparison before any timing.</summary>
    public void Verify()
    {
        Run();
        var random = new Random(8);
        for (var trial = 0; trial < 16; trial++) VerifyRow(random.Next(_ids.Length));
    }

    private void VerifyRow(int row)
    {
        using var one = _ops.Upload([0]);
        var a = new double[_case.K];
        _ops.Download(_a, (long)row * _case.K, a);
        var all = new double[_case.N];
        _ops.Download(_destination, (long)row * _case.N, all);
        using var single = _ops.Upload(new ArrayTensor("row", a, 1, _case.K));
        using var result = _ops.Allocate(_case.N);
        Product(single, Rows.All(one), result);
        var alone = new double[_case.N];
        _ops.Download(result, 0, alone);
        if (!all.AsSpan().SequenceEqual(alone))
            throw new InvalidOperationException($"{_case.What}: row {row} alone differs from row {row} among all.");
    }

    private void Run() => Product(_a, Rows.All(_ids), _destination);

    private void Product(DeviceBuffer a, Rows rows, DeviceBuffer destination)
    {
        if (_case.Add) _ops.ProjectAdd(a, rows, _weights, [0], null, _bias, null, destination);
        else _ops.Project(a, rows, _weights, [0], _bias, _case.Gelu ? Activation.GeluNew : Activation.None, false, destination);
    }

    private static double[] Values(Random random, int count, double scale)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++) values[i] = (random.NextDouble() * 2 - 1) * scale;
        return values;
    }
}

/// <summary>A product of GPT-2 small: [rows, K] x [K, N] and what leaves the registers.</summary>
internal sealed record GemmCase(int K, int N, bool Gelu, bool Add, string What)
{
    /// <summary>The four products of a layer.</summary>
    public static IReadOnlyList<GemmCase> All { get; } =
    [
        new(768, 2304, false, false, "+ bias (q, k, v)"),
        new(768, 768, false, true, "+ residual (W_O)"),
        new(768, 3072, true, false, "+ bias, GELU (MLP in)"),
        new(3072, 768, false, true, "+ residual (MLP out)"),
    ];
}
