using System.CommandLine;
using System.Globalization;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model info: sizes, number of weights, their type, hash and statistics, where they are.</summary>
internal static class ModelInfoCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "info", "Describes a model: sizes, parameters, number format, SHA-256, tokenizer, revision, statistics of its tensors");
        var name = new Argument<string?>("MODEL")
        {
            Description = "demo, a name or a folder, as --model (default: demo)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var model = ModelOptions.ModelOption();
        var tensors = OptionFactory.Flag(
            "--tensors",
            "Every tensor: shape, number format, smallest and largest value, mean, standard deviation, NaN and infinite values (default: "
                + "all of them as one)");
        command.Add(name);
        command.Add(model);
        command.Add(tensors);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed =>
        {
            var (given, option) = (parsed.GetValue(name), parsed.GetRequiredValue(model));
            if (given is not null && parsed.GetResult(model) is { Implicit: false })
                throw new UsageException("model info: expected MODEL or --model, got both.");
            return Run(context, given ?? option, parsed.GetValue(tensors), output.Read(parsed));
        });
        return command;
    }

    private static int Run(CommandContext context, string name, bool showTensors, OutputChoice output)
    {
        using var source = ModelSource.Open(name);
        var tensors = TensorStatistics.Of(source.Weights, context.CancellationToken);
        if (output.Json) WriteJson(context.Terminal.Out, source, tensors, showTensors);
        else WriteText(context.Terminal.Out, source, tensors, showTensors);
        return CommandLine.Done;
    }

    private static void WriteJson(TextWriter writer, ModelSource source, IReadOnlyList<TensorStatistics> tensors, bool showTensors) =>
        JsonOutput.Write(writer, json =>
    {
        var config = source.Weights.Config;
        json.WriteNumber("schema", JsonFile.Schema);
        json.WriteString("name", source.Name);
        json.WriteNumber("nLayers", config.NLayers);
        json.WriteNumber("nHeads", config.NHeads);
        json.WriteNumber("dModel", config.DModel);
        json.WriteNumber("dHead", config.DHead);
        json.WriteNumber("dMlp", config.DMlp);
        json.WriteNumber("nCtx", config.NCtx);
        json.WriteNumber("dVocab", config.DVocab);
        json.WriteNumber("parameters", config.Parameters);
        json.WriteString("dtype", source.Weights.DType);
        json.WriteString("sha256", source.Weights.Sha256);
        json.WriteBoolean("tokenizer", source.HasTokenizer);
        json.WriteString("repository", source.Snapshot?.Repository);
        json.WriteString("revision", source.Snapshot?.Commit);
        json.WriteString("folder", source.Folder);
        json.WriteStartObject("statistics");
        json.WriteNumber("tensors", tensors.Count);
        TensorTable.WriteValues(json, TensorTable.Together(tensors));
        json.WriteEndObject();
        if (showTensors) TensorTable.Write(json, tensors);
    });

    private static void WriteText(TextWriter writer, ModelSource source, IReadOnlyList<TensorStatistics> tensors, bool showTensors)
    {
        var config = source.Weights.Config;
        (string Label, string? Value)[] lines =
        [
            ("model", source.IsDemo ? $"{source.Name} (inside the program)" : source.Name),
            ("revision", source.Snapshot?.Commit),
            ("folder", source.Folder),
            ("layers", Number(config.NLayers)),
            ("heads a layer", $"{config.NHeads}, of width {config.DHead}"),
            ("width", $"{config.DModel}, MLP {config.DMlp}"),
            ("context", $"{config.NCtx} tokens"),
            ("vocabulary", $"{Number(config.DVocab)} tokens"),
            ("parameters", Number(config.Parameters)),
            ("number format", source.Weights.DType),
            ("SHA-256", source.Weights.Sha256),
            ("tokenizer", source.HasTokenizer ? "vocab.json and merges.txt" : "none: prompts must be token ids"),
            ("tensors", TensorTable.Summary(tensors)),
        ];
        foreach (var (label, value) in lines)
            if (value is not null) writer.WriteLine($"{label,-14} {value}");
        if (showTensors)
            foreach (var line in TensorTable.Lines(tensors)) writer.WriteLine(line);
        writer.Flush();
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
