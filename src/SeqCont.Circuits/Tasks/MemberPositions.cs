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
        if (tokenizer is null || prompts.Tokens.Any(tokens => tokens.Length != prompts.Tokens[0].Length)) return [];
        int[]?[] found = [.. rows.Select((row, i) => Find(row, prompts.Tokens[i], tokenizer))];
        return found is [{ } first, ..] && found.All(places => places?.SequenceEqual(first) is true) ? first : [];
    }

    private static int[]? Find(PromptRow row, int[] tokens, Gpt2Tokenizer tokenizer)
    {
        var (members, places) = (row.Other.ToDictionary(), new List<int>());
        while (members.TryGetValue($"S{places.Count + 1}", out var member))
        {
            if (member.Kind != JsonValueKind.String || tokenizer.TrySingleToken(" " + member.Text()) is not { } token) return null;
            places.Add(Array.IndexOf(tokens, token, places is [.., var last] ? last + 1 : 0));
            if (places[^1] < 0) return null;
        }

        return places.Count > 0 ? [.. places] : null;
    }
}
