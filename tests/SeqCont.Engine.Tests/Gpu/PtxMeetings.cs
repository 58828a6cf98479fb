namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// Where lanes that part at a branch meet again: at the first instruction that all ways from the branch to the end pass, its
/// immediate post-dominator (found as Cooper, Harvey and Kennedy do, "A Simple, Fast Dominance Algorithm", 2001).
/// </summary>
internal static class PtxMeetings
{
    /// <summary>The meeting point of lanes that only meet when they exit.</summary>
    public const int Exit = int.MaxValue;

    /// <summary>Tells every branch with a guard where its lanes meet.</summary>
    public static void Find(IReadOnlyList<PtxInstruction> instructions)
    {
        int[] starts = [.. Starts(instructions).Order()];
        var blocks = starts.Length;
        var next = Enumerable.Range(0, blocks).Select(block => Successors(instructions, starts, block)).ToArray();
        var above = PostDominators(next, blocks);
        for (var block = 0; block < blocks; block++)
        {
            var last = instructions[End(instructions, starts, block) - 1];
            if (last.Kind == PtxKind.Branch && last.Guard >= 0) last.Meeting = above[block] == blocks ? Exit : starts[above[block]];
        }
    }

    private static HashSet<int> Starts(IReadOnlyList<PtxInstruction> instructions)
    {
        var starts = new HashSet<int> { 0 };
        for (var i = 0; i < instructions.Count; i++)
        {
            if (instructions[i].Kind == PtxKind.Branch) starts.Add(instructions[i].Target);
            if (instructions[i].Kind is PtxKind.Branch or PtxKind.Return && i + 1 < instructions.Count) starts.Add(i + 1);
        }

        return starts;
    }

    private static int End(IReadOnlyList<PtxInstruction> instructions, int[] starts, int block) =>
        block + 1 < starts.Length ? starts[block + 1] : instructions.Count;

    /// <summary>Blocks that may follow; the number of blocks stands for the end.</summary>
    private static int[] Successors(IReadOnlyList<PtxInstruction> instructions, int[] starts, int block)
    {
        var last = instructions[End(instructions, starts, block) - 1];
        if (last.Kind == PtxKind.Return) return [starts.Length];
        if (last.Kind != PtxKind.Branch) return [block + 1];
        var target = Array.BinarySearch(starts, last.Target);
        return last.Guard < 0 ? [target] : [target, block + 1];
    }

    private static int[] PostDominators(int[][] next, int exit)
    {
        var before = Enumerable.Range(0, exit + 1).Select(_ => new List<int>()).ToArray();
        for (var block = 0; block < exit; block++)
            foreach (var successor in next[block]) before[successor].Add(block);
        var (order, rank, above) = (new List<int>(), new int[exit + 1], new int[exit + 1]);
        Visit(exit, before, [], order);
        for (var i = 0; i < order.Count; i++) rank[order[i]] = i;
        Array.Fill(above, -1);
        above[exit] = exit;
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var block in Enumerable.Reverse(order).Where(block => block != exit))
            {
                var meeting = next[block].Where(successor => above[successor] >= 0).Aggregate((a, b) => Common(a, b, rank, above));
                (changed, above[block]) = (changed || above[block] != meeting, meeting);
            }
        }

        return above;
    }

    private static void Visit(int block, List<int>[] before, HashSet<int> seen, List<int> order)
    {
        if (!seen.Add(block)) return;
        foreach (var other in before[block]) Visit(other, before, seen, order);
        order.Add(block);
    }

    private static int Common(int a, int b, int[] rank, int[] above)
    {
        while (a != b)
        {
            while (rank[a] < rank[b]) a = above[a];
            while (rank[b] < rank[a]) b = above[b];
        }

        return a;
    }
}
