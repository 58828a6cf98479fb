namespace SeqCont.Circuits;

/// <summary>
/// What a study published about one model: node searches decision by decision, single-node ablations, cross-task scores,
/// edge ratios, OV scores, lens tables and attention values. Scores are in percent of the full model's mean logit difference.
/// </summary>
public sealed record PublishedFigures
{
    /// <summary>Where the figures come from, for people.</summary>
    public required string Source { get; init; }

    /// <summary>The model's nodes.</summary>
    public required NodeSpace Space { get; init; }

    /// <summary>Clean prompts of each template behind scores and lens counts.</summary>
    public required int Samples { get; init; }

    /// <summary>Clean prompts of each template behind attention values.</summary>
    public required int AttentionSamples { get; init; }

    /// <summary>Tokens of every prompt, without BOS; null where lengths are not stated.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>The searches' threshold: a node goes when more than this is left (1 = full model).</summary>
    public required double MinFaithfulness { get; init; }

    /// <summary>What can be verified: parts of <see cref="VerificationParts.All"/> that figures are here for.</summary>
    public IReadOnlyList<string> Parts => [.. VerificationParts.All.Where(Has)];

    /// <summary>The circuits found, by task.</summary>
    internal Dictionary<string, Circuit> Circuits { get; init; } = [];

    /// <summary>Hashes of the prompts' tokens (<see cref="PromptSet.Sha256"/>), by task.</summary>
    internal Dictionary<string, PublishedPromptHashes> Prompts { get; init; } = [];

    /// <summary>Node searches and ablations, by task.</summary>
    internal Dictionary<string, PublishedNodes> Nodes { get; init; } = [];

    internal PublishedEdges? Edges { get; init; }

    internal IReadOnlyList<PublishedOv> Ov { get; init; } = [];

    internal PublishedLens? Lens { get; init; }

    internal IReadOnlyList<PublishedAttention> Attention { get; init; } = [];

    /// <summary>The figures that this program carries: GPT-2 small (Lan, Torr, Barez, arXiv 2311.04131).</summary>
    public static PublishedFigures Gpt2Small()
    {
        using var stream = typeof(PublishedFigures).Assembly.GetManifestResourceStream("published/gpt2-small.json")!;
        return PublishedFiguresReader.Read(stream, "published/gpt2-small.json");
    }

    /// <summary>Reads figures of another model, a file of the same form.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file holds no figures; the message names it.</exception>
    public static PublishedFigures Read(string path) => PublishedFiguresReader.Read(path);

    private bool Has(string part) => part switch
    {
        VerificationParts.Ov => Ov.Count > 0,
        VerificationParts.Lens => Lens is not null,
        VerificationParts.Attention => Attention.Count > 0,
        VerificationParts.Edges => Edges is not null,
        _ => Nodes.ContainsKey(part),
    };
}

/// <summary>Hashes of one task's prompts.</summary>
internal sealed record PublishedPromptHashes(string Clean, string Corrupted);

/// <summary>What was published of one task's nodes; scores in percent.</summary>
/// <param name="Single">The whole model less one node.</param>
/// <param name="Trace">The search, decision by decision.</param>
/// <param name="Final">The circuit found.</param>
/// <param name="LessOneHead">The circuit less one head.</param>
/// <param name="Circuits">Circuits of all tasks on this task, by the name of their task.</param>
internal sealed record PublishedNodes(
    IReadOnlyDictionary<NodeId, double> Single, IReadOnlyList<PublishedDecision> Trace, double Final,
    IReadOnlyDictionary<NodeId, double> LessOneHead, IReadOnlyDictionary<string, double> Circuits);

/// <summary>One candidate of a published search.</summary>
/// <param name="Iteration">From 1.</param>
/// <param name="Direction">Which pass.</param>
/// <param name="Node">The node that the candidate lacks.</param>
/// <param name="Score">In percent.</param>
/// <param name="Removed">Whether the node went.</param>
internal sealed record PublishedDecision(int Iteration, SweepDirection Direction, NodeId Node, double Score, bool Removed);

/// <summary>Edges between MLPs, each patched alone as the published scripts do it.</summary>
/// <param name="Task">Whose prompts.</param>
/// <param name="Circuit">Inside which task's circuit.</param>
/// <param name="Ratios">Mean logit difference over the full model's; 1 = full model.</param>
internal sealed record PublishedEdges(string Task, string Circuit, IReadOnlyDictionary<Edge, double> Ratios);

/// <summary>OV scores of one task and kind.</summary>
/// <param name="Task">The task.</param>
/// <param name="Kind">Copy or next.</param>
/// <param name="OrdinalNext">Whether the next member is sought among ordinals.</param>
/// <param name="TopK">How many of the largest tokens count.</param>
/// <param name="Prompts">Sequences.</param>
/// <param name="Scores">Percent of hits; a head that is not listed scored 0.</param>
internal sealed record PublishedOv(
    string Task, OvScoreKind Kind, bool OrdinalNext, int TopK, int Prompts, IReadOnlyDictionary<NodeId, double> Scores);

/// <summary>What was published of the logit lens.</summary>
/// <param name="Prompts">Prompts with the top tokens of every row, best first.</param>
/// <param name="Counts">Prompts that go from an earlier member to the right one, by task.</param>
internal sealed record PublishedLens(IReadOnlyList<PublishedLensPrompt> Prompts, IReadOnlyDictionary<string, int> Counts);

/// <summary>One prompt's lens: [row][rank].</summary>
internal sealed record PublishedLensPrompt(string Text, string[][] Top);

/// <summary>One entry of a mean attention pattern.</summary>
/// <param name="Task">Whose prompts.</param>
/// <param name="Head">The head.</param>
/// <param name="Query">The token that attends, as the first prompt has it; null for the last position.</param>
/// <param name="Key">The token attended to.</param>
/// <param name="Value">Mean attention, 0 to 1.</param>
internal sealed record PublishedAttention(string Task, NodeId Head, string? Query, string Key, double Value);
