using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Model;

namespace SeqCont.Cli.Running;

/// <summary>The hub and its cache, as the environment names them, and downloads that a person can follow.</summary>
internal static class Hub
{
    // Bytes whose hashes take a second or more.
    private const long LongRead = 1_000_000_000;

    public static HubSettings Settings() =>
        HubSettings.FromEnvironment(Environment.GetEnvironmentVariable, $"seqcont/{ProgramVersion.Version}");

    public static HubCache Cache() => new(HubSettings.CacheFolderOf(Environment.GetEnvironmentVariable));

    /// <summary>A model in the cache, whole, each file of it seen to be the hub's at least once; null where it is not there.</summary>
    /// <param name="name">The model.</param>
    /// <param name="notice">Told of files whose hashes take a while.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static HubSnapshot? Find(HubName name, Action<string> notice, CancellationToken cancellationToken)
    {
        void Reading(long bytes)
        {
            if (bytes >= LongRead) notice($"{name}: comparing {ByteSize.Format(bytes)} with the hub's hashes, as a first opening does");
        }

        var cache = Cache();
        var snapshot = cache.Find(name);
        return snapshot is not null && cache.FindDamaged(snapshot, Reading, cancellationToken) is { } file
            ? throw Damaged(name, file) : snapshot;
    }

    /// <summary>Downloads a model, with progress on stderr.</summary>
    /// <exception cref="IOException">It cannot be had.</exception>
    /// <exception cref="InvalidDataException">It is no model that can be read.</exception>
    public static HubSnapshot Pull(HubName name, HubSettings settings, PullView view, CancellationToken cancellationToken)
    {
        try
        {
            return view.Run(progress => HubPull.PullAsync(name, settings, progress, cancellationToken));
        }
        catch (OperationCanceledException exception)
        {
            throw new CancelledException("what has arrived is kept; the same command goes on from there", exception);
        }
    }

    /// <summary>What is wrong with a file in the cache, and what mends it.</summary>
    public static InvalidDataException Damaged(HubName name, HubFileCheck file) => new(
        $"{file.Path}: damaged: expected {file.HashKind} {file.Expected}, found {file.Found ?? "no file"}; "
            + $"'seqcont model pull {name}' fetches it again.");

    /// <summary>Downloads the model that a command misses, if the person or --yes says so.</summary>
    /// <exception cref="MissingModelException">Nobody does.</exception>
    public static void PullMissing(MissingModelException missing, CommandContext context)
    {
        var settings = Settings();
        if (settings.IsOffline) throw missing;
        var question = $"{missing.Model} is not in {settings.CacheFolder}. Download it from {settings.Endpoint.Authority}?";
        if (!context.Yes && !context.Terminal.Asks(question, context.CancellationToken)) throw missing;
        var output = new OutputChoice(context, true, context.Arguments.Contains("--quiet"), false);
        Pull(missing.Model, settings, new PullView(output), context.CancellationToken);
    }
}

/// <summary>A model of a hub that the cache does not hold.</summary>
internal sealed class MissingModelException(HubName model, HubSettings settings) : IOException(
    $"{model}: no folder of that name here, and not in the cache {settings.CacheFolder}; "
    + (settings.IsOffline
        ? "downloads are switched off by HF_HUB_OFFLINE."
        : $"download it with 'seqcont model pull {model}', or by adding --yes to this command."))
{
    public HubName Model { get; } = model;
}
