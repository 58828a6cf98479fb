using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests;

/// <summary>The demo's tokenizer and words, the study's folder, and throw-away folders.</summary>
internal static class TaskFixtures
{
    public static readonly string[] Tasks = ["numerals", "numwords", "months"];

    private static readonly string DemoFolder = Path.Combine(TestFiles.Root, "src", "SeqCont.Model", "Demo");

    public static Gpt2Tokenizer DemoTokenizer { get; } = Gpt2Tokenizer.Load(DemoFolder);

    public static TaskWords DemoWords { get; } = ReadWords();

    public static string StudyFolder()
    {
        var folder = TestFiles.SharedOrNull("datasets", "seqcont");
        if (folder is null) Assert.Inconclusive("../shared/datasets/seqcont is not there.");
        return folder!;
    }

    public static void InTempFolder(Action<string> action)
    {
        var folder = Directory.CreateTempSubdirectory("seqcont-").FullName;
        try
        {
            action(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static ModelConfig Sizes(int nCtx, int dVocab) => ModelConfig.Small with { NCtx = nCtx, DVocab = dVocab };

    public static PromptRow TextRow(string text, string corr = " 5", string incorr = " 4") =>
        new() { Text = text, Corr = new PromptAnswer(corr), Incorr = new PromptAnswer(incorr) };

    public static PromptRow TokenRow(int[] tokens, int corr = 5, int incorr = 4) =>
        new() { Tokens = tokens, Corr = new PromptAnswer(corr), Incorr = new PromptAnswer(incorr) };

    public static string Show(PromptRow row) =>
        $"{row.Text}|{(row.Tokens is null ? "" : string.Join(' ', row.Tokens))}|{row.Corr}|{row.Incorr}|"
        + string.Join(';', row.Other.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={field.Value}"));

    private static TaskWords ReadWords()
    {
        using var stream = File.OpenRead(Path.Combine(DemoFolder, "words.json"));
        return TaskWords.Read(stream, "words.json");
    }
}
