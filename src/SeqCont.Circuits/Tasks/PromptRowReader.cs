using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Makes a <see cref="PromptRow"/> from the fields of one object, checking their types.</summary>
/// <param name="row">The object.</param>
internal sealed class PromptRowReader(JsonField row)
{
    private static readonly string[] Own = ["text", "tokens", "corr", "incorr"];

    /// <summary>The row, when what it needs is there.</summary>
    public PromptRow Read()
    {
        var text = row["text"] is { IsThere: true } given ? Text(given) : null;
        var tokens = row["tokens"] is { IsThere: true } list ? Tokens(list) : null;
        if (text is null == tokens is null) throw row.Bad($"expected a field text or tokens, got {(text is null ? "neither" : "both")}");
        return new PromptRow
        {
            Text = text,
            Tokens = tokens,
            Corr = Answer("corr", text is not null),
            Incorr = Answer("incorr", text is not null),
            Other = [.. row.Fields().Where(field => !Own.Contains(field.Key))],
        };
    }

    private static string Text(JsonField field) => field.FilledText("text that is not empty");

    private static int[] Tokens(JsonField list)
    {
        const string Expected = "a list of token ids that is not empty";
        int[] tokens = [.. list.Items(Expected).Select(id => id.Whole(0, expected: "token ids, integers of 0 or more"))];
        return tokens.Length > 0 ? tokens : throw list.Expected(Expected);
    }

    private PromptAnswer Answer(string name, bool rowHasText)
    {
        var field = row[name];
        if (!field.IsThere) throw row.Bad($"field {name} is missing");
        var isText = field.Kind == JsonValueKind.String;
        var answer = isText ? new PromptAnswer(Text(field)) : new PromptAnswer(field.Whole(0, expected: "text or a token id of 0 or more"));
        return isText == rowHasText ? answer
            : throw field.Expected(rowHasText ? "text, as the row has text" : "a token id, as the row has tokens");
    }
}
