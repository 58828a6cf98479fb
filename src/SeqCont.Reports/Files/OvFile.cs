using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// ov.json. Scores are percentages of hits among the top k; per-member tables have one number a member, null where
/// the member is shown nowhere:
/// <code>
/// { "schema": 1, "model", "task", "topK", "asPublished", "nextIsOrdinal", "prompts", "leftOut",
///   "members": ["1", ...], "memberCounts": [places where a member is shown],
///   "heads": [ { "head": "a0.h0", "copy", "next", "negativeCopy", "negativeNext",
///                "copyByMember": [...], "nextByMember": [...], "negativeCopyByMember": [...], "negativeNextByMember": [...] } ] }
/// </code>
/// Every head is listed, layer by layer.
/// </summary>
public static class OvFile
{
    /// <summary>What ov.json says.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="task">The task's name.</param>
    /// <param name="asPublished">Whether the published reading was asked for; it changes months only.</param>
    /// <param name="result">The scores.</param>
    public static Json Of(string model, string task, bool asPublished, OvScoreResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var prompts = result.Prompts;
        return
        [
            ("schema", JsonFile.Schema), ("model", model), ("task", task), ("topK", result.TopK), ("asPublished", asPublished),
            ("nextIsOrdinal", prompts.NextIsOrdinal), ("prompts", prompts.Tokens.Count), ("leftOut", prompts.LeftOut),
            ("members", Json.List(prompts.Members, member => member)), ("memberCounts", Json.Line(prompts.MemberCounts)),
            ("heads", Json.List(result.Heads, head => Head(result, head))),
        ];
    }

    private static Json Head(OvScoreResult result, OvHead head)
    {
        (string Name, OvHits Hits, OvScoreKind Kind)[] scores =
        [
            ("copy", head.Positive, OvScoreKind.Copy), ("next", head.Positive, OvScoreKind.Next),
            ("negativeCopy", head.Negative, OvScoreKind.Copy), ("negativeNext", head.Negative, OvScoreKind.Next),
        ];
        return
        [
            ("head", $"{head.Head}"), .. scores.Select(score => (score.Name, (Json?)result.Percent(score.Hits, score.Kind))),
            .. scores.Select(score => ($"{score.Name}ByMember", (Json?)Json.Line(Enumerable.Range(0, result.Prompts.Members.Count)
                .Select(member => result.Percent(score.Hits, score.Kind, member))))),
        ];
    }
}
