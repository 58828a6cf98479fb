using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// logit[correct] - logit[incorrect] at the last position of each prompt: a dot product with
/// W_U[correct] - W_U[incorrect], so two columns of the unembedding are all that is read.
/// </summary>
internal sealed class LogitDiffMetric : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly IndexBuffer _ends;
    private readonly IndexBuffer _pairs;
    private readonly DeviceBuffer _directions;
    private readonly double[] _offsets;

    public LogitDiffMetric(Gpt2Model model, RowForest forest, PromptSet prompts)
    {
        _model = model;
        var dModel = model.Config.DModel;
        var pairs = prompts.Correct.Zip(prompts.Incorrect).ToArray();
        var distinct = pairs.Distinct().Order().ToList();
        var index = distinct.Select((pair, i) => (pair, i)).ToDictionary(entry => entry.pair, entry => entry.i);
        _directions = model.Ops.Allocate((long)distinct.Count * dModel);
        var offsets = new double[distinct.Count];
        for (var i = 0; i < distinct.Count; i++)
        {
            (var direction, offsets[i]) = model.LogitDirection(distinct[i].First, distinct[i].Second);
            model.Ops.Upload(direction, _directions, (long)i * dModel);
        }

        _ends = model.Ops.Upload(forest.Ends);
        _pairs = model.Ops.Upload([.. pairs.Select(pair => index[pair])]);
        _offsets = [.. pairs.Select(pair => offsets[index[pair]])];
    }

    /// <summary>The logit difference of each prompt, in file order.</summary>
    /// <param name="resid">Last resid_post, [row, dModel], at least at the end rows.</param>
    public double[] Measure(DeviceBuffer resid)
    {
        var result = new double[_offsets.Length];
        _model.LogitDiff(resid, Rows.All(_ends), _directions, _pairs, result);
        for (var i = 0; i < result.Length; i++) result[i] += _offsets[i];
        return result;
    }

    public void Dispose()
    {
        _ends.Dispose();
        _pairs.Dispose();
        _directions.Dispose();
    }
}
