namespace SeqCont.Model;

/// <summary>
/// A batch of prompts as a prefix forest: one row per distinct token prefix. Causality makes every activation
/// a function of the prefix alone, so equal prefixes share one row exactly, and prompts of different lengths
/// need no padding. Rows are numbered along the prompts in lexicographic order, so a row's ancestors come
/// before it and the numbering does not depend on the order of the prompts.
/// </summary>
public sealed class RowForest
{
    private RowForest(int promptCount, Arrays rows, int[] ends, int[] entries)
    {
        Ends = ends;
        Entries = entries;
        Tokens = [.. rows.Tokens];
        Positions = [.. rows.Positions];
        Parents = [.. rows.Parents];
        Weights = [.. rows.Weights];
        First = [.. rows.First];
        Partners = [.. rows.Partners];
        Prompts = promptCount;
        Length = Positions.Length == 0 ? 0 : Positions.Max() + 1;
        PromptsAt = new long[Length];
        for (var row = 0; row < Count; row++) PromptsAt[Positions[row]] += Weights[row];
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

    /// <summary>Builds the forest.</summary>
    /// <param name="prompts">Token ids of each prompt; none empty.</param>
    /// <param name="partners">When given: a second prompt of the same length for each; a row is then a distinct
    /// pair of prefixes (resample ablation makes an activation depend on both).</param>
    public static RowForest Build(IReadOnlyList<int[]> prompts, IReadOnlyList<int[]>? partners = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Count == 0) throw new ArgumentException("prompts: expected at least one, got none.");
        for (var i = 0; i < prompts.Count; i++)
        {
            if (prompts[i].Length == 0) throw new ArgumentException($"prompts: prompt {i + 1} has no tokens.");
            if (partners is not null && partners[i].Length != prompts[i].Length)
                throw new ArgumentException(
                    $"prompt {i + 1}: resample ablation pairs tokens, but the prompt has {prompts[i].Length} tokens and its corrupted "
                        + $"partner {partners[i].Length}.");
        }

        var order = Enumerable.Range(0, prompts.Count).ToArray();
        Array.Sort(order, (a, b) => Compare(prompts, partners, a, b));

        var rows = new Arrays();
        var ends = new int[prompts.Count];
        var entries = new List<int>();
        var path = new List<int>();
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
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Count == 0) throw new ArgumentException("prompts: expected at least one, got none.");
        var length = prompts.Max(prompt => prompt.Length);
        var rows = new Arrays();
        var ends = new int[prompts.Count];
        for (var prompt = 0; prompt < prompts.Count; prompt++)
        {
            var tokens = prompts[prompt];
            if (tokens.Length == 0) throw new ArgumentException($"prompts: prompt {prompt + 1} has no tokens.");
            var first = prompt * length;
            for (var p = 0; p < length; p++)
            {
                rows.Tokens.Add(p < tokens.Length ? tokens[p] : 0);
                rows.Partners.Add(-1);
                rows.Positions.Add(p);
                rows.Parents.Add(p == 0 ? -1 : first + p - 1);
                rows.Weights.Add(p < tokens.Length ? 1 : 0);
                rows.First.Add(first);
            }

            ends[prompt] = first + tokens.Length - 1;
        }

        return new RowForest(prompts.Count, rows, ends, [.. Enumerable.Range(0, rows.Tokens.Count)]);
    }

    /// <summary>Follows the previous prompt's path as far as it agrees, then grows new rows.</summary>
    private static int AddPath(int[] tokens, int[]? partner, Arrays rows, List<int> path, List<int> entries)
    {
        var shared = 0;
        while (shared < tokens.Length && shared < path.Count && rows.Tokens[path[shared]] == tokens[shared]
               && rows.Partners[path[shared]] == (partner?[shared] ?? -1)) shared++;
        path.RemoveRange(shared, path.Count - shared);
        if (shared < tokens.Length)
        {
            var first = entries.Count;
            entries.AddRange(path);
            for (var p = shared; p < tokens.Length; p++)
            {
                var row = rows.Tokens.Count;
                rows.Tokens.Add(tokens[p]);
                rows.Partners.Add(partner?[p] ?? -1);
                rows.Positions.Add(p);
                rows.Parents.Add(p == 0 ? -1 : path[p - 1]);
                rows.Weights.Add(0);
                rows.First.Add(first);
                path.Add(row);
                entries.Add(row);
            }
        }

        foreach (var row in path) rows.Weights[row]++;
        return path[^1];
    }

    private static int Compare(IReadOnlyList<int[]> prompts, IReadOnlyList<int[]>? partners, int a, int b)
    {
        var common = Math.Min(prompts[a].Length, prompts[b].Length);
        for (var p = 0; p < common; p++)
        {
            var order = prompts[a][p].CompareTo(prompts[b][p]);
            if (order == 0 && partners is not null) order = partners[a][p].CompareTo(partners[b][p]);
            if (order != 0) return order;
        }

        return prompts[a].Length != prompts[b].Length ? prompts[a].Length.CompareTo(prompts[b].Length) : a.CompareTo(b);
    }

    private sealed class Arrays
    {
        public List<int> Tokens { get; } = [];
        public List<int> Partners { get; } = [];
        public List<int> Positions { get; } = [];
        public List<int> Parents { get; } = [];
        public List<int> Weights { get; } = [];
        public List<int> First { get; } = [];
    }
}
