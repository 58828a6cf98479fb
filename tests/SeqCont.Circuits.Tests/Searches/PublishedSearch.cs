using System.Text.Json;
using SeqCont.Model;
using SeqCont.Testing;
using SharpToken;

namespace SeqCont.Circuits.Tests.Searches;

/// <summary>The published prompts and verdicts on GPT-2 small; null where ../shared is absent.</summary>
internal static class PublishedSearch
{
    /// <summary>The first <paramref name="perTemplate"/> prompts of each template and their partners, as GPT-2's tokens.</summary>
    public static (PromptSet Clean, PromptSet Corrupted)? Prompts(string task, int perTemplate)
    {
        if (TestFiles.SharedOrNull("datasets", "seqcont") is not { } folder) return null;
        var encoding = GptEncoding.GetEncoding("r50k_base");
        PromptRow Tokens(PromptRow row) => new()
        {
            Tokens = encoding.Encode(row.Text!),
            Corr = new PromptAnswer(encoding.Encode(row.Corr.Text!).Single()),
            Incorr = new PromptAnswer(encoding.Encode(row.Incorr.Text!).Single()),
        };
        var prompts = StudyData.Read(folder, task, StudyData.Templates, perTemplate);
        PromptSet Set(IReadOnlyList<PromptRow> rows, string source) =>
            PromptSet.Create([.. rows.Select(Tokens)], null, ModelConfig.Small, null, source);
        return (Set(prompts.Clean, prompts.CleanSource), Set(prompts.Corrupt, prompts.CorruptSource));
    }

    /// <summary>The published verdicts, in order.</summary>
    public static ReplayedDecision[]? Verdicts(string task)
    {
        if (TestFiles.SharedOrNull("golden", "gpt2", $"node-pruning-{task}.json") is not { } path) return null;
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return [.. json.RootElement.GetProperty("trace").EnumerateArray().Select(step => new ReplayedDecision(
            step.TryGetProperty("mlp", out var mlp)
                ? NodeId.Mlp(mlp.GetInt32()) : new NodeId(step.GetProperty("head")[0].GetInt32(), step.GetProperty("head")[1].GetInt32()),
            step.GetProperty("removed").GetBoolean()))];
    }
}
