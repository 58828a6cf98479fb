using System.CommandLine;
using System.Globalization;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model info: sizes, number of weights, their type and hash.</summary>
internal static class ModelInfoCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("info", "Describes a model: sizes, parameters, number format, SHA-256, tokenizer");
        var name = new Argument<string?>("MODEL")
        {
            Description = "demo, a name or a folder, as --model (default: demo)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var model = ModelOptions.ModelOption();
        command.Add(name);
        command.Add(model);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed =>
        {
            var (given, option) = (parsed.GetValue(name), parsed.GetRequiredValue(model));
            if (given is not null && parsed.GetResult(model) is { Implicit: false }) throw new UsageException("model info: expected MODEL or --model, got both.");
            return Run(context, given ?? option, output.Read(parsed));
        });
        return command;
    }

    private static int Run(CommandContext context, string name, OutputChoice output)
    {
        using var source = ModelSource.Open(name);
        var (weights, config) = (source.Weights, source.Weights.Config);
        var writer = context.Terminal.Out;
        if (output.Json)
        {
            JsonOutput.Write(writer, json =>
            {
                json.WriteNumber("schema", JsonFile.Schema);
                json.WriteString("name", name);
                json.WriteNumber("nLayers", config.NLayers);
                json.WriteNumber("nHeads", config.NHeads);
                json.WriteNumber("dModel", config.DModel);
                json.WriteNumber("dHead", config.DHead);
                json.WriteNumber("dMlp", config.DMlp);
                json.WriteNumber("nCtx", config.NCtx);
                json.WriteNumber("dVocab", config.DVocab);
                json.WriteNumber("parameters", config.Parameters);
                json.WriteString("dtype", weights.DType);
                json.WriteString("sha256", weights.Sha256);
                json.WriteBoolean("tokenizer", source.HasTokenizer);
            });
            return CommandLine.Done;
        }

        (string Label, string Value)[] lines =
        [
            ("model", source.IsDemo ? $"{name} (inside the program)" : name),
            ("layers", Number(config.NLayers)),
            ("heads a layer", $"{config.NHeads}, of width {config.DHead}"),
            ("width", $"{config.DModel}, MLP {config.DMlp}"),
            ("context", $"{config.NCtx} tokens"),
            ("vocabulary", $"{Number(config.DVocab)} tokens"),
            ("parameters", Number(config.Parameters)),
            ("number format", weights.DType),
            ("SHA-256", weights.Sha256),
            ("tokenizer", source.HasTokenizer ? "vocab.json and merges.txt" : "none: prompts must be token ids"),
        ];
        foreach (var (label, value) in lines) writer.WriteLine($"{label,-14} {value}");
        writer.Flush();
        return CommandLine.Done;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
