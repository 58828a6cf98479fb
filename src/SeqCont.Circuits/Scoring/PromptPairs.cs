namespace SeqCont.Circuits;

/// <summary>Whether corrupted prompts have what clean ones will take from them.</summary>
internal static class PromptPairs
{
    /// <summary>Checks.</summary>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that values are taken from.</param>
    /// <param name="kind">Which values.</param>
    /// <param name="pairing">What pairs prompts, for the message.</param>
    /// <exception cref="InvalidDataException">Pairs are missing or of unequal length, or a prompt is longer than every corrupted
    /// prompt.</exception>
    public static void Require(PromptSet clean, PromptSet corrupted, AblationKind kind, string pairing = "resample ablation")
    {
        if (kind == AblationKind.Resample && clean.Count != corrupted.Count)
            throw new InvalidDataException(
                $"{pairing} pairs prompts, but there are {clean.Count} clean and {corrupted.Count} corrupted ones.");
        var longest = corrupted.Tokens.Max(tokens => tokens.Length);
        for (var i = 0; i < clean.Count; i++)
        {
            var length = clean.Tokens[i].Length;
            if (kind == AblationKind.Mean && length > longest)
                throw new InvalidDataException(
                    $"{clean.Source}: prompt {i + 1} has {length} tokens, but no corrupted prompt has more than {longest}, so there is "
                        + $"no mean at its last positions.");
            if (kind == AblationKind.Resample && length != corrupted.Tokens[i].Length)
                throw new InvalidDataException(
                    $"{clean.Source}: prompt {i + 1} has {length} tokens and its corrupted partner {corrupted.Tokens[i].Length}; "
                        + $"{pairing} pairs them token by token.");
        }
    }
}
