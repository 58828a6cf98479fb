using System.Reflection;

namespace SeqCont.Cli;

/// <summary>Version and commit, as the build stamped them: "0.1.0+9fceb02...".</summary>
internal static class ProgramVersion
{
    private static readonly string[] Parts =
        (typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "0").Split('+', 2);

    public static string Version => Parts[0];

    public static string? Commit => Parts.Length > 1 ? Parts[1] : null;
}
