using SeqCont.Engine.Cpu;
using SeqCont.Engine.Gpu;
using SeqCont.Engine.Reference;

namespace SeqCont.Engine.Tests.Operations;

/// <summary>A decorator hands on every operation through the body in the interface; a backend has a body of its own.</summary>
[TestClass]
public sealed class DecoratorTests
{
    [TestMethod]
    [DataRow(typeof(CpuOps))]
    [DataRow(typeof(GpuOps))]
    [DataRow(typeof(ReferenceOps))]
    public void Backend_ImplementsEveryOperation(Type backend)
    {
        var map = backend.GetInterfaceMap(typeof(IOps));
        var missing = map.InterfaceMethods.Zip(map.TargetMethods)
            .Where(pair => !pair.First.IsSpecialName && pair.First.IsPublic && pair.Second.DeclaringType != backend)
            .Select(pair => pair.First.Name);
        Assert.AreEqual("", string.Join(", ", missing));
    }

    [TestMethod]
    public void Metered_CountsAndHandsOn()
    {
        var meter = new WorkMeter();
        using var metered = new MeteredOps(new ReferenceOps(), meter);
        IOps ops = metered;
        var rows = Rows.All(ops.Upload([0, 1]));
        using var resid = ops.Upload(new ArrayTensor("resid", [1, 2, 3, 4], 2, 2));
        using var compact = ops.Upload(new ArrayTensor("compact", [10, 20, 30, 40], 2, 2));
        ops.Meter!.Enter(Stage.Mlp, 3);
        ops.Add(resid, rows, compact, 2, resid);
        using var weights = ops.CreateWeights(new ArrayTensor("weights", [1, 1, 1, 1], 2, 2), 0, 2, 2, 1);
        ops.Project(resid, rows, weights, [0], null, Activation.None, byRow: false, compact);
        var values = new double[4];
        ops.Download(compact, 0, values);
        CollectionAssert.AreEqual(new double[] { 33, 20, 77, 40 }, values);
        Assert.AreEqual((2L, 2L * 2 * 2 * 1, Stage.Mlp), (metered.Calls, meter.Flops, meter.ByStage.Single().Stage));
    }
}
