using System.CommandLine;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont model info: sizes, number of weights, their type, hash and statistics, where they are.</summary>
internal sealed class ModelInfoCommand(OptionTable options)
{
    private const int MostAdded = 20;

    private readonly string? _name =
        options.Argument<string?>("MODEL", "demo, a name or a folder, as --model (default: demo)", ArgumentArity.ZeroOrOne);

    private readonly string _model = ModelOptions.ReadName(options);
    private readonly UnembeddingChoice _unembedding = ModelOptions.ReadUnembedding(options);
    private readonly bool _tensors = options.Flag("--tensors",
        "Every tensor: shape, number format, smallest and largest value, mean, standard deviation, NaN and infinite values (default: all "
            + "of them as one)");

    private readonly OutputChoice _output = OutputChoice.Read(options);

    public int Run()
    {
        if (_name is not null && options.Has("--model")) throw new UsageException("model info: expected MODEL or --model, got both.");
        var console = new ConsoleOutput(_output);
        using var source = ModelSource.Open(
            _name ?? _model, null, console.Notice, _unembedding, cancellationToken: _output.Context.CancellationToken);
        var tensors = TensorStatistics.Of(source.Weights, _output.Context.CancellationToken);
        var (tokenizer, why) = (source.Tokenizer, source.WhyNoTokenizer);
        console.Release();
        return ConsoleOutput.Print(_output, () => Fields(source, tensors, tokenizer), () =>
        [
            .. from line in Lines(source, tensors, tokenizer, why) where line.Value is not null select $"{line.Label,-14} {line.Value}",
            .. _tensors ? TensorTable.Lines(tensors) : [],
        ]);
    }

    private static string Added(IReadOnlyList<AddedToken> tokens, int dVocab) => tokens.Count == 0 ? "none" : string.Join(", ", [
        .. tokens.Take(MostAdded).Select(token =>
            $"{Rendering.Lines.Printable(token.Text)} {token.Id}{(token.Id < dVocab ? "" : " (not in the model's vocabulary)")}"),
        .. tokens.Count > MostAdded ? (string[])[$"and {tokens.Count - MostAdded} more (--json lists them)"] : [],
    ]);

    private Json Fields(ModelSource source, IReadOnlyList<TensorStatistics> tensors, Gpt2Tokenizer? tokenizer)
    {
        var (config, weights, snapshot) = (source.Config, source.Weights, source.Snapshot);
        return
        [
            ("schema", JsonFile.Schema), ("name", source.Name), ("nLayers", config.NLayers), ("nHeads", config.NHeads),
            ("dModel", config.DModel), ("dHead", config.DHead), ("dMlp", config.DMlp), ("nCtx", config.NCtx), ("dVocab", config.DVocab),
            ("variant?", RunFile.Variant(config)),
            ("parameters", config.Parameters), ("dtype", weights.DType), ("sha256", weights.Sha256), ("tokenizer", tokenizer is not null),
            ("addedTokens", Json.List(tokenizer?.AddedTokens ?? [], token => [("id", token.Id), ("text", token.Text)])),
            ("prefix", weights.Checkpoint.Prefix), ("leftAside", Json.List(weights.Checkpoint.LeftAside, name => name)),
            ("unembedding", weights.WU is null ? "wte" : "lm_head"), ("notices", Json.List(weights.Checkpoint.Notices, line => line)),
            ("repository", snapshot?.Repository), ("revision", snapshot?.Commit), ("folder", source.Folder),
            ("statistics", [("tensors", tensors.Count), .. TensorTable.Fields(TensorTable.Together(tensors))]),
            ("tensors?", _tensors ? Json.List(tensors, TensorTable.Fields) : null),
        ];
    }

    private static (string Label, string? Value)[] Lines(
        ModelSource source, IReadOnlyList<TensorStatistics> tensors, Gpt2Tokenizer? tokenizer, string? why)
    {
        var (config, checkpoint) = (source.Config, source.Weights.Checkpoint);
        return
        [
            ("model", source.IsDemo ? $"{source.Name} (inside the program)" : source.Name),
            ("revision", source.Snapshot?.Commit),
            ("folder", source.Folder),
            ("layers", $"{config.NLayers:N0}"),
            ("heads a layer", $"{config.NHeads}, of width {config.DHead}"),
            ("width", $"{config.DModel}, MLP {config.DMlp}"),
            ("context", $"{config.NCtx} tokens"),
            ("vocabulary", $"{config.DVocab:N0} tokens"),
            .. config.Variant(),
            ("parameters", $"{config.Parameters:N0}"),
            ("number format", source.Weights.DType),
            ("SHA-256", source.Weights.Sha256),
            ("tokenizer", tokenizer is not null ? string.Join(" and ", source.TokenizerFiles) : $"none: prompts must be token ids; {why}"),
            ("added tokens", tokenizer is null ? null : Added(tokenizer.AddedTokens, config.DVocab)),
            ("tensors", TensorTable.Summary(tensors)),
            ("names", checkpoint.Prefix.Length == 0 ? null : $"begin with {Rendering.Lines.Printable(checkpoint.Prefix)}"),
            .. checkpoint.Notices.Select(notice => ("notice", (string?)notice)),
        ];
    }
}
