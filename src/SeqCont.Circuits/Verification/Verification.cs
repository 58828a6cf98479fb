using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What is verified, and on what.</summary>
public sealed record VerificationConfig
{
    /// <summary>The published figures.</summary>
    public required PublishedFigures Figures { get; init; }

    /// <summary>Parts to verify, of <see cref="PublishedFigures.Parts"/>.</summary>
    public required IReadOnlyList<string> Parts { get; init; }

    /// <summary>The study's prompts; null where no part needs them.</summary>
    public VerificationPrompts? Prompts { get; init; }

    /// <summary>The model's tokenizer.</summary>
    public required Gpt2Tokenizer Tokenizer { get; init; }

    /// <summary>The tasks' members.</summary>
    public required TaskWords Words { get; init; }

    /// <summary>Attention patterns and top logits to compare with, as one more table of the attention part.</summary>
    public IReadOnlyList<ExplainerPrompt> Explainer { get; init; } = [];

    /// <summary>Bytes to stay below; null for a share of the machine's.</summary>
    public long? Memory { get; init; }
}

/// <summary>
/// Measures published numbers again, table by table, through the analyses that the other commands run. Published verdicts
/// of a search are followed, so that every candidate is the published one whatever our own scores would decide.
/// </summary>
public sealed class Verification
{
    private readonly Dictionary<string, PromptMean> _full = [];

    /// <summary>Prepares; nothing is computed yet.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="config">What is verified.</param>
    /// <exception cref="InvalidDataException">The model has another shape than the figures', or figures of a part are missing.</exception>
    public Verification(Gpt2Model model, VerificationConfig config)
    {
        RequireShape(model.Config, config.Figures);
        if (config.Parts.FirstOrDefault(part => !config.Figures.Parts.Contains(part)) is { } missing)
            throw new InvalidDataException(
                $"{config.Figures.Source}: holds no figures of {missing}; expected {string.Join(", ", config.Figures.Parts)}.");
        (Model, Config) = (model, config);
        Jobs = [.. VerificationParts.All.Where(config.Parts.Contains).SelectMany(JobsOf)];
    }

    /// <summary>The tables, the cheapest parts first.</summary>
    public IReadOnlyList<VerificationJob> Jobs { get; }

    internal Gpt2Model Model { get; }

    internal VerificationConfig Config { get; }

    internal PublishedFigures Figures => Config.Figures;

    /// <summary>The token that attention values' prompts begin with; null where there is none.</summary>
    /// <exception cref="InvalidDataException">config.json names it in a way that cannot be read.</exception>
    internal int? Bos => Model.Config.BosFault is { } fault ? throw new InvalidDataException(fault)
        : Model.Config.BosTokenId ?? Config.Tokenizer.EndOfText;

    /// <summary>Makes sure that figures are of a model like this one.</summary>
    /// <exception cref="InvalidDataException">They are not.</exception>
    public static void RequireShape(ModelConfig config, PublishedFigures figures)
    {
        if (figures.Space != config)
            throw new InvalidDataException(
                $"expected a model of {figures.Space}, as the published figures are of ({figures.Source}), "
                + $"got {config.NLayers} layers of {config.NHeads}.");
    }

    /// <summary>A task's prompts.</summary>
    internal VerificationTask Task(string task) => Prompts.Of(task);

    internal VerificationPrompts Prompts => Config.Prompts ?? throw new ArgumentException("prompts: expected the study's, got none.");

    /// <summary>A task's members, in order.</summary>
    internal IReadOnlyList<string> Members(string task) => Config.Words.Task(task).Members;

    /// <summary>A token as text.</summary>
    internal string TokenText(int token) => Config.Tokenizer.TextOrNumber(token);

    /// <summary>
    /// The full model's mean logit difference, measured once a task. Where it is not positive, the table is filled with
    /// the names as undefined.
    /// </summary>
    /// <returns>Whether there is something that scores can be a percentage of.</returns>
    internal bool TryMeasureFullModel(TableFilling table, string task, IEnumerable<(string Name, double Score)> published)
    {
        if (!_full.TryGetValue(task, out var full)) full = _full[task] = Faithfulness.Unablated(Model, Task(task).Clean).Mean;
        Model.ReleaseUnembedding();
        table.FullMean = full.Mean;
        if (full.Mean > 0) return true;
        table.Note = Invariant($"the full model's mean logit difference on {task} is {full.Mean:0.####}: ")
            + "the full model does not prefer the correct answer on average; faithfulness is undefined";
        foreach (var (name, score) in published) table.Add(new VerifyRow(name, score, double.NaN, VerifyVerdict.Undefined));
        return false;
    }

    private IEnumerable<VerificationJob> JobsOf(string part)
    {
        VerificationJob Job(
            string name, string unit, int steps, Action<TableFilling> fill, bool isInformational = false,
            double? tolerance = VerifyRow.Tolerance) =>
            new(new VerifyTable(part, name, unit, isInformational ? null : tolerance, isInformational), steps, table =>
            {
                fill(table);
                // Predictions of the next table's memory do not count the unembedding.
                Model.ReleaseUnembedding();
            });
        const string Score = "% of the full model", Text = "as each row says";
        var layers = Model.Config.NLayers;
        return part switch
        {
            VerificationParts.Ov => Figures.Ov.Select(ov => ov.Task).Distinct().Select(task =>
                Job($"{task} OV scores", "% of hits", layers, table => OvTable.Fill(this, table, task))),
            VerificationParts.Lens =>
            [
                Job("lens tokens", "tokens, best first", layers + 1, table => LensTokenTable.Fill(this, table), isInformational: true),
                Job("lens counts", "prompts", Figures.Lens!.Counts.Count, table => LensCountTable.Fill(this, table), isInformational: true),
            ],
            VerificationParts.Attention =>
            [
                Job("attention values", "% of attention", Figures.Attention.Select(value => value.Task).Distinct().Count(),
                    table => AttentionTable.Fill(this, table)),
                .. Config.Explainer.Count == 0
                    ? (VerificationJob[])[] : [
                        Job("explainer", Text, Config.Explainer.Count, table => ExplainerTable.Fill(this, table), tolerance: null)],
            ],
            VerificationParts.Edges =>
                [Job($"{Figures.Edges!.Task} MLP to MLP edges", Score, Figures.Edges.Ratios.Count, table => EdgeTable.Fill(this, table))],
            _ =>
            [
                Job($"{part} circuits", Score, NodeTables.CircuitsOf(Figures, part).Length,
                    table => NodeTables.FillCircuits(this, table, part)),
                Job($"{part} circuit less a head", Score, Figures.Circuits[part].Count,
                    table => NodeTables.FillLessOneHead(this, table, part)),
                Job($"{part} search", Score, Figures.Nodes[part].Trace.Count, table => NodeTables.FillSearch(this, table, part)),
                Job($"{part} single nodes", Score, layers * (Model.Config.NHeads + 1), table => NodeTables.FillSingle(this, table, part)),
            ],
        };
    }
}
