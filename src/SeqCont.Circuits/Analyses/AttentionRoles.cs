using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Which heads to show, what for, and which entries of their patterns to mark, as in the study's figures
/// (arXiv 2311.04131): on GPT-2 small heads 1.5 and 4.4 are early, 7.11 mid, 9.1 late.
/// </summary>
public static class AttentionRoles
{
    // A head that pays members less than this many times an even spread is shown for none of the roles.
    private const double LeastTimesEven = 2;

    private const int EarlyHeads = 2;

    private static readonly OrderedDictionary<NodeId, HeadRole> OfTheStudy = new()
    {
        [new(1, 5)] = HeadRole.Early,
        [new(4, 4)] = HeadRole.Early,
        [new(7, 11)] = HeadRole.Mid,
        [new(9, 1)] = HeadRole.Late,
    };

    /// <summary>The study's four heads where the sizes are GPT-2 small's, else null.</summary>
    public static IReadOnlyList<NodeId>? StudysHeads(ModelConfig config) =>
        IsGpt2Small(config) ? [.. OfTheStudy.Keys] : null;

    /// <summary>
    /// The heads that play the roles best: the two that are most early, then the one that is most mid (by the least
    /// of its members, so that it attends to each), then, of the others, the one that is most late. A head that pays
    /// those places less than twice an even spread is taken only where no head pays any of them more.
    /// </summary>
    /// <param name="means">Patterns of all layers.</param>
    /// <param name="nHeads">Heads in a layer.</param>
    /// <param name="members">Positions of the shown members; at least two.</param>
    /// <returns>Up to four heads, by layer and head; fewer in a very small model.</returns>
    public static IReadOnlyList<NodeId> Choose(AttentionMeans means, int nHeads, IReadOnlyList<int> members)
    {
        var all = means.Layers.SelectMany(layer => Enumerable.Range(0, nHeads).Select(head => new NodeId(layer, head)))
            .Select(head => (Head: head, Pattern: means.Pattern(head))).ToList();
        var chosen = new List<NodeId>();
        void TakeAll(double least)
        {
            Take(EarlyHeads, least, pattern => EarlyTimesEven(Score(pattern, members), members));
            Take(1, least, pattern => members.Skip(1).Min(member => pattern[^1][member]) * pattern.Length);
            Take(1, least, pattern => pattern[^1][members[^1]] * pattern.Length);
        }

        // OrderBy is stable: of equals the first by layer and head.
        void Take(int count, double least, Func<double[][], double> score) => chosen.AddRange(
            all.Where(entry => !chosen.Contains(entry.Head) && score(entry.Pattern) >= least)
                .OrderByDescending(entry => score(entry.Pattern)).Take(count).Select(entry => entry.Head));

        TakeAll(LeastTimesEven);
        if (chosen.Count == 0) TakeAll(0);
        return [.. chosen.OrderBy(head => head.Layer).ThenBy(head => head.Index)];
    }

    /// <summary>One head's pattern with its role and the entries to mark.</summary>
    /// <param name="means">Patterns.</param>
    /// <param name="head">The head.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="members">Positions of the shown members; fewer than two: no role is given.</param>
    public static HeadAttention Describe(AttentionMeans means, NodeId head, ModelConfig config, IReadOnlyList<int> members)
    {
        var pattern = means.Pattern(head);
        if (members.Count < 2) return new HeadAttention(head, pattern, null, null, []);
        var scores = Score(pattern, members);
        var role = IsGpt2Small(config) && OfTheStudy.TryGetValue(head, out var known) ? known : RoleOf(pattern, scores, members);
        return new HeadAttention(head, pattern, role, scores, role is { } kind ? Cells(kind, pattern, members) : []);
    }

    /// <summary>Attention where each role looks.</summary>
    /// <param name="pattern">[query][key].</param>
    /// <param name="members">Positions of the shown members; at least two.</param>
    public static RoleScores Score(double[][] pattern, IReadOnlyList<int> members)
    {
        double Of(HeadRole role) => Cells(role, pattern, members).Average(cell => cell.Value);
        return new RoleScores(Of(HeadRole.Early), Of(HeadRole.Mid), Of(HeadRole.Late));
    }

    /// <summary>Early attention in multiples of an even spread.</summary>
    private static double EarlyTimesEven(RoleScores scores, IReadOnlyList<int> members) =>
        scores.Early * members.Skip(1).Average(member => member + 1);

    /// <summary>
    /// Early where members attend to members more than the last position does; else late where the last member alone
    /// gets more than all between the first and it, mid where it does not.
    /// </summary>
    private static HeadRole? RoleOf(double[][] pattern, RoleScores scores, IReadOnlyList<int> members)
    {
        var early = EarlyTimesEven(scores, members);
        var last = Math.Max(scores.Mid, scores.Late) * pattern.Length;
        if (Math.Max(early, last) < LeastTimesEven) return null;
        if (early >= last) return HeadRole.Early;
        return 2 * scores.Late > scores.Mid * (members.Count - 1) ? HeadRole.Late : HeadRole.Mid;
    }

    private static AttentionCell[] Cells(HeadRole role, double[][] pattern, IReadOnlyList<int> members)
    {
        var last = pattern.Length - 1;
        var places = role switch
        {
            HeadRole.Early => members.Skip(1).Select((member, i) => (Query: member, Key: members[i])),
            HeadRole.Mid => members.Skip(1).Select(member => (Query: last, Key: member)),
            _ => [(Query: last, Key: members[^1])],
        };
        return [.. places.Select(place => new AttentionCell(place.Query, place.Key, pattern[place.Query][place.Key]))];
    }

    private static bool IsGpt2Small(ModelConfig config)
    {
        var small = ModelConfig.Small;
        return (config.NLayers, config.NHeads, config.DModel, config.DVocab) == (small.NLayers, small.NHeads, small.DModel, small.DVocab);
    }
}
