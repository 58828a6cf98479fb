using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;
using SeqCont.Engine.Gpu;
using SeqCont.Kernels;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont devices: what this machine offers, what is taken, and why something cannot be.</summary>
internal static class DevicesCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "devices",
            $"Lists the CPU's instruction sets ({InstructionSets.ForceVariable} forces one) and GPUs, which one auto takes, and why "
                + $"something is not usable");
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, output.Read(parsed)));
        return command;
    }

    private static int Run(CommandContext context, OutputChoice output)
    {
        var gpus = GpuDevices.Find();
        if (output.Json) WriteJson(context.Terminal.Out, gpus);
        else WriteText(context.Terminal.Out, gpus);
        return CommandLine.Done;
    }

    private static void WriteText(TextWriter writer, GpuSearch gpus)
    {
        var (available, taken, auto) = (InstructionSets.Available(), InstructionSets.Choose(), Backend.Auto().Device);
        writer.WriteLine($"cpu       {Environment.ProcessorCount} threads{Taken("cpu")}");
        foreach (var path in Enum.GetValues<InstructionSet>().Reverse())
            writer.WriteLine(
                $"          {InstructionSets.Name(path),-8} "
                    + $"{(path == taken ? "taken" : available.Contains(path) ? "available" : "not on this machine")}");
        foreach (var gpu in gpus.Devices)
            writer.WriteLine(
                $"{gpu.Id,-9} {gpu.Name}, {ByteSize.Format(gpu.MemoryBytes)}"
                    + $"{(gpu.Problem is { } problem ? $"; not usable: {problem}" : Taken(gpu.Id))}");
        if (gpus.CudaProblem is { } cuda) writer.WriteLine($"cuda      not usable: {cuda}");
        if (gpus.OpenClProblem is { } openCl) writer.WriteLine($"opencl    not usable: {openCl}");
        writer.Flush();

        string Taken(string id) => id == auto ? "; taken by auto" : "";
    }

    private static void WriteJson(TextWriter writer, GpuSearch gpus) => JsonOutput.Write(writer, json =>
    {
        json.WriteNumber("schema", JsonFile.Schema);
        json.WriteString("auto", Backend.Auto().Device);
        json.WriteStartObject("cpu");
        json.WriteStartArray("paths");
        foreach (var path in InstructionSets.Available()) json.WriteStringValue(InstructionSets.Name(path));
        json.WriteEndArray();
        json.WriteString("path", InstructionSets.Name(InstructionSets.Choose()));
        json.WriteNumber("threads", Environment.ProcessorCount);
        json.WriteEndObject();
        json.WriteStartArray("gpus");
        foreach (var gpu in gpus.Devices)
        {
            json.WriteStartObject();
            json.WriteString("device", gpu.Id);
            json.WriteString("name", gpu.Name);
            json.WriteNumber("memoryBytes", gpu.MemoryBytes);
            json.WriteString("problem", gpu.Problem);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("cudaProblem", gpus.CudaProblem);
        json.WriteString("openClProblem", gpus.OpenClProblem);
    });
}
