using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace SeqCont.Kernels.Tests;

[TestClass]
public sealed class InstructionSetTests
{
    private const string RuntimeSwitch = "DOTNET_EnableAVX512";

    [TestMethod]
    public void Available_EndsWithScalarBestFirst()
    {
        var available = InstructionSets.Available();
        Assert.AreEqual(InstructionSet.Scalar, available[^1]);
        CollectionAssert.AreEqual(available.OrderDescending().ToArray(), available.ToArray());
        Assert.AreEqual(Avx512F.IsSupported, available.Contains(InstructionSet.Avx512));
    }

    [TestMethod]
    public void Choose_Forced_TakesThatOneOrFails()
    {
        foreach (var path in InstructionSets.Available()) Assert.AreEqual(path, InstructionSets.Choose(InstructionSets.Name(path)));
        Assert.AreEqual(InstructionSets.Available()[0], InstructionSets.Choose(null));
        Assert.AreEqual(InstructionSets.Available()[0], InstructionSets.Choose(string.Empty));
        foreach (var wrong in new[] { "sse9", "AVX512", " scalar" })
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => InstructionSets.Choose(wrong)).Message, $"'{wrong}'");
        foreach (var absent in Enum.GetValues<InstructionSet>().Except(InstructionSets.Available()))
            Assert.ThrowsExactly<ArgumentException>(() => InstructionSets.Choose(InstructionSets.Name(absent)));
    }

    /// <summary>Runs itself again in a process whose runtime has AVX-512 switched off.</summary>
    [TestMethod]
    public void Available_RuntimeWithoutAvx512_DoesNotOfferIt()
    {
        if (Environment.GetEnvironmentVariable(RuntimeSwitch) == "0")
        {
            Assert.IsFalse(Avx512F.IsSupported, "the runtime's switch did not work");
            Assert.DoesNotContain(InstructionSet.Avx512, InstructionSets.Available());
            Assert.ThrowsExactly<ArgumentException>(() => InstructionSets.Choose("avx512"));
            return;
        }

        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(InstructionSetTests).Assembly.Location);
        start.ArgumentList.Add("--filter");
        start.ArgumentList.Add($"FullyQualifiedName~{nameof(Available_RuntimeWithoutAvx512_DoesNotOfferIt)}");
        start.Environment[RuntimeSwitch] = "0";
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("TESTINGPLATFORM", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();

        // A run of no tests ends with another code.
        Assert.AreEqual(0, child.ExitCode, output + errors.Result);
        StringAssert.Contains(output, "succeeded: 1");
    }
}
