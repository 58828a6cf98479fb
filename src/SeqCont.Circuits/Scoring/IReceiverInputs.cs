using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What receivers read when one sender is patched: the convention of path patching. Follows the circuit's own run up
/// through the layers.
/// </summary>
internal interface IReceiverInputs : IDisposable
{
    /// <summary>The run stands before the first layer; the patch at the input's values.</summary>
    /// <param name="residPre">resid_pre[0], [row, dModel].</param>
    void Start(DeviceBuffer residPre);

    /// <summary>The run has a layer's heads, the patch their values.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="z">[output, head, dHead].</param>
    /// <param name="residMid">[row, dModel].</param>
    void PassHeads(int layer, DeviceBuffer z, DeviceBuffer residMid);

    /// <summary>The run goes through a layer's MLP; the patch has its values.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="residMid">[row, dModel].</param>
    /// <param name="residPost">Destination of the run's own residual, [row, dModel].</param>
    void PassMlp(int layer, DeviceBuffer residMid, DeviceBuffer residPost);

    /// <summary>The residual that a receiver at the run's place reads, [row, dModel]; holds until the context's scratch is used.</summary>
    /// <param name="edge">The edge.</param>
    /// <param name="source">What it reads with nothing patched.</param>
    /// <param name="rows">Rows that are read.</param>
    DeviceBuffer Of(Edge edge, DeviceBuffer source, RowSet rows);
}

/// <summary>Only the direct edge: the sender's delta on the receiver's input.</summary>
internal sealed class DirectInputs(EdgeContext context, PatchValues patch, bool inputSends) : IReceiverInputs
{
    private readonly SenderDeltas _deltas = new(context, patch);

    public void Start(DeviceBuffer residPre)
    {
        if (inputSends) _deltas.AddInput(residPre);
    }

    public void PassHeads(int layer, DeviceBuffer z, DeviceBuffer residMid)
    {
        _deltas.AddHeads(layer, z);
        _deltas.Require(context.Live.Heads[layer].Select(head => new NodeId(layer, head)), residMid, layer);
    }

    public void PassMlp(int layer, DeviceBuffer residMid, DeviceBuffer residPost)
    {
        if (context.Live.Mlps[layer])
        {
            _deltas.AddMlp(layer, residMid, residMid, residPost);
            _deltas.Require(inputSends ? [NodeId.Mlp(layer), NodeId.Input] : [NodeId.Mlp(layer)], residPost, layer);
        }
        else context.Pass.AddMlp(layer, residMid, false, context.Demand.Outputs(layer), context.AblatedConstants.OfClean(layer), residPost);
    }

    public DeviceBuffer Of(Edge edge, DeviceBuffer source, RowSet rows) => _deltas.Replaced([edge.Sender], source, rows, context.Scratch);

    public void Dispose() => _deltas.Dispose();
}
