using SeqCont.Engine;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Model;

/// <summary>
/// Says where a model's numbers leave the range of its arithmetic: the first head, attention or MLP whose output is not finite. It runs one
/// prompt again, part by part, so it is asked only once a result is known to be bad.
/// </summary>
public static class RangeFault
{
    private const string NotFinite = "is not finite";

    /// <summary>The error of a prompt whose result is not finite, in one line that names the part and the largest weight.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="tokens">The prompt's tokens, or the first of them where the fault shows there already.</param>
    /// <param name="prompt">The prompt's number in its file, from 0.</param>
    /// <param name="result">What is not finite where every part of the unablated model is: "the logit difference without a7.h3".</param>
    public static InvalidDataException Of(Gpt2Model model, int[] tokens, int prompt, string result) =>
        Error(model, $"prompt {prompt + 1}: {FirstPart(model, tokens) ?? $"{result} {NotFinite}"}");

    /// <summary>The same, where what is not finite is known.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="result">What is not finite: "prompt 3: a logit".</param>
    public static InvalidDataException Of(Gpt2Model model, string result)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Error(model, $"{result} {NotFinite}");
    }

    /// <summary>
    /// The error of a node that writes so much more than all others that without it only rounding is left; null where it does not.
    /// </summary>
    /// <param name="model">Weights.</param>
    /// <param name="node">The node.</param>
    /// <param name="with">The stream's scale with it, row by row.</param>
    /// <param name="without">The same without it.</param>
    public static InvalidDataException? Lost(Gpt2Model model, string node, double[] with, double[] without)
    {
        ArgumentNullException.ThrowIfNull(model);
        var growth = with.Zip(without, (before, after) => before / after).DefaultIfEmpty().Max();
        // Without a number it is for the scores to refuse.
        if (!(growth > (IsDouble(model) ? 1e12 : 1e6))) return null;
        return new InvalidDataException(FormattableString.Invariant(
            $"{node}: it writes {growth:0.0e+0} times all else in the residual stream: with zero in its place only rounding is left")
                + $"{Reason(model.Tensors())}.");
    }

    /// <summary>Says which part of the unablated model is the first whose output is unsound, and how; null where all are sound.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="tokens">A prompt's tokens.</param>
    public static string? FirstPart(Gpt2Model model, int[] tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        var (ops, config) = (model.Ops, model.Config);
        using var rows = new DeviceRows(ops, RowForest.Build([tokens]));
        using var work = new Workspace(ops, config, tokens.Length);
        using var resid = ops.Allocate((long)tokens.Length * config.DModel);
        using var z = ops.Allocate((long)tokens.Length * config.DZ);
        var (pass, heads) = (new ForwardPass(model, rows, work), LiveNodes.All(config).Heads);
        pass.Embed(rows.All, resid);
        if (Unsound(ops, pass, resid, rows.All, config.DModel) is { } embedded) return $"the output of the embeddings {embedded}";
        for (var layer = 0; layer < config.NLayers; layer++)
        {
            var constants = new LayerConstants(model.OutputBias(layer), null, null);
            pass.Attend(layer, resid, heads[layer], rows.All, rows.All, z);
            if (FirstBad(ops, z, config.DZ * tokens.Length) is { } bad)
                return $"the output of blocks.{layer}.attn, head {bad % config.DZ / config.DHead}, {NotFinite}";
            pass.AddHeads(layer, resid, z, heads[layer], rows.All, constants, resid);
            if (Unsound(ops, pass, resid, rows.All, config.DModel) is { } added) return $"the output of blocks.{layer}.attn {added}";
            pass.AddMlp(layer, resid, true, rows.All, constants, resid);
            if (Unsound(ops, pass, resid, rows.All, config.DModel) is { } mlp) return $"the output of blocks.{layer}.mlp {mlp}";
        }

        return null;
    }

    private static InvalidDataException Error(Gpt2Model model, string fault) => new(
        $"{fault}: the model's numbers leave the range of {(IsDouble(model) ? "double precision" : "float32")}"
            + $"{Reason(model.Tensors())}.{(IsDouble(model) ? "" : " --precision fp64 has a wider range.")}");

    // What is wrong with the first residual that is not sound; null where all are.
    private static string? Unsound(IOps ops, ForwardPass pass, DeviceBuffer resid, RowSet rows, int dModel)
    {
        if (pass.FirstUnsound(resid, rows) is not { } row) return null;
        var values = new double[dModel];
        ops.Download(resid, (long)row * dModel, values);
        var (least, most) = (values.Min(), values.Max());
        return most - least < 0.01 * Math.Max(Math.Abs(least), Math.Abs(most)) ? "is the same in all columns but for rounding" : NotFinite;
    }

    private static bool IsDouble(Gpt2Model model) => model.Ops.ElementBytes == sizeof(double);

    private static int? FirstBad(IOps ops, DeviceBuffer buffer, int length)
    {
        var values = new double[length];
        ops.Download(buffer, 0, values);
        return ElementwiseSimd.FirstNonFinite<double>(values) is >= 0 and var bad ? bad : null;
    }

    private static string Reason(IReadOnlyList<TensorStatistics> tensors)
    {
        if (tensors.FirstOrDefault(tensor => tensor.Values.NaNs + tensor.Values.Infinities > 0) is { } bad)
            return $"; tensor {bad.Name} holds {bad.Values.NaNs} NaN and {bad.Values.Infinities} infinite values";
        static double Size(TensorStatistics tensor) => Math.Max(Math.Abs(tensor.Values.Min), Math.Abs(tensor.Values.Max));
        var largest = tensors.Where(tensor => tensor.Values.Count > 0).MaxBy(Size);
        return largest is null ? "" : FormattableString.Invariant($"; the largest weight is {Size(largest):0.0e+0}, in {largest.Name}");
    }
}
