using System.Security.Cryptography;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>A run's prompts, ready for its model, and what run.json says of them.</summary>
internal sealed record PromptSource(
    PromptSet Clean, PromptSet Corrupted, PromptFacts CleanFacts, PromptFacts CorruptedFacts, string? Task, int? Bos)
{
    private const int DemoSamples = 64, DefaultSamples = 512;

    /// <summary>For people: where the prompts came from.</summary>
    public string Description => CleanFacts.Files.Count == 0
        ? $"{Clean.Count} {Task} prompts from the built-in generator ({Clean.Source})"
        : $"{Clean.Count} {Task ?? ""} prompts from {Clean.Source}".Replace("  ", " ", StringComparison.Ordinal);

    public static int Samples(int? asked, bool isDemo) => asked ?? (isDemo ? DemoSamples : DefaultSamples);

    public static PromptSource Open(PromptChoice choice, ModelSource model, Gpt2Tokenizer? tokenizer)
    {
        var prompts = Rows(choice, model, tokenizer);
        int? bos = choice.Bos ? BosOf(model, tokenizer) : null;
        var config = model.Weights.Config;
        PromptSet Create(IReadOnlyList<PromptRow> rows, string source) =>
            PromptSet.Create(rows, tokenizer, config, bos, source);
        var clean = Create(prompts.Clean, prompts.CleanSource);
        var corrupted = Create(prompts.Corrupt, prompts.CorruptSource);
        return new PromptSource(clean, corrupted, Facts(clean, prompts.Clean, prompts.CleanFiles),
            Facts(corrupted, prompts.Corrupt, prompts.CorruptFiles), TaskSource.NameOf(choice.Task), bos);
    }

    /// <summary>The rows asked for.</summary>
    public static TaskPrompts Rows(PromptChoice choice, ModelSource model, Gpt2Tokenizer? tokenizer)
    {
        if (choice.Clean is { } clean)
        {
            return choice.Corrupt is { } corrupt
                ? new TaskPrompts(PromptFile.Read(clean), PromptFile.Read(corrupt), clean, corrupt)
                {
                    CleanFiles = [clean],
                    CorruptFiles = [corrupt]
                }
                : new TaskPrompts(PromptFile.Read(clean), [], clean, "") { CleanFiles = [clean] };
        }

        var (task, samples) = (TaskSource.Open(choice.Task!), Samples(choice.NumSamps, model.IsDemo));
        if (choice.Data is { } folder) return StudyData.Read(folder, task.Name, task.TemplateNames, samples);
        string[] files = task.File is { } file ? [file] : [];
        return new TaskGenerator(ModelSource.ReadWords(), tokenizer
            ?? model.RequireTokenizer()).Generate(task, samples, choice.Seed) with
        { CleanFiles = files, CorruptFiles = files };
    }

    /// <summary>The model's begin-of-text token.</summary>
    /// <exception cref="InvalidDataException">It names none.</exception>
    public static int BosOf(ModelSource model, Gpt2Tokenizer? tokenizer, string advice = "") =>
        model.Weights.Config.BosTokenId ?? tokenizer?.EndOfText
        ?? throw new InvalidDataException(
            $"--bos: the model {model.Name} names no begin-of-text token (bos_token_id in config.json){advice}.");

    /// <summary>What run.json says of a set that was made from rows.</summary>
    public static PromptFacts Facts(PromptSet set, IReadOnlyList<PromptRow> rows, IReadOnlyList<string> files) =>
        new(set.Source, [.. files.Select(file => new PromptFileFacts(file, FileHash(file)))], RowsHash(rows), set.Count, set.Sha256);

    private static string FileHash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string RowsHash(IReadOnlyList<PromptRow> rows)
    {
        using var stream = new MemoryStream();
        PromptFile.WriteRows(stream, rows);
        return Convert.ToHexStringLower(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
    }
}
