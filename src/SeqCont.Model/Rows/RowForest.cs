namespace SeqCont.Model;

/// <summary>
/// A batch of prompts as a prefix forest: one row per distinct token prefix. Causality makes every activation
/// a function of the prefix alone, so equal prefixes share one row exactly, and prompts of different lengths
/// need no padding. Rows are numbered along the prompts in lexicographic order, so a row's ancestors come
/// before it and the numbering does not depend on the order of the prompts.
/// </summary>
public sealed class RowForest
{
    private RowForest(int promptCount, List<Row> rows, int[] ends, int[] entries)
    {
        (Prompts, Ends, Entries) = (promptCount, ends, entries);
        Tokens = [.. rows.Select(row => row.Token)];
        Positions = [.. rows.Select(row => row.Position)];
        Parents = [.. rows.Select(row => row.Parent)];
        Weights = [.. rows.Select(row => row.Weight)];
        First = [.. rows.Select(row => row.First)];
        Partners = [.. rows.Select(row => row.Partner)];
        Length = Positions.Length == 0 ? 0 : Positions.Max() + 1;
        PromptsAt = new long[Length];
        foreach (var row in rows) PromptsAt[row.Position] += row.Weight;
    }

    /// <summary>Number of rows.</summary>
    public int Count => Tokens.Length;

    /// <summary>Number of prompts.</summary>
    public int Prompts { get; }

    /// <summary>Tokens in the longest prompt: positions run from 0 to Length - 1.</summary>
    public int Length { get; }

    /// <summary>A row's last token, [row].</summary>
    public int[] Tokens { get; }

    /// <summary>A row's position, [row].</summary>
    public int[] Positions { get; }

    /// <summary>The row one token shorter, -1 at position 0, [row].</summary>
    public int[] Parents { get; }

    /// <summary>How many prompts pass through a row, [row].</summary>
    public int[] Weights { get; }

    /// <summary>Where a row's chain of ancestors starts in <see cref="Entries"/>, [row].</summary>
    public int[] First { get; }

    /// <summary>Chains: rows from position 0 on; chains that share a prefix share entries.</summary>
    public int[] Entries { get; }

    /// <summary>The row that a prompt ends in, [prompt], in the order given.</summary>
    public int[] Ends { get; }

    /// <summary>The partner's token at a row, [row]; -1 in a forest without partners.</summary>
    public int[] Partners { get; }

    /// <summary>How many prompts reach a position, [position].</summary>
    public long[] PromptsAt { get; }

    /// <summary>The row that holds a prompt's tokens up to a position.</summary>
    public int RowAt(int prompt, int position) => Entries[First[Ends[prompt]] + position];

    /// <summary>Builds the forest.</summary>
    /// <param name="prompts">Token ids of each prompt; none empty.</param>
    /// <param name="partners">When given: a second prompt of the same length for each; a row is then a distinct
    /// pair of prefixes (resample ablation makes an activation depend on both).</param>
    public static RowForest Build(IReadOnlyList<int[]> prompts, IReadOnlyList<int[]>? partners = null)
    {
        RequireTokens(prompts);
        for (var i = 0; partners is not null && i < prompts.Count; i++)
            if (partners[i].Length != prompts[i].Length)
                throw new ArgumentException(
                    $"prompt {i + 1}: resample ablation pairs tokens, but the prompt has {prompts[i].Length} tokens and its corrupted "
                        + $"partner {partners[i].Length}.");
        int[][] keys = [.. prompts.Select((tokens, i) =>
            partners is null ? tokens : [.. tokens.Zip(partners[i]).SelectMany(pair => (int[])[pair.First, pair.Second])])];
        var order = Enumerable.Range(0, prompts.Count).ToArray();
        Array.Sort(order, (a, b) => keys[a].AsSpan().SequenceCompareTo(keys[b]) is var sign and not 0 ? sign : a.CompareTo(b));

        var (rows, entries, path) = (new List<Row>(), new List<int>(), new List<int>());
        var ends = new int[prompts.Count];
        foreach (var prompt in order) ends[prompt] = AddPath(prompts[prompt], partners?[prompt], rows, path, entries);
        return new RowForest(prompts.Count, rows, ends, [.. entries]);
    }

    /// <summary>
    /// The padded grid that others compute on: a row for every prompt and position, prompt after prompt, nothing
    /// shared. Prompts shorter than the longest are filled up with token 0 in rows of weight 0.
    /// </summary>
    /// <param name="prompts">Token ids of each prompt; none empty.</param>
    public static RowForest Grid(IReadOnlyList<int[]> prompts)
    {
        RequireTokens(prompts);
        var length = prompts.Max(prompt => prompt.Length);
        var rows = new List<Row>();
        var ends = new int[prompts.Count];
        for (var prompt = 0; prompt < prompts.Count; prompt++)
        {
            var (tokens, first) = (prompts[prompt], prompt * length);
            for (var p = 0; p < length; p++)
                rows.Add(p < tokens.Length
                    ? new Row(tokens[p], -1, p, p == 0 ? -1 : first + p - 1, first) { Weight = 1 }
                    : new Row(0, -1, p, first + p - 1, first));
            ends[prompt] = first + tokens.Length - 1;
        }

        return new RowForest(prompts.Count, rows, ends, [.. Enumerable.Range(0, rows.Count)]);
    }

    private static void RequireTokens(IReadOnlyList<int[]> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Count == 0) throw new ArgumentException("prompts: expected at least one, got none.");
        for (var i = 0; i < prompts.Count; i++)
            if (prompts[i].Length == 0) throw new ArgumentException($"prompts: prompt {i + 1} has no tokens.");
    }

    /// <summary>Follows the previous prompt's path as far as it agrees, then grows new rows.</summary>
    private static int AddPath(int[] tokens, int[]? partner, List<Row> rows, List<int> path, List<int> entries)
    {
        int Partner(int p) => partner?[p] ?? -1;
        var shared = path.TakeWhile((row, p) =>
            p < tokens.Length && rows[row].Token == tokens[p] && rows[row].Partner == Partner(p)).Count();
        path.RemoveRange(shared, path.Count - shared);
        if (shared < tokens.Length)
        {
            var first = entries.Count;
            entries.AddRange(path);
            for (var p = shared; p < tokens.Length; p++)
            {
                path.Add(rows.Count);
                entries.Add(rows.Count);
                rows.Add(new Row(tokens[p], Partner(p), p, p == 0 ? -1 : path[p - 1], first));
            }
        }

        foreach (var row in path) rows[row].Weight++;
        return path[^1];
    }

    private sealed record Row(int Token, int Partner, int Position, int Parent, int First)
    {
        public int Weight { get; set; }
    }
}
