using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Engine.Gpu;
using SeqCont.Kernels;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont devices: what this machine offers, what is taken, and why something cannot be.</summary>
internal sealed class DevicesCommand(OptionTable options)
{
    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        var gpus = GpuDevices.Find();
        return ConsoleOutput.Print(
            _output, () =>
            [
                ("schema", JsonFile.Schema), ("auto", Backend.Auto().Device),
                ("cpu",
                [
                    ("paths", Json.List(InstructionSets.Available(), path => InstructionSets.Name(path))),
                    ("path", InstructionSets.Name(InstructionSets.Choose())), ("threads", Environment.ProcessorCount),
                ]),
                ("gpus", Json.List(gpus.Devices, gpu =>
                    [("device", gpu.Id), ("name", gpu.Name), ("memoryBytes", gpu.MemoryBytes), ("problem", gpu.Problem)])),
                ("cudaProblem", gpus.CudaProblem), ("openClProblem", gpus.OpenClProblem),
            ], () => Lines(gpus));
    }

    private static IEnumerable<string> Lines(GpuSearch gpus)
    {
        var (available, taken, auto) = (InstructionSets.Available(), InstructionSets.Choose(), Backend.Auto().Device);
        string Taken(string id) => id == auto ? "; taken by auto" : "";
        yield return $"cpu       {Environment.ProcessorCount} threads{Taken("cpu")}";
        foreach (var path in Enum.GetValues<InstructionSet>().Reverse())
            yield return $"          {InstructionSets.Name(path),-8} "
                + (path == taken ? "taken" : available.Contains(path) ? "available" : "not on this machine");
        foreach (var gpu in gpus.Devices)
            yield return $"{gpu.Id,-9} {gpu.Name}, {ByteSize.Format(gpu.MemoryBytes)}"
                + (gpu.Problem is { } problem ? $"; not usable: {problem}" : Taken(gpu.Id));
        if (gpus.CudaProblem is { } cuda) yield return $"cuda      not usable: {cuda}";
        if (gpus.OpenClProblem is { } openCl) yield return $"opencl    not usable: {openCl}";
    }
}
