using System.Security.Cryptography;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>A run's prompts, ready for its model, and what run.json says of them.</summary>
internal sealed record PromptSource(
    PromptSet Clean, PromptSet Corrupted, PromptFacts CleanFacts, PromptFacts CorruptedFacts, string? Task, int? Bos)
{
    private const int DemoSamples = 64, DefaultSamples = 512;

    /// <summary>For people: where the prompts came from.</summary>
    public string Description => $"{Clean.Count} {(Task is null ? "" : $"{Task} ")}prompts from "
        + (CleanFacts.Files.Count == 0 ? $"the built-in generator ({Clean.Source})" : Clean.Source);

    public static int Samples(int? asked, bool isDemo) => asked ?? (isDemo ? DemoSamples : DefaultSamples);

    public static PromptSource Open(PromptChoice choice, ModelSource model)
    {
        var prompts = Rows(choice, model);
        int? bos = choice.Bos ? model.Bos() : null;
        var (clean, corrupted) =
            (model.Set(prompts.Clean, prompts.CleanSource, bos), model.Set(prompts.Corrupt, prompts.CorruptSource, bos));
        return new PromptSource(clean, corrupted, Facts(clean, prompts.Clean, prompts.CleanFiles),
            Facts(corrupted, prompts.Corrupt, prompts.CorruptFiles), TaskSource.NameOf(choice.Task), bos);
    }

    /// <summary>Prompts that go without corrupted ones.</summary>
    public static PromptSource Alone(PromptSet set, IReadOnlyList<PromptRow> rows, IReadOnlyList<string> files, string? task)
    {
        var facts = Facts(set, rows, files);
        return new PromptSource(set, set, facts, facts, task, set.Bos);
    }

    /// <summary>The rows asked for.</summary>
    public static TaskPrompts Rows(PromptChoice choice, ModelSource model)
    {
        if (choice.Clean is { } clean)
        {
            var (rows, corrupt) = (PromptFile.Read(clean), choice.Corrupt);
            return new TaskPrompts(rows, corrupt is null ? [] : PromptFile.Read(corrupt), clean, corrupt ?? "")
            {
                CleanFiles = [clean],
                CorruptFiles = corrupt is null ? [] : [corrupt],
            };
        }

        var (task, samples) = (TaskSource.Open(choice.Task!), Samples(choice.NumSamps, model.IsDemo));
        if (choice.Data is { } folder) return StudyData.Read(folder, task.Name, task.TemplateNames, samples);
        string[] files = task.File is { } file ? [file] : [];
        return new TaskGenerator(ModelSource.ReadWords(), model.RequireTokenizer()).Generate(task, samples, choice.Seed) with
        {
            CleanFiles = files,
            CorruptFiles = files,
        };
    }

    /// <summary>What run.json says of a set that was made from rows.</summary>
    public static PromptFacts Facts(PromptSet set, IReadOnlyList<PromptRow> rows, IReadOnlyList<string> files)
    {
        using var stream = new MemoryStream();
        PromptFile.WriteRows(stream, rows);
        return new(set.Source, [.. files.Select(file => new PromptFileFacts(file, Hash(File.ReadAllBytes(file))))],
            Hash(stream.GetBuffer().AsSpan(0, (int)stream.Length)), set.Count, set.Sha256);
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
