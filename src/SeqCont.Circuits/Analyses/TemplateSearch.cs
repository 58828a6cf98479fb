using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>The search of <see cref="PromptFilter"/> through one template's candidates, in the generator's order.</summary>
internal sealed class TemplateSearch
{
    private const int PromptsAtOnce = 256;
    private const int ExamplesKept = 8;

    // Per start member: give up after so many times the prompts wanted (at least the second number), or where of the
    // first so many none passed.
    private const int CandidatesPerPrompt = 16, LeastCandidates = 32, CandidatesWithoutOne = 64;

    private readonly Gpt2Model _model;
    private readonly Gpt2Tokenizer _tokenizer;
    private readonly PromptFilterConfig _config;
    private readonly List<RejectedPrompt> _examples;
    private readonly TaskDefinition[] _forms;
    private readonly IEnumerator<TaskCandidate>[] _streams;
    private readonly StartMember[] _starts;
    private bool _isDry;

    public TemplateSearch(
        Gpt2Model model, TaskGenerator generator, Gpt2Tokenizer tokenizer, PromptFilterConfig config, string template,
        List<RejectedPrompt> examples)
    {
        (_model, _tokenizer, _config, _examples) = (model, tokenizer, config, examples);
        _forms = [config.Task, .. config.Companions];
        var starts = config.Task.Starts;
        _starts = [.. Enumerable.Range(0, starts).Select(start => new StartMember((config.Count - start + starts - 1) / starts))];
        var most = checked(starts * _starts.Max(start => start.Most));
        _streams = [.. _forms.Select(form => generator.Candidates(form, template, most, config.Seed).GetEnumerator())];
        Tally = new TemplateTally(template, 0, 0, 0, 0, 0);
    }

    public TemplateTally Tally { get; private set; }

    public int Missing => _starts.Sum(start => start.Missing);

    /// <summary>The kept prompts, start members taking turns.</summary>
    public IEnumerable<TaskCandidate> InTurn() =>
        Enumerable.Range(0, _starts.Max(start => start.Kept.Count))
            .SelectMany(turn => _starts.Where(start => turn < start.Kept.Count).Select(start => start.Kept[turn]));

    /// <summary>Tests one batch.</summary>
    public void Step()
    {
        var batch = Next();
        var rejected = Test(batch);
        for (var i = 0; i < batch.Count; i++)
        {
            var start = _starts[batch[i][0].Start];
            if (rejected[i] is { } example)
            {
                start.LastRejected = example;
                if (_examples.Count < ExamplesKept) _examples.Add(example);
            }
            else if (start.Missing > 0)
            {
                start.Kept.Add(batch[i][0]);
            }
        }

        Tally = Tally with
        {
            Kept = _starts.Sum(start => start.Kept.Count),
            Tested = Tally.Tested + batch.Count,
            Accepted = Tally.Accepted + rejected.Count(example => example is null),
            OtherTop = Tally.OtherTop + rejected.Count(example => example?.Why is Rejection.OtherTop),
            TooClose = Tally.TooClose + rejected.Count(example => example?.Why is Rejection.TooClose),
        };
        RequireProgress();
    }

    /// <summary>The next candidates of start members that lack prompts: about as many as should fill the gap.</summary>
    private List<TaskCandidate[]> Next()
    {
        var rate = Tally.Tested == 0 ? 1 : Math.Max(Tally.Accepted, 1) / (double)Tally.Tested;
        var size = (int)Math.Clamp(Math.Ceiling(Missing / rate), 1, PromptsAtOnce);
        var batch = new List<TaskCandidate[]>();
        while (batch.Count < size && _starts.Any(start => start.IsOpen))
        {
            if (!_streams.All(stream => stream.MoveNext()))
            {
                _isDry = true;
                break;
            }

            var start = _starts[_streams[0].Current.Start];
            if (!start.IsOpen) continue;
            start.Tested++;
            batch.Add([.. _streams.Select(stream => stream.Current)]);
        }

        return batch;
    }

    /// <summary>Which candidates fail, form after form: a later form is asked only of what passed the earlier.</summary>
    private RejectedPrompt?[] Test(List<TaskCandidate[]> candidates)
    {
        var rejected = new RejectedPrompt?[candidates.Count];
        foreach (var (form, task) in _forms.Index())
        {
            int[] left = [.. Enumerable.Range(0, candidates.Count).Where(i => rejected[i] is null)];
            if (left.Length == 0) break;
            var rows = left.Select(i => candidates[i][form].Clean).ToList();
            var prompts = PromptSet.Create(rows, _tokenizer, _model.Config, _config.Bos,
                $"{task.Name}, template {Tally.Template}");
            var odds = AnswerOdds.Measure(_model, prompts, _config.Memory);
            for (var j = 0; j < left.Length; j++)
                if (PromptFilter.Judge(odds[j], prompts.Correct[j]) is { } why)
                    rejected[left[j]] = new RejectedPrompt(task.Name, Tally.Template, rows[j], why, odds[j]);
        }

        return rejected;
    }

    private void RequireProgress()
    {
        foreach (var (i, start) in _starts.Index())
        {
            if (start.Missing == 0 || (start.IsOpen && !_isDry)) continue;
            var example = start.LastRejected is { } rejected
                ? $" Rejected, for example: {rejected.Explain(_tokenizer.TextOrNumber)}" : "";
            throw new InvalidDataException(
                $"{_config.Task.Name}, template {Tally.Template}: the model answers too few of the prompts: of {start.Tested}"
                    + $"{(_isDry ? ", all there are," : "")} that begin with \"{_config.Task.Members[i]}\" {start.Kept.Count} were "
                    + $"kept, {start.Wanted} are wanted; {Tally.Accepted} of {Tally.Tested} candidates passed in all.{example}");
        }
    }

    /// <summary>What is kept of the prompts that begin with one member.</summary>
    private sealed class StartMember(int wanted)
    {
        public int Wanted => wanted;

        public List<TaskCandidate> Kept { get; } = [];

        public int Tested { get; set; }

        public RejectedPrompt? LastRejected { get; set; }

        public int Missing => wanted - Kept.Count;

        public int Most => wanted == 0 ? 0 : Math.Max(LeastCandidates, CandidatesPerPrompt * wanted);

        /// <summary>Whether more are wanted and the search has not given up, as things stand.</summary>
        public bool IsOpen => Missing > 0 && Tested < (Kept.Count > 0 ? Most : Math.Min(Most, CandidatesWithoutOne));
    }
}
