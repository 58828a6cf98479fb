using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Kernels;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont devices: what this machine offers, and what is taken.</summary>
internal static class DevicesCommand
{
    private const string Gpu = "not available in this version";

    public static Command Build(CommandContext context)
    {
        var command = new Command("devices", $"Lists the CPU's instruction sets and which one is taken ({InstructionSets.ForceVariable} forces one)");
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, output.Read(parsed)));
        return command;
    }

    private static int Run(CommandContext context, OutputChoice output)
    {
        var (available, taken) = (InstructionSets.Available(), InstructionSets.Choose());
        var writer = context.Terminal.Out;
        if (output.Json)
        {
            JsonOutput.Write(writer, json =>
            {
                json.WriteNumber("schema", JsonFile.Schema);
                json.WriteString("auto", "cpu");
                json.WriteStartObject("cpu");
                json.WriteStartArray("paths");
                foreach (var path in available) json.WriteStringValue(InstructionSets.Name(path));
                json.WriteEndArray();
                json.WriteString("path", InstructionSets.Name(taken));
                json.WriteNumber("threads", Environment.ProcessorCount);
                json.WriteEndObject();
                json.WriteNull("gpu");
            });
            return CommandLine.Done;
        }

        writer.WriteLine($"cpu  {Environment.ProcessorCount} threads; taken by auto");
        foreach (var path in Enum.GetValues<InstructionSet>().Reverse())
            writer.WriteLine($"     {InstructionSets.Name(path),-8} {(path == taken ? "taken" : available.Contains(path) ? "available" : "not on this machine")}");
        writer.WriteLine($"gpu  {Gpu}");
        writer.Flush();
        return CommandLine.Done;
    }
}
