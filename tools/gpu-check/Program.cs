using SeqCont.Engine.Gpu;
using SeqCont.GpuCheck;

// Verifies a GPU, then times it: see README.md beside this file.
//   gpu-check [--device cuda] [--out FILE.md] [--baseline FILE] [--clean FILE --corrupt FILE] [--quick]
var options = new CheckOptions(args);
var report = new Report(options.Out);
try
{
    using var ops = GpuDevices.Open(options.Device, GpuPrecision.Fp32);
    report.Title(ops);
    var isGood = KernelCheck.Run(ops, report, options.IsQuick);
    isGood &= SearchCheck.Run(ops, report, options);
    if (isGood)
    {
        var copy = BandwidthTimes.Run(ops, report, options.IsQuick);
        ProductTimes.Run(options, report, copy);
        SearchTimes.Run(ops, report, options);
    }

    report.Line(isGood ? "**gpu-check: all checks passed.**" : "**gpu-check: FAILED; nothing was timed.**");
    return isGood ? 0 : 1;
}
catch (Exception exception) when (exception is NotSupportedException or ArgumentException or InvalidDataException
    || GpuErrors.Explain(exception) is not null)
{
    report.Line($"**gpu-check: {GpuErrors.Explain(exception) ?? exception.Message}**");
    return 1;
}
