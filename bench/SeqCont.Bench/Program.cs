using BenchmarkDotNet.Running;
using SeqCont.Bench;

if (args is ["peak", .. var options]) return PeakCommand.Run(options);
BenchmarkSwitcher.FromAssembly(typeof(PeakCommand).Assembly).Run(args);
return 0;
