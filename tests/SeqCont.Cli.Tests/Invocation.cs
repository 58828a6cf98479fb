using System.Diagnostics;

namespace SeqCont.Cli.Tests;

/// <summary>One run of the program: what it printed and how it ended.</summary>
internal sealed record Invocation(int Code, string Out, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs in this process, as with both streams redirected.</summary>
    public static Invocation Run(params string[] args) => Run(args, CancellationToken.None);

    public static Invocation Run(string[] args, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLine.Run(args, new Terminal(output, error, false, false), cancellationToken);
        return new Invocation(code, output.ToString(), error.ToString());
    }

    /// <summary>Starts the program as users do.</summary>
    public static Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "seqcont.dll"));
        foreach (var arg in args) start.ArgumentList.Add(arg);
        return Process.Start(start)!;
    }

    /// <summary>Waits for a started program, two minutes unless told otherwise.</summary>
    public static Invocation Finish(Process process, TimeSpan? limit = null)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        Assert.IsTrue(process.WaitForExit(limit ?? TimeSpan.FromMinutes(2)), "The program did not end.");
        return new Invocation(process.ExitCode, output.Result, error.Result);
    }
}

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("seqcont-test-");

    public string Path => _folder.FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string content)
    {
        System.IO.File.WriteAllText(File(name), content);
        return File(name);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
