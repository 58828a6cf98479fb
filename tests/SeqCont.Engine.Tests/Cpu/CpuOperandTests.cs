using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Kernels;

namespace SeqCont.Engine.Tests.Cpu;

/// <summary>What the CPU backend refuses, and what it says.</summary>
[TestClass]
public sealed class CpuOperandTests
{
    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(1e39)]
    public void Upload_NotFiniteInFloat32_NamesTensorAndElement(double bad)
    {
        using var cpu = new CpuOps(threads: 1);
        foreach (var index in new[] { 0, 20, 34 })
        {
            var values = new double[35];
            values[index] = bad;
            var tensor = new ArrayTensor("blk.weight", values, 7, 5);
            StringAssert.StartsWith(Assert.ThrowsExactly<InvalidDataException>(() => cpu.Upload(tensor)).Message,
                $"blk.weight: element {index} ");
            StringAssert.StartsWith(Assert.ThrowsExactly<InvalidDataException>(() => cpu.CreateWeights(tensor, 0, 5, 7, 5)).Message,
                $"blk.weight: element {index} ");
            StringAssert.StartsWith(
                Assert.ThrowsExactly<InvalidDataException>(() => cpu.CreateWeights(tensor, 0, 7, 5, 7, transposed: true)).Message,
                $"blk.weight: element {index} ");
        }
    }

    [TestMethod]
    public void Project_ForeignBuffer_IsRefused()
    {
        using var cpu = new CpuOps(threads: 1);
        var rows = Rows.All(cpu.Upload([0]));
        using var weights = cpu.CreateWeights(new ArrayTensor("w", new double[6], 2, 3), 0, 3, 2, 3);
        var foreign = new ReferenceOps().Allocate(2);
        StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentException>(() =>
                cpu.Project(foreign, rows, weights, [0], null, Activation.None, false, cpu.Allocate(3))).Message, "a: ");
    }

    [TestMethod]
    public void Products_OperandsTooSmallOrBlocksWrong_AreRefused()
    {
        using var cpu = new CpuOps(threads: 1);
        var rows = Rows.All(cpu.Upload([0, 4]));
        using var weights = cpu.CreateWeights(new ArrayTensor("w", new double[24], 4, 6), 0, 6, 2, 3);
        using var a = cpu.Allocate(8);
        using var enough = cpu.Allocate(30);
        using var small = cpu.Allocate(29);
        cpu.Project(a, rows, weights, [0, 1], null, Activation.None, true, enough);
        Assert.ThrowsExactly<ArgumentException>(() => cpu.Project(a, rows, weights, [0, 1], null, Activation.None, true, small));
        Assert.ThrowsExactly<ArgumentException>(() => cpu.Project(a, rows, weights, [1, 0], null, Activation.None, true, enough));
        Assert.ThrowsExactly<ArgumentException>(() => cpu.Project(a, rows, weights, [2], null, Activation.None, true, enough));
        Assert.ThrowsExactly<ArgumentException>(() => cpu.ProjectAdd(new View(a, 1), rows, weights, [0], null, null, null, enough));
        Assert.ThrowsExactly<ArgumentException>(() => cpu.ProjectAdd(a, rows, weights, [0], small, null, null, enough));
        Assert.ThrowsExactly<ArgumentException>(() => cpu.ProjectAdd(a, rows, weights, [0], null, a, cpu.Upload([0, 0, 0, 0, 3]), enough));
        Assert.ThrowsExactly<ArgumentException>(() =>
            cpu.Project(a, new Rows(rows.Ids, 1, 2), weights, [0], null, Activation.None, true, enough));
    }

    [TestMethod]
    public void CreateWeights_ColumnsOutside_AreRefused()
    {
        using var cpu = new CpuOps(threads: 1);
        var tensor = new ArrayTensor("w", new double[24], 4, 6);
        Assert.ThrowsExactly<ArgumentException>(() => cpu.CreateWeights(tensor, 1, 6, 4, 6));
        Assert.ThrowsExactly<ArgumentException>(() => cpu.CreateWeights(tensor, -1, 2, 4, 2));
        Assert.ThrowsExactly<ArgumentException>(() => cpu.CreateWeights(tensor, 0, 6, 3, 6));
        Assert.ThrowsExactly<ArgumentException>(() => cpu.CreateWeights(new ArrayTensor("v", new double[24], 24), 0, 6, 4, 6));
    }

    [TestMethod]
    public void Buffer_AfterDispose_IsRefused()
    {
        using var cpu = new CpuOps(threads: 1);
        var buffer = cpu.Allocate(4);
        buffer.Dispose();
        buffer.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => cpu.Download(buffer, 0, new double[4]));
    }

    [TestMethod]
    public void Name_TellsPathAndThreads()
    {
        using var one = new CpuOps(InstructionSet.Scalar, 1);
        using var three = new CpuOps(InstructionSet.Scalar, 3);
        Assert.AreEqual("cpu scalar, 1 thread", one.Name);
        Assert.AreEqual("cpu scalar, 3 threads", three.Name);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new CpuOps(InstructionSet.Scalar, 0));
    }
}
