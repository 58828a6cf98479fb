using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What the candidates of one layer share: z of its heads, and resid_mid of the current circuit. Both depend
/// only on what lies below the layer and on its own heads.
/// </summary>
internal sealed class LayerSession
{
    // A difference of float32 numbers that are so many times larger than it keeps one digit or two. In trained models heads' outputs are
    // at most some hundred times the stream.
    private const double MostGrowth = 1e6;

    private readonly ForwardPass _pass;
    private readonly Func<DeviceBuffer> _residPre;
    private readonly DeviceBuffer _z;
    private readonly DeviceBuffer _residMid;
    private int[]? _headsInMid;
    private bool? _isUpdateSound;

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
            // Asked again of every circuit: a resumed run, whose first circuit here has fewer heads, answers and adds up as the whole one.
            _isUpdateSound = null;
        }

        return _residMid;
    }

    /// <summary>
    /// resid_mid without one more head, by the rank-dHead update; where heads write so much more than the stream had that the difference
    /// would be rounding, by adding up the others.
    /// </summary>
    /// <param name="head">The head that goes.</param>
    /// <param name="heads">The current circuit's heads.</param>
    /// <param name="constants">What stands for all others where some heads are computed.</param>
    /// <param name="means">What the head's z is replaced by, [slot, head, dHead].</param>
    /// <param name="slots">A row's slot, [row].</param>
    /// <param name="without">Destination, [row, dModel].</param>
    public void Without(
        int head, int[] heads, Func<int[], LayerConstants> constants, DeviceBuffer means, IndexBuffer slots, DeviceBuffer without)
    {
        var residMid = ResidMid(heads, constants(heads));
        if (_isUpdateSound ??= IsUpdateSound(residMid)) _pass.ReplaceHead(Layer, residMid, _z, head, Outputs, means, slots, without);
        else
        {
            int[] others = [.. heads.Where(other => other != head)];
            _pass.AddHeads(Layer, _residPre(), _z, others, Outputs, constants(others), without);
        }
    }

    private bool IsUpdateSound(DeviceBuffer residMid) =>
        _pass.Scales(_residPre(), Outputs).Zip(_pass.Scales(residMid, Outputs)).All(row => row.Second <= MostGrowth * row.First);
}
