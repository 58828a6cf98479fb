using System.Globalization;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The study's way to prompts (arXiv 2311.04131): candidates from the generator are kept when the model's top
/// prediction is the answer and the answer is more than twice as probable as the last member shown, in every form
/// asked for. The generator's order decides: of each start member the first that pass, so that the n-th prompts of
/// all start members are a complete group, and neither batches nor threads change what is kept.
/// </summary>
public sealed class PromptFilter
{
    /// <summary>The correct answer must be more than this many times as probable as the incorrect one.</summary>
    public const double LeastRatio = 2;

    private const int PromptsAtOnce = 256;
    private const int ExamplesKept = 8;

    // Per start member: give up after so many times the prompts wanted (at least the second number), or where of the
    // first so many none passed.
    private const int CandidatesPerPrompt = 16, LeastCandidates = 32, CandidatesWithoutOne = 64;

    private readonly Gpt2Model _model;
    private readonly TaskGenerator _generator;
    private readonly Gpt2Tokenizer _tokenizer;
    private readonly PromptFilterConfig _config;
    private readonly TaskDefinition[] _forms;
    private readonly List<RejectedPrompt> _examples = [];

    private PromptFilter(Gpt2Model model, TaskGenerator generator, Gpt2Tokenizer tokenizer, PromptFilterConfig config)
    {
        (_model, _generator, _tokenizer, _config) = (model, generator, tokenizer, config);
        _forms = [config.Task, .. config.Companions];
    }

    /// <summary>Finds prompts.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="generator">Makes candidates, from words that are single tokens.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="config">What to make.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Ends the search between batches.</param>
    /// <exception cref="InvalidDataException">
    /// Too few candidates pass (the search ends within a number of candidates in proportion to the prompts wanted; the
    /// message says how many passed and shows one that did not), or there are too few.
    /// </exception>
    public static PromptFilterResult Run(
        Gpt2Model model, TaskGenerator generator, Gpt2Tokenizer tokenizer, PromptFilterConfig config,
        IProgress<PromptFilterProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(config.Count);
        foreach (var companion in config.Companions)
            if (companion.Starts != config.Task.Starts || !companion.TemplateNames.SequenceEqual(config.Task.TemplateNames))
                throw new ArgumentException(
                    $"companions: expected the templates and the number of members of {config.Task.Name}, got {companion.Name}'s.");
        return new PromptFilter(model, generator, tokenizer, config).Run(progress, cancellationToken);
    }

    /// <summary>Why an answer does not do; null when it does.</summary>
    /// <param name="odds">What the model predicts.</param>
    /// <param name="correct">The correct answer's token.</param>
    public static Rejection? Judge(AnswerOdds odds, int correct) =>
        odds.Top != correct ? Rejection.OtherTop : odds.Correct > LeastRatio * odds.Incorrect ? null : Rejection.TooClose;

    private PromptFilterResult Run(IProgress<PromptFilterProgress>? progress, CancellationToken cancellationToken)
    {
        var (clean, corrupt, tallies) = (new List<PromptRow>(), new List<PromptRow>(), new List<TemplateTally>());
        foreach (var template in _config.Task.TemplateNames)
        {
            var search = new TemplateSearch(this, template);
            while (search.Missing > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                search.Step();
                progress?.Report(new PromptFilterProgress(template, _config.Count - search.Missing, search.Tally.Tested, search.Missing));
            }

            var kept = search.InTurn().ToList();
            clean.AddRange(kept.Select(candidate => candidate.Clean));
            corrupt.AddRange(kept.Select(candidate => candidate.Corrupt));
            tallies.Add(search.Tally);
        }

        var source = TaskGenerator.Source(_config.Task, _config.Seed);
        return new PromptFilterResult(new TaskPrompts(clean, corrupt, source, source), tallies, _examples);
    }

    /// <summary>Which candidates pass, form after form: a later form is asked only of what passed the earlier.</summary>
    private (Rejection?[] Rejections, RejectedPrompt?[] Rejected) Test(string template, IReadOnlyList<TaskCandidate[]> candidates)
    {
        var (rejections, rejected) = (new Rejection?[candidates.Count], new RejectedPrompt?[candidates.Count]);
        for (var form = 0; form < _forms.Length; form++)
        {
            int[] left = [.. Enumerable.Range(0, candidates.Count).Where(i => rejections[i] is null)];
            if (left.Length == 0) break;
            var rows = left.Select(i => candidates[i][form].Clean).ToList();
            var prompts = PromptSet.Create(rows, _tokenizer, _model.Config.NCtx, _model.Config.DVocab, _config.Bos,
                $"{_forms[form].Name}, template {template}");
            var odds = AnswerOdds.Measure(_model, prompts, _config.Memory);
            for (var j = 0; j < left.Length; j++)
            {
                if (Judge(odds[j], prompts.Correct[j]) is not { } why) continue;
                rejections[left[j]] = why;
                rejected[left[j]] = new RejectedPrompt(_forms[form].Name, template, rows[j], why, odds[j]);
            }
        }

        return (rejections, rejected);
    }

    /// <summary>One template's candidates, in the generator's order.</summary>
    private sealed class TemplateSearch
    {
        private readonly PromptFilter _filter;
        private readonly IEnumerator<TaskCandidate>[] _streams;
        private readonly List<TaskCandidate>[] _kept;
        private readonly int[] _wanted, _tested, _rejected;
        private readonly Dictionary<int, RejectedPrompt> _lastRejected = [];
        private bool _isDry;

        public TemplateSearch(PromptFilter filter, string template)
        {
            _filter = filter;
            var (task, count) = (filter._config.Task, filter._config.Count);
            _wanted = [.. Enumerable.Range(0, task.Starts).Select(start => (count - start + task.Starts - 1) / task.Starts)];
            _kept = [.. _wanted.Select(_ => new List<TaskCandidate>())];
            (_tested, _rejected) = (new int[task.Starts], new int[task.Starts]);
            var most = checked(task.Starts * _wanted.Max(Most));
            _streams = [.. filter._forms.Select(form => filter._generator.Candidates(form, template, most, filter._config.Seed)
                .GetEnumerator())];
            Tally = new TemplateTally(template, 0, 0, 0, 0, 0);
        }

        public TemplateTally Tally { get; private set; }

        public int Missing => _wanted.Select((wanted, start) => wanted - _kept[start].Count).Sum();

        /// <summary>The kept prompts, start members taking turns.</summary>
        public IEnumerable<TaskCandidate> InTurn() =>
            Enumerable.Range(0, _wanted.Max()).SelectMany(turn => _kept.Where(kept => turn < kept.Count).Select(kept => kept[turn]));

        /// <summary>Tests one batch.</summary>
        public void Step()
        {
            var batch = Next();
            var (rejections, rejected) = _filter.Test(Tally.Template, batch);
            for (var i = 0; i < batch.Count; i++)
            {
                var start = batch[i][0].Start;
                Count(start, rejections[i]);
                if (rejected[i] is { } example)
                {
                    _lastRejected[start] = example;
                    if (_filter._examples.Count < ExamplesKept) _filter._examples.Add(example);
                }
                else if (_kept[start].Count < _wanted[start])
                {
                    _kept[start].Add(batch[i][0]);
                }
            }

            Tally = Tally with { Kept = _kept.Sum(kept => kept.Count) };
            RequireProgress();
        }

        /// <summary>The next candidates of start members that lack prompts: about as many as should fill the gap.</summary>
        private List<TaskCandidate[]> Next()
        {
            var rate = Tally.Tested == 0 ? 1 : Math.Max(Tally.Accepted, 1) / (double)Tally.Tested;
            var size = (int)Math.Clamp(Math.Ceiling(Missing / rate), 1, PromptsAtOnce);
            var batch = new List<TaskCandidate[]>();
            var inBatch = new int[_wanted.Length];
            while (batch.Count < size && Open(inBatch))
            {
                if (!_streams.All(stream => stream.MoveNext()))
                {
                    _isDry = true;
                    break;
                }

                var start = _streams[0].Current.Start;
                if (_kept[start].Count >= _wanted[start] || _tested[start] + inBatch[start] >= Limit(start)) continue;
                inBatch[start]++;
                batch.Add([.. _streams.Select(stream => stream.Current)]);
            }

            return batch;
        }

        private bool Open(int[] inBatch) =>
            Enumerable.Range(0, _wanted.Length)
                .Any(start => _kept[start].Count < _wanted[start] && _tested[start] + inBatch[start] < Limit(start));

        private void Count(int start, Rejection? rejection)
        {
            _tested[start]++;
            if (rejection is not null) _rejected[start]++;
            Tally = Tally with
            {
                Tested = Tally.Tested + 1,
                Accepted = Tally.Accepted + (rejection is null ? 1 : 0),
                OtherTop = Tally.OtherTop + (rejection is Rejection.OtherTop ? 1 : 0),
                TooClose = Tally.TooClose + (rejection is Rejection.TooClose ? 1 : 0),
            };
        }

        private void RequireProgress()
        {
            for (var start = 0; start < _wanted.Length; start++)
            {
                if (_kept[start].Count >= _wanted[start] || (_tested[start] < Limit(start) && !_isDry)) continue;
                var task = _filter._config.Task;
                var example = _lastRejected.TryGetValue(start, out var rejected)
                    ? $" Rejected, for example: {_filter.Explain(rejected)}" : "";
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                    $"{task.Name}, template {Tally.Template}: the model answers too few of the prompts: of {_tested[start]}"
                        + $"{(_isDry ? ", all there are," : "")} that begin with \"{task.Members[start]}\" {_kept[start].Count} were "
                        + $"kept, {_wanted[start]} are wanted; {Tally.Accepted} of {Tally.Tested} candidates passed in all.{example}"));
            }
        }

        /// <summary>Candidates of a start member after which the search gives up, as things stand.</summary>
        private int Limit(int start) =>
            _kept[start].Count > 0 ? Most(_wanted[start]) : Math.Min(Most(_wanted[start]), CandidatesWithoutOne);

        private static int Most(int wanted) => wanted == 0 ? 0 : Math.Max(LeastCandidates, CandidatesPerPrompt * wanted);
    }

    private string Explain(RejectedPrompt example) =>
        example.Explain(id => id < _tokenizer.VocabularySize ? _tokenizer.TokenText(id) : $"#{id}");
}
