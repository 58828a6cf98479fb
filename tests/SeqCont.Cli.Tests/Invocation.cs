using System.Diagnostics;
using System.Text.Json;

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

    /// <summary>A run that succeeds.</summary>
    public static Invocation Done(params string[] args)
    {
        var run = Run(args);
        Assert.AreEqual(0, run.Code, run.Error);
        return run;
    }

    /// <summary>What a run that succeeds prints with --json --quiet.</summary>
    public static JsonDocument Json(params string[] args) => JsonDocument.Parse(Done([.. args, "--json", "--quiet"]).Out);

    /// <summary>A run that fails with one line, which says something, and prints nothing else.</summary>
    public static Invocation Fails(int code, string says, params string[] args)
    {
        var run = Run(args);
        Assert.AreEqual(code, run.Code, run.Error);
        Assert.AreEqual("", run.Out);
        Assert.HasCount(1, run.ErrorLines, run.Error);
        Assert.Contains(says, run.Error);
        return run;
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
