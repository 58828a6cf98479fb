using BenchmarkDotNet.Attributes;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Kernels;
using SeqCont.Kernels.Activations;

namespace SeqCont.Bench;

/// <summary>The products of a layer of GPT-2 small on each instruction set; scalar is the baseline.</summary>
public class GemmBenchmarks
{
    private CpuOps _ops = null!;
    private GemmWork _work = null!;

    /// <summary>Instruction sets of this machine.</summary>
    public static IEnumerable<InstructionSet> Paths => InstructionSets.Available();

    /// <summary>Products by number.</summary>
    public static IEnumerable<int> Products => Enumerable.Range(0, GemmCase.All.Count);

    [ParamsSource(nameof(Paths))]
    public InstructionSet Path { get; set; }

    [ParamsSource(nameof(Products))]
    public int Product { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _ops = new CpuOps(Path);
        _work = new GemmWork(_ops, GemmCase.All[Product], rows: 480);
        _work.Verify();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _work.Dispose();
        _ops.Dispose();
    }

    [Benchmark]
    public void Multiply() => _work.Work.Run();
}

/// <summary>The row operations at the sizes of GPT-2 small, checked against the reference before they are timed.</summary>
public class RowOpsBenchmarks
{
    private const int RowCount = 460;
    private const int Length = 23;
    private const int NHeads = 12;
    private const int DHead = 64;
    private const int DModel = NHeads * DHead;
    private const int DMlp = 4 * DModel;

    private CpuOps _ops = null!;
    private Operands _operands = null!;
    private float[] _hidden = null!;

    [GlobalSetup]
    public void Setup()
    {
        _ops = new CpuOps();
        _operands = new Operands(_ops);
        var expected = new Operands(new ReferenceOps());
        Verify("layer norm", _operands.LayerNorm(), expected.LayerNorm(), expected.Ops);
        Verify("attention", _operands.Attention(), expected.Attention(), expected.Ops);
        VerifyGelu();
    }

    [GlobalCleanup]
    public void Cleanup() => _ops.Dispose();

    [Benchmark]
    public object LayerNorm() => _operands.LayerNorm();

    [Benchmark]
    public void GeluNew() => ActivationSimd.Apply<GeluNewSimd>(_hidden);

    [Benchmark]
    public void Gelu() => ActivationSimd.Apply<GeluSimd>(_hidden);

    [Benchmark]
    public void Silu() => ActivationSimd.Apply<SiluSimd>(_hidden);

    [Benchmark]
    public object Attention() => _operands.Attention();

    // In place: each call works on the numbers of the call before.
    private void VerifyGelu()
    {
        var random = new Random(4);
        _hidden = [.. Enumerable.Range(0, RowCount * DMlp).Select(_ => (float)(random.NextDouble() * 6 - 3))];
        var before = _hidden.ToArray();
        ActivationSimd.Apply<GeluNewSimd>(_hidden);
        for (var i = 0; i < before.Length; i++)
            if (!(Math.Abs(_hidden[i] - GeluNewReference.Apply(before[i])) <= 1e-6))
                throw new InvalidOperationException($"GELU: element {i} of {before[i]} is {_hidden[i]}.");
    }

    private void Verify(string what, DeviceBuffer actual, DeviceBuffer expected, IOps reference)
    {
        var (got, wanted) = (new double[actual.Length], new double[expected.Length]);
        _ops.Download(actual, 0, got);
        reference.Download(expected, 0, wanted);
        for (var i = 0; i < got.Length; i++)
            if (!(Math.Abs(got[i] - wanted[i]) <= 1e-4))
                throw new InvalidOperationException($"{what}: element {i}: expected {wanted[i]}, got {got[i]}.");
    }

    private sealed class Operands(IOps ops)
    {
        private readonly Rows _rows = Rows.All(ops.Upload([.. Enumerable.Range(0, RowCount)]));
        private readonly Norm _norm = new(Numbers(ops, DModel, 1), Numbers(ops, DModel, 2), 1e-5);
        private readonly DeviceBuffer _resid = Numbers(ops, RowCount * DModel, 3);
        private readonly DeviceBuffer _normalized = ops.Allocate(RowCount * DModel);
        private readonly DeviceBuffer _kv = Numbers(ops, RowCount * 2 * DModel, 5);
        private readonly DeviceBuffer _z = ops.Allocate(RowCount * DModel);
        private readonly int[] _heads = [.. Enumerable.Range(0, NHeads)];

        // Prompts of Length rows, one after the other: a row's ancestors are the rows of its prompt up to it.
        private readonly Chains _chains = new(
            ops.Upload([.. Enumerable.Range(0, RowCount).Select(row => row - row % Length)]),
            ops.Upload([.. Enumerable.Range(0, RowCount).Select(row => row % Length)]),
            ops.Upload([.. Enumerable.Range(0, RowCount)]));

        public IOps Ops => ops;

        public DeviceBuffer LayerNorm()
        {
            ops.LayerNorm(_resid, _rows, _norm, DModel, _normalized);
            return _normalized;
        }

        public DeviceBuffer Attention()
        {
            ops.Attention(_resid, _kv, _rows, _chains, _heads, AttentionShape.MultiHead(NHeads, DHead), _z);
            return _z;
        }

        private static DeviceBuffer Numbers(IOps ops, int count, int seed)
        {
            var random = new Random(seed);
            var values = new double[count];
            for (var i = 0; i < count; i++) values[i] = (float)(random.NextDouble() * 2 - 1);
            var buffer = ops.Allocate(count);
            ops.Upload(values, buffer, 0);
            return buffer;
        }
    }
}
