namespace SeqCont.Model;

/// <summary>Which hub, which cache, and how patient to be.</summary>
public sealed record HubSettings
{
    private const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>The hub's address.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The cache's folder; need not exist.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Sent to the endpoint and nowhere else; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Whether downloads are switched off.</summary>
    public bool IsOffline { get; init; }

    /// <summary>What the program calls itself to the hub.</summary>
    public string UserAgent { get; init; } = "seqcont";

    /// <summary>Files at once.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>How often a request is tried that brings nothing new.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The first wait before a request is tried again; each further one is twice as long.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a server may ask for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// An answer whose headers take longer, or whose content comes slower than <see cref="LeastRate"/> for so long, is given up and
    /// tried again.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes a second, a mean over <see cref="StallTimeout"/>, that any answer's content must bring until it ends.</summary>
    public int LeastRate { get; init; } = 1000;

    /// <summary>The clock that a server's dates are compared with, and that waits are taken from.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Waits; null: by <see cref="Clock"/>.</summary>
    public Func<TimeSpan, CancellationToken, Task>? Delay { get; init; }

    /// <summary>Connects; null: over the network.</summary>
    internal Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? Connect { get; init; }

    /// <summary>Bytes that may still be written below a folder, which exists.</summary>
    public Func<string, long> FreeBytes { get; init; } = FreeBytesOf;

    /// <summary>
    /// As the hub's own tools read the environment: HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN,
    /// HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN and HF_HUB_OFFLINE.
    /// </summary>
    /// <param name="variable">The value of a variable; null where it is not set.</param>
    /// <param name="userAgent">What the program calls itself to the hub.</param>
    /// <exception cref="InvalidDataException">A variable cannot be meant as it is.</exception>
    /// <exception cref="IOException">The file with the token cannot be read.</exception>
    public static HubSettings FromEnvironment(Func<string, string?> variable, string userAgent)
    {
        var value = SetOnly(variable);
        bool IsOn(string name) => value(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
        return new HubSettings
        {
            Endpoint = EndpointOf(value("HF_ENDPOINT") ?? DefaultEndpoint),
            CacheFolder = CacheFolderOf(variable),
            // As the hub's own tools take it: every token of the environment is an implicit one.
            Token = IsOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") ? null
                : TokenOf(value("HF_TOKEN"), FolderOf(value("HF_TOKEN_PATH") ?? InHome(value, "token"))),
            IsOffline = IsOn("HF_HUB_OFFLINE") || IsOn("TRANSFORMERS_OFFLINE"),
            UserAgent = userAgent,
        };
    }

    /// <summary>The cache's folder alone, for what asks no hub: neither the endpoint nor a token is looked at.</summary>
    /// <param name="variable">The value of a variable; null where it is not set.</param>
    public static string CacheFolderOf(Func<string, string?> variable)
    {
        var value = SetOnly(variable);
        return FolderOf(value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") ?? InHome(value, "hub"));
    }

    /// <summary>Hub and cache; never the token.</summary>
    public override string ToString() => $"{Endpoint} into {CacheFolder}";

    /// <summary>Whether an address is the hub's own.</summary>
    internal bool IsEndpoint(Uri address) => Uri.Compare(
        address, Endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>Waits as told to.</summary>
    internal Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) =>
        Delay is { } delay ? delay(time, cancellationToken) : Task.Delay(time, Clock, cancellationToken);

    private static Func<string, string?> SetOnly(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return name => variable(name)?.Trim() is { Length: > 0 } value ? value : null;
    }

    private static string InHome(Func<string, string?> value, string name) => Path.Combine(
        FolderOf(value("HF_HOME") ?? Path.Combine(value("XDG_CACHE_HOME") ?? Path.Combine(UserFolder, ".cache"), "huggingface")), name);

    private static string UserFolder => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string FolderOf(string path) =>
        Path.GetFullPath(path is "~" || path.StartsWith("~/", StringComparison.Ordinal) ? UserFolder + path[1..] : path);

    private static Uri EndpointOf(string text)
    {
        var isGood = Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            && endpoint.UserInfo.Length == 0 && endpoint.Query.Length == 0 && endpoint.Fragment.Length == 0;
        return isGood ? endpoint! : throw new InvalidDataException(
            $"HF_ENDPOINT: expected an address such as {DefaultEndpoint}, got '{BadFile.Printable(text)}'.");
    }

    private static string? TokenOf(string? given, string file)
    {
        var token = given ?? ReadToken(file);
        if (token.Length == 0) return null;
        // The token itself is never shown.
        return token.All(letter => letter is > ' ' and < '\x7f') ? token
            : throw new InvalidDataException(
                $"{(given is null ? file : "HF_TOKEN")}: expected a token of letters and digits, got other characters.");
    }

    private static string ReadToken(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(
                $"{file}: the hub's token cannot be read: permission denied; let this user read it, or give HF_TOKEN or HF_TOKEN_PATH",
                exception);
        }
    }

    private static long FreeBytesOf(string folder) =>
        new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(Path.GetFullPath(folder))! : folder).AvailableFreeSpace;
}
