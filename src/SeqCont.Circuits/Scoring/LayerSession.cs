using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What the candidates of one layer share: z of its heads, and resid_mid of the current circuit. Both depend
/// only on what lies below the layer and on its own heads.
/// </summary>
internal sealed class LayerSession
{
    private readonly ForwardPass _pass;
    private readonly Func<DeviceBuffer> _residPre;
    private readonly DeviceBuffer _z;
    private readonly DeviceBuffer _residMid;
    private int[]? _headsInMid;

    /// <summary>Enters a layer: computes z of the current circuit's heads.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layer">Layer.</param>
    /// <param name="residPre">Gives the stored resid_pre, [row, dModel]; asked again when it is needed again.</param>
    /// <param name="live">The current circuit.</param>
    /// <param name="demand">Its demand.</param>
    /// <param name="z">Buffer for z, [output, head, dHead].</param>
    /// <param name="residMid">Buffer for resid_mid, [row, dModel].</param>
    public LayerSession(
        ForwardPass pass, int layer, Func<DeviceBuffer> residPre, LiveNodes live, Demand demand, DeviceBuffer z, DeviceBuffer residMid)
    {
        _pass = pass;
        _residPre = residPre;
        _z = z;
        _residMid = residMid;
        Layer = layer;
        Outputs = demand.Outputs(layer);
        pass.Attend(layer, residPre(), live.Heads[layer], demand.Keys(layer), Outputs, z);
    }

    /// <summary>The layer.</summary>
    public int Layer { get; }

    /// <summary>Rows that something above reads.</summary>
    public RowSet Outputs { get; }

    /// <summary>resid_mid of the current circuit, by the canonical route.</summary>
    public DeviceBuffer ResidMid(int[] heads, LayerConstants constants)
    {
        if (_headsInMid is null || !_headsInMid.AsSpan().SequenceEqual(heads))
        {
            _pass.AddHeads(Layer, _residPre(), _z, heads, Outputs, constants, _residMid);
            _headsInMid = heads;
        }

        return _residMid;
    }

    /// <summary>resid_mid without one more head, by the rank-dHead update.</summary>
    public void Without(int head, int[] heads, LayerConstants constants, DeviceBuffer means, IndexBuffer slots, DeviceBuffer without) =>
        _pass.ReplaceHead(Layer, ResidMid(heads, constants), _z, head, Outputs, means, slots, without);
}
