using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Prompts ready for a model: token ids that fit it, and one correct and one incorrect answer each.</summary>
public sealed class PromptSet
{
    private PromptSet(IReadOnlyList<int[]> tokens, IReadOnlyList<AnswerSets> answers, IReadOnlyList<string?> texts, int? bos, string source)
    {
        (Tokens, Answers, Texts, Bos, Source) = (tokens, answers, texts, bos, source);
        Correct = [.. answers.Select(sets => sets.Correct[0])];
        Incorrect = [.. answers.Select(sets => sets.Incorrect[0])];
        Sha256 = Hash();
    }

    /// <summary>Token ids with BOS where one was asked for, [prompt][position]; lengths may differ.</summary>
    public IReadOnlyList<int[]> Tokens { get; }

    /// <summary>What answers each prompt, [prompt].</summary>
    public IReadOnlyList<AnswerSets> Answers { get; }

    /// <summary>Token id of each prompt's correct answer, the first of several, [prompt].</summary>
    public int[] Correct { get; }

    /// <summary>Token id of each prompt's incorrect answer, the first of several, [prompt].</summary>
    public int[] Incorrect { get; }

    /// <summary>The texts as given, [prompt]; null where a prompt was given as token ids.</summary>
    public IReadOnlyList<string?> Texts { get; }

    /// <summary>The token put before every prompt; null for none.</summary>
    public int? Bos { get; }

    /// <summary>Where the prompts came from: file paths, or the generator and its seed.</summary>
    public string Source { get; }

    /// <summary>
    /// SHA-256, in lower-case hex, of the token ids and answers in order (for each prompt: length, tokens,
    /// correct, incorrect, as little-endian 32-bit integers; several answers after their negated numbers).
    /// </summary>
    public string Sha256 { get; }

    /// <summary>Number of prompts.</summary>
    public int Count => Correct.Length;

    /// <summary>Some of the prompts, in the order named.</summary>
    /// <param name="prompts">Prompt numbers, from 0.</param>
    public PromptSet Select(int[] prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        return new PromptSet(
            [.. prompts.Select(i => Tokens[i])], [.. prompts.Select(i => Answers[i])], [.. prompts.Select(i => Texts[i])], Bos, Source);
    }

    /// <summary>The same prompts with other answers, of which a prompt may have several.</summary>
    /// <param name="answers">Of each prompt, as tokens of the model.</param>
    /// <exception cref="ArgumentException">Not as many as prompts.</exception>
    public PromptSet WithAnswers(IReadOnlyList<AnswerSets> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        return answers.Count == Count
            ? new PromptSet(Tokens, answers, Texts, Bos, Source)
            : throw new ArgumentException($"answers: expected [prompt] = [{Count}], got [{answers.Count}].", nameof(answers));
    }

    /// <summary>Tokenises rows and checks them against a model's sizes.</summary>
    /// <param name="rows">The prompts, in order.</param>
    /// <param name="tokenizer">The model's; null when it has none, and every row must then carry token ids.</param>
    /// <param name="config">The model's sizes: its context bounds a prompt, BOS included, its vocabulary tokens.</param>
    /// <param name="bos">The token to put before every prompt; null for none.</param>
    /// <param name="source">Where the rows came from; messages start with it and the row number, from 1.</param>
    /// <exception cref="InvalidDataException">There is no row, or a row does not fit the model.</exception>
    public static PromptSet Create(
        IReadOnlyList<PromptRow> rows, Gpt2Tokenizer? tokenizer, ModelConfig config, int? bos, string source)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(source);
        if (bos is < 0 || bos >= config.DVocab)
            throw new ArgumentOutOfRangeException(nameof(bos), $"bos: expected 0 to {config.DVocab - 1}, got {bos}.");
        if (rows.Count == 0) throw new InvalidDataException($"{source}: expected at least one prompt, got none.");
        var (tokens, answers) = (new int[rows.Count][], new AnswerSets[rows.Count]);
        foreach (var (i, row) in rows.Index())
        {
            var reader = new RowTokens(tokenizer, config, $"{source}: row {i + 1}");
            tokens[i] = reader.Prompt(row, bos);
            var (correct, incorrect) = (reader.Answer(row.Corr, "corr"), reader.Answer(row.Incorr, "incorr"));
            answers[i] = correct != incorrect ? new AnswerSets([correct], [incorrect])
                : throw reader.Bad($"expected corr and incorr to differ, got token {correct} for both");
        }

        return new PromptSet(tokens, answers, [.. rows.Select(row => row.Text)], bos, source);
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        for (var i = 0; i < Count; i++)
        {
            var (tokens, correct, incorrect) = (Tokens[i], Answers[i].Correct, Answers[i].Incorrect);
            // Where there are several, how many comes first, below zero as no token is.
            int[] counts = correct.Length + incorrect.Length == 2 ? [] : [-correct.Length, -incorrect.Length];
            foreach (var value in (ReadOnlySpan<int>)[tokens.Length, .. tokens, .. counts, .. correct, .. incorrect])
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
                hash.AppendData(bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Makes token ids of one row's fields.</summary>
    private sealed class RowTokens(Gpt2Tokenizer? tokenizer, ModelConfig config, string where)
    {
        public int[] Prompt(PromptRow row, int? bos)
        {
            if (row.Text is null == row.Tokens is null) throw Bad("expected either text or tokens");
            if (row.Text is not null && tokenizer is null) throw Bad("expected token ids, since the model has no tokenizer, got text");
            var most = $"expected at most {config.NCtx} tokens, the model's context, got";
            if (row.Text is not null && Encoding.UTF8.GetByteCount(row.Text) is var bytes
                && bytes > (long)config.NCtx * tokenizer!.MaxTokenBytes)
                throw Bad($"{most} a text of {bytes} bytes");
            int[] tokens = [.. row.Tokens ?? tokenizer!.Encode(row.Text!)];
            if (tokens.Length == 0) throw Bad("expected a prompt of at least one token, got none");
            if (bos is { } id) tokens = [id, .. tokens];
            if (tokens.Length > config.NCtx) throw Bad($"{most} {tokens.Length}");
            foreach (var token in tokens) Known(token, "a token");
            return tokens;
        }

        public int Answer(PromptAnswer answer, string field)
        {
            if (answer.Text is not { } text) return Known(answer.Id, field);
            if (tokenizer is null) throw Bad($"{field}: expected a token id, since the model has no tokenizer, got text");
            int id;
            try
            {
                id = tokenizer.SingleToken(text);
            }
            catch (InvalidDataException exception)
            {
                throw new InvalidDataException($"{where}: {field} {exception.Message}", exception);
            }

            return Known(id, field);
        }

        public InvalidDataException Bad(string problem) => new($"{where}: {problem}.");

        private int Known(int token, string field) =>
            (uint)token < (uint)config.DVocab
                ? token : throw Bad($"{field}: expected an id from 0 to {config.DVocab - 1}, the model's vocabulary, got {token}");
    }
}
