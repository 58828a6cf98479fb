namespace SeqCont.Kernels.LogitDiff;

/// <summary>The last step of a logit difference, in double precision.</summary>
public static class LogitDiffReference
{
    /// <summary>normalized . direction, in ascending order of i.</summary>
    /// <param name="normalized">LN_f of the residual, [dModel].</param>
    /// <param name="direction">W_U[correct] - W_U[incorrect], [dModel].</param>
    public static double Apply(ReadOnlySpan<double> normalized, ReadOnlySpan<double> direction)
    {
        var sum = 0.0;
        for (var i = 0; i < normalized.Length; i++) sum += normalized[i] * direction[i];
        return sum;
    }
}
