using System.Security.Cryptography;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>A run's prompts, ready for its model, and what run.json says of them.</summary>
internal sealed record PromptSource(PromptSet Clean, PromptSet Corrupted, PromptFacts CleanFacts, PromptFacts CorruptedFacts, string? Task, int? Bos)
{
    private const int DemoSamples = 64, DefaultSamples = 512;

    /// <summary>For people: where the prompts came from.</summary>
    public string Description => CleanFacts.Files.Count == 0
        ? $"{Clean.Count} {Task} prompts from the built-in generator ({Clean.Source})"
        : $"{Clean.Count} {Task ?? ""} prompts from {Clean.Source}".Replace("  ", " ", StringComparison.Ordinal);

    public static int Samples(int? asked, bool isDemo) => asked ?? (isDemo ? DemoSamples : DefaultSamples);

    public static PromptSource Open(PromptChoice choice, ModelSource model, Gpt2Tokenizer? tokenizer)
    {
        var (prompts, cleanFiles, corruptedFiles) = Rows(choice, model, tokenizer);
        int? bos = choice.Bos ? BosOf(model, tokenizer) : null;
        var config = model.Weights.Config;
        PromptSet Create(IReadOnlyList<PromptRow> rows, string source) => PromptSet.Create(rows, tokenizer, config.NCtx, config.DVocab, bos, source);
        var clean = Create(prompts.Clean, prompts.CleanSource);
        var corrupted = Create(prompts.Corrupt, prompts.CorruptSource);
        return new PromptSource(clean, corrupted, Facts(clean, prompts.Clean, cleanFiles), Facts(corrupted, prompts.Corrupt, corruptedFiles), TaskSource.NameOf(choice.Task), bos);
    }

    /// <summary>The rows asked for, and the files they came from.</summary>
    public static (TaskPrompts Prompts, string[] CleanFiles, string[] CorruptedFiles) Rows(PromptChoice choice, ModelSource model, Gpt2Tokenizer? tokenizer)
    {
        if (choice.Clean is { } clean)
        {
            return choice.Corrupt is { } corrupt
                ? (new TaskPrompts(PromptFile.Read(clean), PromptFile.Read(corrupt), clean, corrupt), [clean], [corrupt])
                : (new TaskPrompts(PromptFile.Read(clean), [], clean, ""), [clean], []);
        }

        var (task, samples) = (TaskSource.Open(choice.Task!), Samples(choice.NumSamps, model.IsDemo));
        if (choice.Data is not { } folder)
        {
            string[] files = task.File is { } file ? [file] : [];
            return (new TaskGenerator(ModelSource.ReadWords(), tokenizer ?? model.RequireTokenizer()).Generate(task, samples, choice.Seed), files, files);
        }

        var prompts = StudyData.Read(folder, task.Name, task.TemplateNames, samples);
        folder = StudyData.FolderOf(folder, task.Name);
        return (prompts, [.. task.TemplateNames.Select(template => StudyData.FindFile(folder, task.CleanFileName(template)))], [StudyData.FindFile(folder, task.CorruptFileName)]);
    }

    /// <summary>The model's begin-of-text token.</summary>
    /// <exception cref="InvalidDataException">It names none.</exception>
    public static int BosOf(ModelSource model, Gpt2Tokenizer? tokenizer, string advice = "") =>
        model.Weights.Config.BosTokenId ?? tokenizer?.EndOfText
        ?? throw new InvalidDataException($"--bos: the model {model.Name} names no begin-of-text token (bos_token_id in config.json){advice}.");

    /// <summary>What run.json says of a set that was made from rows.</summary>
    public static PromptFacts Facts(PromptSet set, IReadOnlyList<PromptRow> rows, string[] files) =>
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
