using System.Text.RegularExpressions;
using ILGPU.Runtime.Cuda;
using SeqCont.Engine.Gpu;
using SeqCont.Kernels.Attention;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>The machine objects to programs that were broken on purpose: what it lets pass it has looked at.</summary>
[TestClass]
public sealed partial class PtxFaultTests
{
    private static readonly Dictionary<GemmDialect, string> Texts = [];

    private static readonly GemmDialect Split = new(GpuArithmetic.SplitTf32, 1, GpuLoads.Async),
        Simt = new(GpuArithmetic.Simt, 1, GpuLoads.Async), Wide = new(GpuArithmetic.Simt, 1, GpuLoads.Wide);

    [TestMethod]
    public void Unbroken_RunsThrough()
    {
        foreach (var dialect in new[] { Split, Simt, Wide }) Run(dialect, text => text);
    }

    [TestMethod]
    public void WaitGone_IsSeen() => RequireFault(Split, text => Without(text, "cp.async.wait_group"), "in flight");

    [TestMethod]
    public void CommitGone_IsSeen() => RequireFault(Split, text => Without(text, "cp.async.commit_group"), "in flight");

    [TestMethod]
    public void WaitForFewer_IsSeen() =>
        RequireFault(Split, text => Replaced(text, "cp.async.wait_group 1", "cp.async.wait_group 2"), "in flight");

    [TestMethod]
    public void EveryBarrierGone_ButTheLast_IsSeen()
    {
        foreach (var dialect in new[] { Split, Simt, Wide })
        {
            var text = Text(dialect);
            var barriers = Barrier().Matches(text);
            Assert.IsGreaterThanOrEqualTo(10, barriers.Count, "barriers");
            for (var i = 0; i < barriers.Count; i++)
            {
                var (at, length) = (barriers[i].Index, barriers[i].Length);
                // An even number of stages, an odd one (sums are staged over the last), one (no earlier barrier orders its loads).
                var fault = new[] { 52, 36, 12 }.Select(terms => Fault(() => Run(dialect, _ => text.Remove(at, length), terms: terms)))
                    .FirstOrDefault(fault => fault is not null);
                if (i < barriers.Count - 1)
                    Assert.MatchesRegex(Unordered(), fault?.Message ?? "no fault", $"{dialect} without barrier {i} of {barriers.Count}");
            }
        }
    }

    [TestMethod]
    public void AttentionBarrierGone_IsSeen()
    {
        var text = PtxTests.Compile(typeof(AttentionGpu).GetMethod(nameof(AttentionGpu.Kernel))!, default, CudaArchitecture.SM_80);
        foreach (Match barrier in Barrier().Matches(text))
            Assert.Contains("no barrier between", Fault(() => Attend(text.Remove(barrier.Index, barrier.Length)))?.Message
                ?? "", $"without the barrier at {barrier.Index}");
        Attend(text);
    }

    [TestMethod]
    public void LoadsMovedPastBarriers_AreSeen()
    {
        // What ILGPU's last pass does, and the reason why we leave it out: see PtxTests.
        var method = GemmDialects.Kernel(Simt).Method;
        var text = PtxTests.Compile(method, GemmDialects.Specialization(Simt), CudaArchitecture.SM_80, placesCode: true);
        Assert.IsNotNull(Fault(() => Run(Simt, _ => text)));
    }

    [TestMethod]
    public void SharedAddressTakenForGeneric_IsSeen()
    {
        // What our emitter once wrote.
        RequireFault(Split, text => MoveBeforeCopy().Replace(text, "cvta.to.shared.u64 $1, $2;"), "another space");
        RequireFault(Split, text => MoveBeforeCopy().Replace(text, "cvta.shared.u64 $1, $2;"), "not an address of the");
    }

    [TestMethod]
    public void GenericAddressOfSharedMemory_GoesBothWays() =>
        Run(Split, text => MoveBeforeCopy().Replace(text, "cvta.shared.u64 $1, $2;\n\tcvta.to.shared.u64 $1, $1;"));

    [TestMethod]
    public void WrongSpace_IsSeen()
    {
        RequireFault(Wide, text => Replaced(text, "st.shared.v4", "st.global.v4"), "not an address of global memory");
        RequireFault(Wide, text => Replaced(text, "ld.global.v4", "ld.shared.v4"), "shared memory");
    }

    [TestMethod]
    public void MisalignedOperand_IsSeen()
    {
        RequireFault(Split, text => text, "not a multiple of 16 bytes", startOfA: 1);
        RequireFault(Wide, text => text, "not a multiple of 16 bytes", startOfA: 1);
    }

    [TestMethod]
    public void CopyPastTheEnd_IsSeen() =>
        RequireFault(Split, text => Source().Replace(text, "add.u64 $2, $2, 1048576;\n\t$1$2"), "of a global buffer of");

    [TestMethod]
    public void SwappedFragments_GiveWrongNumbers()
    {
        foreach (var which in new[] { "a", "b", "d" })
        {
            var product = Product();
            var run = new PtxRun(GemmDialects.Kernel(Split).Method, Swapped(Text(Split), which));
            var (actual, expected) = product.Plain(run, Split);
            Assert.IsGreaterThan(0.1, actual.Zip(expected, (one, other) => Math.Abs(one - other)).Max(), which);
        }
    }

    [TestMethod]
    public void BarrierThatNotAllReach_IsSeen()
    {
        const string Lane = "mov.b32 %r1, %tid.x;\n setp.lt.s32 %p1, %r1, ";
        RequireFault($"{Lane} 5;\n @%p1 bra L_1;\n bar.sync 0;\n L_1:\n ret;", "not all lanes");
        RequireFault($"{Lane} 32;\n @%p1 bra L_1;\n bar.sync 0;\n L_1:\n ret;", "others that have exited");
        RequireFault($"{Lane} 5;\n @%p1 bra.uni L_1;\n L_1:\n ret;", "lanes part");
        Assert.IsNull(Fault(() => RunText($"{Lane} 5;\n @%p1 bra L_1;\n mov.b32 %r2, 1;\n L_1:\n bar.sync 0;\n ret;")));
    }

    [TestMethod]
    public void UnknownInstructionOrWrongRegister_IsRefused()
    {
        RequireFault("sin.approx.f32 %f1, %f2;\n ret;", "does not know");
        RequireFault("add.s32 %r1, %f2, 1;\n ret;", "%f2 is f32, not s32");
        RequireFault("mov.b32 %rd1, %r1;\n ret;", "%rd1 is b64, not b32");
        RequireFault("cp.async.cg.shared.global [%rd1+16], [%rd2], 16, 16;\n ret;", "does not know");
    }

    [TestMethod]
    public void NumbersThatNobodyWrote_AreNaN()
    {
        var product = Product();
        var run = new PtxRun(GemmDialects.Kernel(Simt).Method, Without(Text(Simt), "mov.f32"));
        Assert.IsTrue(product.Plain(run, Simt).Actual.Any(float.IsNaN));
    }

    private static PtxProduct Product(int startOfA = 0, int terms = 52) =>
        new(67, 60, PtxProduct.Blocks(4, [.. new[] { 0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14 }.Take(terms / 4)]), 140,
            PtxProduct.Blocks(140, 0))
        { StartOfA = startOfA };

    private static string Text(GemmDialect dialect)
    {
        if (!Texts.TryGetValue(dialect, out var text))
            Texts[dialect] = text = PtxTests.Compile(GemmDialects.Kernel(dialect).Method, GemmDialects.Specialization(dialect),
                CudaArchitecture.SM_80);
        return text;
    }

    private static void Run(GemmDialect dialect, Func<string, string> change, int startOfA = 0, int terms = 52)
    {
        var product = Product(startOfA, terms);
        var run = new PtxRun(GemmDialects.Kernel(dialect).Method, change(Text(dialect)));
        PtxProductTests.RequireClose(product.Plain(run, dialect), product.Tolerance(dialect.Arithmetic), dialect.ToString());
    }

    private static void Attend(string text)
    {
        var run = new PtxRun(typeof(AttentionGpu).GetMethod(nameof(AttentionGpu.Kernel))!, text);
        const int Keys = 40, DHead = 4;
        var (numbers, rows) = (new double[Keys * 2 * DHead], Enumerable.Range(0, Keys).ToArray());
        var (values, ids) = (run.Floats(numbers), run.Memory.Add<int>(rows));
        run.Launch((1, 1), AttentionGpu.RowsPerGroup * AttentionGpu.Lanes, new
        {
            Q = run.Floats(numbers),
            Kv = values,
            Ids = run.Memory.Add<int>(rows[^8..]),
            First = run.Memory.Add<int>(new int[Keys]),
            Positions = ids,
            Entries = ids,
            Heads = run.Memory.Add(0),
            Z = run.Floats(numbers),
            Scores = values,
            Pattern = run.Floats(new double[8 * Keys]),
            Count = 8,
            NHeads = 1,
            DHead,
            NCtx = Keys,
            Scale = 0.5f,
            KeepScores = 0,
            KeepPattern = 1,
            Wide = 1,
        });
    }

    private static void RunText(string body) => new PtxMachine(
        new PtxProgram($".visible .entry kernel(\n.param .b64 _a\n)\n{{\n.shared .align 16 .b8 _s[64];\n{body}\n}}\n"),
        new PtxGlobalMemory()).Launch((1, 1), 64, new byte[8]);

    private static PtxFault? Fault(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (PtxFault fault)
        {
            return fault;
        }
    }

    private static void RequireFault(string body, string message) =>
        Assert.Contains(message, Fault(() => RunText(body))?.Message ?? "no fault");

    private static void RequireFault(GemmDialect dialect, Func<string, string> change, string message, int startOfA = 0) =>
        Assert.Contains(message, Fault(() => Run(dialect, change, startOfA))?.Message ?? "no fault");

    private static string Without(string text, string instruction) =>
        string.Join('\n', text.Split('\n').Where(line => !line.TrimStart().StartsWith(instruction, StringComparison.Ordinal)));

    private static string Replaced(string text, string from, string to)
    {
        Assert.Contains(from, text);
        return text.Replace(from, to, StringComparison.Ordinal);
    }

    /// <summary>Two registers of every tensor-core product swapped: of a, of b or of d.</summary>
    private static string Swapped(string text, string which) => which switch
    {
        "a" => Fragments().Replace(text, "$1{$2, $3, $4, $5}, {$7, $6, $8, $9}, {$10, $11}, {"),
        "b" => Fragments().Replace(text, "$1{$2, $3, $4, $5}, {$6, $7, $8, $9}, {$11, $10}, {"),
        _ => Fragments().Replace(text, "$1{$3, $2, $4, $5}, {$6, $7, $8, $9}, {$10, $11}, {"),
    };

    [GeneratedRegex(@"\tbar\.sync\t0;\n")]
    private static partial Regex Barrier();

    [GeneratedRegex("no barrier between|in flight")]
    private static partial Regex Unordered();

    [GeneratedRegex(@"(cp\.async\.cg\.shared\.global \[%rd\d+\], \[)(%rd\d+)")]
    private static partial Regex Source();

    [GeneratedRegex(@"mov\.b64 (%rd\d+), (%rd\d+);(?=\s+shl)")]
    private static partial Regex MoveBeforeCopy();

    [GeneratedRegex(@"(mma\S+ )\{(\S+), (\S+), (\S+), (\S+)\}, \{(\S+), (\S+), (\S+), (\S+)\}, \{(\S+), (\S+)\}, \{")]
    private static partial Regex Fragments();
}
