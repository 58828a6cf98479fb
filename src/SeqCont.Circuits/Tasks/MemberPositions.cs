using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Where prompts show their members.</summary>
public static class MemberPositions
{
    /// <summary>
    /// The token positions of the members that rows name in their fields S1, S2, ..., BOS counted, where they are the
    /// same in all prompts and all prompts are of one length.
    /// </summary>
    /// <param name="rows">The prompts as rows.</param>
    /// <param name="prompts">The same prompts as tokens.</param>
    /// <param name="tokenizer">The model's; null when it has none.</param>
    /// <returns>Positions, ascending; empty where rows name no members, or not all at the same places.</returns>
    public static IReadOnlyList<int> Find(IReadOnlyList<PromptRow> rows, PromptSet prompts, Gpt2Tokenizer? tokenizer)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(prompts);
        if (tokenizer is null) return [];
        var ids = new Dictionary<string, int?>();
        int? Id(string member) => ids.TryGetValue(member, out var id) ? id : ids[member] = tokenizer.TrySingleToken(" " + member);
        int[]? common = null;
        for (var i = 0; i < rows.Count; i++)
        {
            if (Find(rows[i], prompts.Tokens[i], Id) is not { } found) return [];
            common ??= found;
            if (!common.SequenceEqual(found) || prompts.Tokens[i].Length != prompts.Tokens[0].Length) return [];
        }

        return common ?? [];
    }

    private static int[]? Find(PromptRow row, int[] tokens, Func<string, int?> id)
    {
        var places = new List<int>();
        for (var number = 1; ; number++)
        {
            var field = row.Other.FirstOrDefault(entry => entry.Key == FormattableString.Invariant($"S{number}"));
            if (field.Key is null) return places.Count > 0 ? [.. places] : null;
            if (field.Value.ValueKind != JsonValueKind.String || id(field.Value.GetString()!) is not { } token) return null;
            var from = places.Count == 0 ? 0 : places[^1] + 1;
            var place = Array.IndexOf(tokens, token, from);
            if (place < 0) return null;
            places.Add(place);
        }
    }
}
