using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using SeqCont.Engine.Gpu;
using SeqCont.Kernels.Attention;
using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.Embed;
using SeqCont.Kernels.Gemm;
using SeqCont.Kernels.Gpu;
using SeqCont.Kernels.LayerNorm;
using SeqCont.Kernels.Means;
using SeqCont.Kernels.NormDot;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// Every kernel compiles to PTX for A100 and H100, and what it compiles to is what was meant: no call to a function that is
/// not there, nothing in local memory, wide loads, tensor cores, and shared memory read on the right side of its barriers.
/// </summary>
[TestClass]
public sealed partial class PtxTests
{
    private static readonly Type[] Rooms =
        [typeof(AttentionGpu), typeof(ElementwiseGpu), typeof(EmbedGpu), typeof(LayerNormGpu), typeof(MeansGpu), typeof(NormDotGpu),
            typeof(TransposeGpu)];

    private static readonly CudaArchitecture[] Architectures = [CudaArchitecture.SM_80, CudaArchitecture.SM_90];

    /// <summary>Kernels that take rows one at a time.</summary>
    public static IEnumerable<object[]> RowKernels => Rooms
        .SelectMany(room => room.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(void)))
        .Select(method => new object[] { $"{method.DeclaringType!.Name}.{method.Name}" });

    /// <summary>All forms of the product that a device may be given.</summary>
    public static IEnumerable<object[]> Products => [.. Forms, .. OtherActivations];

    // Their code is the same in every form: one on tensor cores, one without, are enough.
    private static IEnumerable<object[]> OtherActivations =>
        from activation in (Activation[])[Activation.Gelu, Activation.Relu, Activation.Silu]
        from form in (GemmDialect[])[new(GpuArithmetic.SplitTf32, 2, GpuLoads.Async), new(GpuArithmetic.Simt, 1, GpuLoads.Wide)]
        select new object[] { form with { Activation = activation } };

    private static IEnumerable<object[]> Forms =>
        from arithmetic in Enum.GetValues<GpuArithmetic>()
        from tile in Enumerable.Range(0, GemmDialects.Tiles(arithmetic).Count)
        from loads in arithmetic == GpuArithmetic.Simt ? Enum.GetValues<GpuLoads>() : [GpuLoads.Async]
        select new object[] { new GemmDialect(arithmetic, tile, loads) };

    [TestMethod]
    [DynamicData(nameof(RowKernels))]
    public void RowKernel_CompilesCleanly(string name)
    {
        var method = Rooms.Single(room => room.Name == name.Split('.')[0]).GetMethod(name.Split('.')[1])!;
        foreach (var architecture in Architectures) RequireClean(Compile(method, default, architecture), name);
    }

    [TestMethod]
    [DynamicData(nameof(Products))]
    public void Product_CompilesCleanlyToWhatWasMeant(GemmDialect dialect)
    {
        foreach (var architecture in Architectures)
        {
            var ptx = Compile(GemmDialects.Kernel(dialect).Method, GemmDialects.Specialization(dialect), architecture);
            RequireClean(ptx, dialect.ToString());
            // A warp's 64 x 32 tile is 16 products of 16 x 8, twice for 16 terms, in each of the two copies of the loop's body.
            Assert.AreEqual(dialect.Arithmetic switch { GpuArithmetic.SplitTf32 => 2 * 96, GpuArithmetic.Tf32 => 2 * 32, _ => 0 },
                Count(ptx, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"), "tensor-core products");
            Assert.AreEqual(dialect.Loads == GpuLoads.Async, ptx.Contains("cp.async.cg.shared.global", StringComparison.Ordinal),
                "cp.async");
            if (dialect.Loads == GpuLoads.Wide) Assert.IsTrue(ptx.Contains("ld.global.v4.f32", StringComparison.Ordinal), "16-byte loads");
            if (dialect.Arithmetic == GpuArithmetic.Simt)
                Assert.IsGreaterThanOrEqualTo(64, Count(ptx, "ld.shared.v4.f32"), "16-byte reads of shared memory");
            Assert.IsTrue(ptx.Contains("st.global.v4.f32", StringComparison.Ordinal), "16-byte stores");
        }
    }

    [TestMethod]
    public void Lint_FindsLoadsThatCodePlacementMovesPastBarriers()
    {
        // The reason for LeaveOutCodePlacement. When this fails ILGPU has been mended.
        var ptx = Compile(GemmDialects.Kernel(new GemmDialect(GpuArithmetic.Simt, 0, GpuLoads.Async)).Method, default,
            CudaArchitecture.SM_80, placesCode: true);
        Assert.IsTrue(HasIdleBarriers(ptx));
    }

    [TestMethod]
    public void Lint_FindsACallToAFunctionThatIsNotThere()
    {
        var ptx = Compile(typeof(PtxTests).GetMethod(nameof(Fused), BindingFlags.NonPublic | BindingFlags.Static)!, default,
            CudaArchitecture.SM_80);
        Assert.AreNotEqual("", UndefinedCall(ptx));
    }

    private static void Fused(ArrayView<float> values) => values[Grid.IdxX] = MathF.FusedMultiplyAdd(values[Grid.IdxX], 2, 1);

    private static void RequireClean(string ptx, string name)
    {
        Assert.AreEqual("", UndefinedCall(ptx), $"{name} calls a function that is not there");
        Assert.IsFalse(ptx.Contains(".local", StringComparison.Ordinal), $"{name} keeps something in local memory");
        Assert.IsFalse(HasIdleBarriers(ptx), $"{name} has a barrier that separates nothing: its loads were moved");
        // An address of shared memory converted as if it were generic would be off by the window's start.
        Assert.IsFalse(ptx.Contains("cvta.to.shared", StringComparison.Ordinal)
            && !ptx.Contains("cvta.shared", StringComparison.Ordinal), $"{name} converts an address that is of shared memory already");
        // One allocation starts at an address that 16 divides, whatever alignment it is declared with.
        Assert.IsLessThanOrEqualTo(1, Count(ptx, ".shared .align"), $"{name}: allocations of shared memory");
    }

    private static string UndefinedCall(string ptx) =>
        Calls().Matches(ptx).Select(call => call.Groups[1].Value)
            .FirstOrDefault(name => !Regex.IsMatch(ptx, $@"\.func[^;{{]*\b{Regex.Escape(name)}\b")) ?? "";

    /// <summary>Two barriers in one basic block with no access to shared memory between them.</summary>
    private static bool HasIdleBarriers(string ptx)
    {
        var open = false;
        foreach (var line in ptx.Split('\n').Select(line => line.Trim()))
        {
            if (line.EndsWith(':') || line.StartsWith("bra", StringComparison.Ordinal) || line.StartsWith('@')
                || line.Contains(".shared", StringComparison.Ordinal)) open = false;
            else if (!line.StartsWith("bar.sync", StringComparison.Ordinal)) continue;
            else if (open) return true;
            else open = true;
        }

        return false;
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    internal static string Compile(
        MethodInfo method, KernelSpecialization specialization, CudaArchitecture architecture, bool placesCode = false)
    {
        // A context each: after one failed compilation others of the same context may fail.
        using var context = Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O2));
        PtxIntrinsics.Register(context);
        using var backend = new PTXBackend(context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_78, null);
        if (!placesCode) GpuDevices.LeaveOutCodePlacement(backend);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), specialization)).PTXAssembly;
    }

    [GeneratedRegex(@"\bcall(?:\.uni)?\s*(?:\([^)]*\)\s*,\s*)?([A-Za-z_$][\w$]*)")]
    private static partial Regex Calls();
}
