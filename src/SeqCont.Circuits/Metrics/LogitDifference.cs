using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The mean logit of a prompt's correct answers less that of its incorrect ones, at its last position. It is a dot product with
/// one column made of W_U's, so that column is all that is read: with one answer of each kind W_U[correct] - W_U[incorrect].
/// </summary>
public sealed class LogitDifference : IMetric
{
    /// <summary>The metric where none is named.</summary>
    public static LogitDifference Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "logit-diff";

    /// <inheritdoc/>
    public string Title => "logit difference";

    /// <inheritdoc/>
    public string Unit => "logits";

    /// <inheritdoc/>
    public bool MoreIsBetter => true;

    /// <inheritdoc/>
    public IPromptMetric For(Gpt2Model model, ForwardPass pass, DeviceRows rows, PromptSet prompts) =>
        new OfPrompts(model, rows.Forest, prompts.Answers);

    private sealed class OfPrompts : IPromptMetric
    {
        private readonly Gpt2Model _model;
        private readonly IndexBuffer _ends;
        private readonly IndexBuffer _columns;
        private readonly DeviceBuffer _directions;
        private readonly double[] _offsets;

        /// <summary>One column for each pair of answer sets, however many prompts ask for it.</summary>
        public OfPrompts(Gpt2Model model, RowForest forest, IReadOnlyList<AnswerSets> answers)
        {
            _model = model;
            var columns = new Dictionary<AnswerSets, int>();
            foreach (var sets in answers) columns.TryAdd(sets, columns.Count);
            _directions = model.Ops.Allocate((long)columns.Count * model.Config.DModel);
            var offsets = new double[columns.Count];
            foreach (var (sets, column) in columns)
            {
                (var direction, offsets[column]) = model.LogitDirection(sets.Correct, sets.Incorrect);
                model.Ops.Upload(direction, _directions, (long)column * model.Config.DModel);
            }

            _ends = model.Ops.Upload(forest.Ends);
            _columns = model.Ops.Upload([.. answers.Select(sets => columns[sets])]);
            _offsets = [.. answers.Select(sets => offsets[columns[sets]])];
        }

        public double[] Measure(DeviceBuffer resid)
        {
            var result = new double[_offsets.Length];
            _model.NormDot(resid, Rows.All(_ends), _directions, _columns, result);
            for (var i = 0; i < result.Length; i++) result[i] += _offsets[i];
            return result;
        }

        public void Dispose()
        {
            _ends.Dispose();
            _columns.Dispose();
            _directions.Dispose();
        }
    }
}
