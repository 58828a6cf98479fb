namespace SeqCont.Engine.Reference;

internal sealed class ReferenceBuffer(double[] values) : DeviceBuffer(values.Length)
{
    public double[] Values { get; } = values;
}

internal sealed class ReferenceIndices(int[] values) : IndexBuffer(values);

internal sealed class ReferenceSums(int slots, int width) : SumBuffer(slots, width)
{
    public double[] Values { get; } = new double[(long)slots * width];
}

internal sealed class ReferenceWeights(double[] values, int k, int n, int kBlock, int columnBlock) : WeightMatrix(k, n, kBlock, columnBlock)
{
    /// <summary>[k, n] row-major.</summary>
    public double[] Values { get; } = values;
}
