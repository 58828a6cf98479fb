using System.Text.Json;
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
    public void PruneNodes_OnOpenCl_SameCircuitAsOnTheCpu()
    {
        Environment.SetEnvironmentVariable(GpuDevices.AnyOpenClVariable, "1");
        if (GpuDevices.Find().OpenClProblem is not null) Assert.Inconclusive("no OpenCL driver here: .ci/run installs PoCL");
        JsonElement Circuit(string device, out string name)
        {
            var run = Invocation.Run("prune", "nodes", "--num-samps", "8", "--one-iter", "--device", device, "--json", "--quiet");
            Assert.AreEqual(0, run.Code, run.Error);
            using var printed = JsonDocument.Parse(run.Out);
            name = printed.RootElement.GetProperty("device").GetString()!;
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
