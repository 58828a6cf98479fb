using System.Text.Json;
using SeqCont.Cli.Running;
using SeqCont.Engine.Gpu;

namespace SeqCont.Cli.Tests;

/// <summary>Devices by name: what is there is used, what is not is an error with its reason, never the CPU instead.</summary>
[TestClass]
public sealed class DeviceTests
{
    [TestMethod]
    [DataRow("cuda")]
    [DataRow("cuda:1")]
    public void PruneNodes_OnCudaThatIsNotThere_FailsWithTheReason(string device)
    {
        if (GpuDevices.HasCuda) Assert.Inconclusive("there is a CUDA device here");
        var run = Invocation.Run("prune", "nodes", "--num-samps", "8", "--device", device);
        Assert.AreEqual(1, run.Code);
        Assert.HasCount(1, run.ErrorLines);
        StringAssert.StartsWith(run.ErrorLines[0], $"error: --device {device}: ");
        StringAssert.Matches(run.ErrorLines[0], new(OperatingSystem.IsWindows() ? "nvcuda" : "libcuda|driver"));
    }

    [TestMethod]
    public void Devices_WithoutCuda_SaysWhy()
    {
        if (GpuDevices.HasCuda) Assert.Inconclusive("there is a CUDA device here");
        using var printed = JsonDocument.Parse(Invocation.Run("devices", "--json").Out);
        Assert.AreEqual("cpu", printed.RootElement.GetProperty("auto").GetString());
        Assert.AreNotEqual("", printed.RootElement.GetProperty("cudaProblem").GetString());
    }

    [TestMethod]
    public void Auto_FirstCardTooOld_TakesTheNextAndSaysWhy()
    {
        var auto = Backend.Choose(new GpuSearch([TooOld(0), Usable("cuda:1"), Usable("cuda:2")], null, null));
        Assert.AreEqual("cuda:1", auto.Device);
        Assert.AreEqual(", chosen by --device auto, which passed over cuda:0, Old Card 0: its compute capability 5.2 is below 6.0",
            Backend.DescribeAutoChoice(auto));
    }

    [TestMethod]
    public void Auto_EveryCardTooOld_TakesTheCpuAndSaysWhy()
    {
        var auto = Backend.Choose(new GpuSearch([TooOld(0), TooOld(1), Usable("opencl:0")], null, null));
        Assert.AreEqual("cpu", auto.Device);
        foreach (var reason in new[] { "cuda:0, Old Card 0: its compute", "; cuda:1, Old Card 1: its compute" })
            Assert.Contains(reason, auto.PassedOver!);
    }

    [TestMethod]
    public void Auto_NothingInTheWay_TakesTheFirstAndSaysNothingElse()
    {
        Assert.AreEqual(new AutoChoice("cuda:0", null), Backend.Choose(new GpuSearch([Usable("cuda:0"), TooOld(1)], null, null)));
        Assert.AreEqual(new AutoChoice("cpu", null), Backend.Choose(new GpuSearch(
            [Usable("opencl:0")], "there is no NVIDIA driver", null)));
        Assert.AreEqual(", chosen by --device auto", Backend.DescribeAutoChoice(new AutoChoice("cpu", null)));
    }

    [TestMethod]
    public void Auto_DeviceThatOnlyTheDriverSees_TakesTheCpuAndSaysWhy()
    {
        var auto = Backend.Choose(new GpuSearch([], null, null));
        Assert.AreEqual("cpu", auto.Device);
        Assert.Contains("driver may be too old", auto.PassedOver!);
    }

    private static GpuDevice Usable(string id) => new(id, "Card", 1 << 30, null);

    private static GpuDevice TooOld(int number) =>
        new($"cuda:{number}", $"Old Card {number}", 1 << 30, "its compute capability 5.2 is below 6.0");

    [TestMethod]
    public void PruneNodes_OnOpenCl_SameCircuitAsOnTheCpu()
    {
        Environment.SetEnvironmentVariable(GpuDevices.AnyOpenClVariable, "1");
        if (GpuDevices.Find().OpenClProblem is not null) Assert.Inconclusive("no OpenCL driver here: .ci/run installs PoCL");
        JsonElement Circuit(string device, out string name)
        {
            var run = Invocation.Run("prune", "nodes", "--num-samps", "8", "--one-iter", "--device", device, "--json", "--quiet");
            Assert.AreEqual(0, run.Code, run.Error);
            using var printed = JsonDocument.Parse(run.Out);
            name = printed.RootElement.GetProperty("host").GetProperty("device").GetString()!;
            return printed.RootElement.GetProperty("circuit").Clone();
        }

        var (onCpu, onGpu) = (Circuit("cpu", out var cpu), Circuit("opencl", out var gpu));
        Assert.AreEqual(("cpu", "opencl"), (cpu, gpu));
        Assert.IsTrue(JsonElement.DeepEquals(onCpu.GetProperty("heads"), onGpu.GetProperty("heads")));
        Assert.IsTrue(JsonElement.DeepEquals(onCpu.GetProperty("mlps"), onGpu.GetProperty("mlps")));
    }

    [TestMethod]
    public void PruneNodes_OnOpenClTooBigForItsMemory_SaysWhatItNeeds()
    {
        Environment.SetEnvironmentVariable(GpuDevices.AnyOpenClVariable, "1");
        if (GpuDevices.Find().OpenClProblem is not null) Assert.Inconclusive("no OpenCL driver here: .ci/run installs PoCL");
        var run = Invocation.Run("prune", "nodes", "--device", "opencl", "--memory", "1MB");
        Assert.AreEqual(1, run.Code);
        StringAssert.StartsWith(run.ErrorLines[^1], "error: memory: this run needs at least ");
    }
}
