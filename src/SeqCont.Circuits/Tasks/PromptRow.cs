using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>An answer as a prompt file gives it: text that must be one token, such as " 5", or a token id.</summary>
public readonly record struct PromptAnswer
{
    /// <summary>An answer given as text.</summary>
    public PromptAnswer(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        Text = text;
    }

    /// <summary>An answer given as a token id, 0 or more.</summary>
    public PromptAnswer(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        Id = id;
    }

    /// <summary>The text, or null when the answer is a token id.</summary>
    public string? Text { get; }

    /// <summary>The token id; meaningful only when <see cref="Text"/> is null.</summary>
    public int Id { get; }

    /// <summary>The answer as JSON writes it, so on one line: " 5" in quotes, or the id.</summary>
    public override string ToString() =>
        Text is null
            ? Id.ToString(CultureInfo.InvariantCulture)
            : $"\"{JsonEncodedText.Encode(Text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}

/// <summary>One line of a prompt file: a prompt as text or as token ids, and its two answers.</summary>
public sealed record PromptRow
{
    /// <summary>The prompt's text; null when it is given as token ids.</summary>
    public string? Text { get; init; }

    /// <summary>The prompt's token ids, without BOS; null when it is given as text.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>The member that continues the sequence.</summary>
    public required PromptAnswer Corr { get; init; }

    /// <summary>The member that the logit difference is taken against: the last one shown.</summary>
    public required PromptAnswer Incorr { get; init; }

    /// <summary>All other fields, in file order, written back as they were read.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonField>> Other { get; init; } = [];
}
