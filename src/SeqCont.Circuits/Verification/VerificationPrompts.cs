using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>One task's prompts as the published numbers rest on them.</summary>
/// <param name="Task">The task.</param>
/// <param name="Rows">As read.</param>
/// <param name="Clean">Prompts that are scored.</param>
/// <param name="Corrupted">Their corrupted partners.</param>
public sealed record VerificationTask(string Task, TaskPrompts Rows, PromptSet Clean, PromptSet Corrupted);

/// <summary>The study's prompts, read from its own files and made sure of before anything is compared.</summary>
/// <param name="folder">The study's files.</param>
/// <param name="figures">What is verified: how many prompts, and their tokens' hashes.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="config">The model's sizes.</param>
public sealed class VerificationPrompts(string folder, PublishedFigures figures, Gpt2Tokenizer tokenizer, ModelConfig config)
{
    private readonly Dictionary<string, VerificationTask> _tasks = [];

    /// <summary>The tasks read so far, in the order in which they were asked for.</summary>
    public IReadOnlyCollection<VerificationTask> Tasks => _tasks.Values;

    /// <summary>A task's prompts, without BOS.</summary>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">They are not the study's; the message says in what.</exception>
    public VerificationTask Of(string task)
    {
        if (_tasks.TryGetValue(task, out var known)) return known;
        var rows = StudyData.Read(folder, task, StudyData.Templates, figures.Samples);
        var read = new VerificationTask(task, rows, Set(rows.Clean, rows.CleanSource, null), Set(rows.Corrupt, rows.CorruptSource, null));
        RequireLengths(read.Clean);
        RequireLengths(read.Corrupted);
        if (figures.Prompts.TryGetValue(task, out var published)) RequireHashes(read, published);
        return _tasks[task] = read;
    }

    /// <summary>The first prompts of each template, as attention values rest on them.</summary>
    /// <param name="task">The task.</param>
    /// <param name="bos">The token put before every prompt; null for none.</param>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">They are not the study's; the message says in what.</exception>
    public PromptSet OfAttention(string task, int? bos)
    {
        var all = Of(task);
        var first = all.Rows.Clean.Where((_, i) => i % figures.Samples < figures.AttentionSamples).ToArray();
        return Set(first, all.Clean.Source, bos);
    }

    private PromptSet Set(IReadOnlyList<PromptRow> rows, string source, int? bos) =>
        PromptSet.Create(rows, tokenizer, config, bos, source);

    private void RequireLengths(PromptSet prompts)
    {
        if (figures.PromptTokens is not { } length) return;
        foreach (var (i, tokens) in prompts.Tokens.Index())
            if (tokens.Length != length)
                throw new InvalidDataException(
                    $"{prompts.Source}: prompt {i + 1}: expected {length} tokens, as all of the study's prompts have, got "
                        + $"{tokens.Length}: other prompts, or another tokenizer.");
    }

    private static void RequireHashes(VerificationTask task, PublishedPromptHashes published)
    {
        foreach (var (prompts, hash) in new[] { (task.Clean, published.Clean), (task.Corrupted, published.Corrupted) })
            if (prompts.Sha256 != hash)
                throw new InvalidDataException(
                    $"{prompts.Source}: expected the study's {task.Task} prompts (SHA-256 of the tokens {hash[..12]}...), got others ("
                        + $"{prompts.Sha256[..12]}...): published numbers say nothing of them.");
    }
}
