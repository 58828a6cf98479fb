using BenchmarkDotNet.Running;
using SeqCont.Bench;

if (args is ["edges", .. var edgesOptions]) return EdgesCommand.Run(edgesOptions);

if (args is not ["peak", .. var options])
{
    BenchmarkSwitcher.FromAssembly(typeof(PeakCommand).Assembly).Run(args);
    return 0;
}

try
{
    return PeakCommand.Run(options);
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"peak: {exception.Message}");
    return 2;
}
