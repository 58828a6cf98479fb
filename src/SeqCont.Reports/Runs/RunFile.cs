using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>run.json.</summary>
public static class RunFile
{
    /// <summary>Writes run.json.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="run">What was run.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        JsonFile.WriteBeside(path, stream => JsonFile.WriteObject(stream, writer => WriteFields(writer, run)));
    }

    /// <summary>Writes the fields of run.json into an open JSON object.</summary>
    public static void WriteFields(Utf8JsonWriter writer, RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(run);
        WriteOrigin(writer, run.Header);
        WritePrompts(writer, run);
        WriteSettings(writer, run);
        WriteResults(writer, run);
        WriteCosts(writer, run.Header);
    }

    /// <summary>The schema, and what ran on which model: how every file of results begins.</summary>
    internal static void WriteOrigin(Utf8JsonWriter writer, RunHeader header)
    {
        var origin = header.Origin;
        writer.WriteNumber("schema", JsonFile.Schema);
        WriteTool(writer, origin);
        writer.WriteString("startedAt", origin.StartedAt);
        WriteModel(writer, origin.Model);
    }

    /// <summary>The program, and its command.</summary>
    internal static void WriteTool(Utf8JsonWriter writer, RunOrigin origin)
    {
        writer.WriteStartObject("tool");
        writer.WriteString("name", "seqcont");
        writer.WriteString("version", origin.Version);
        WriteText(writer, "commit", origin.Commit);
        writer.WriteEndObject();
        writer.WriteString("command", origin.Command);
    }

    /// <summary>Where a run computed, how precisely, and its seed.</summary>
    internal static void WriteEnvironment(Utf8JsonWriter writer, RunHeader header)
    {
        writer.WriteString("device", header.Device);
        writer.WriteString("backend", header.Backend);
        writer.WriteString("precision", header.Precision);
        writer.WriteNumber("seed", header.Seed);
    }

    /// <summary>The token before every prompt, or null.</summary>
    internal static void WriteBos(Utf8JsonWriter writer, RunHeader header)
    {
        if (header.Bos is { } bos) writer.WriteNumber("bos", bos);
        else writer.WriteNull("bos");
    }

    /// <summary>Time and memory.</summary>
    internal static void WriteCosts(Utf8JsonWriter writer, RunHeader header)
    {
        writer.WriteStartObject("seconds");
        foreach (var (phase, seconds) in header.Seconds) writer.WriteFinite(phase, seconds);
        writer.WriteEndObject();
        if (header.Profile is { } profile) WriteProfile(writer, profile);
        writer.WriteStartObject("memory");
        writer.WriteNumber("predictedPeakBytes", header.PredictedPeakBytes);
        writer.WriteNumber("peakBytes", header.PeakBytes);
        writer.WriteEndObject();
    }

    /// <summary>The name that files and options use for a kind of ablation.</summary>
    public static string Name(AblationKind kind) => kind switch
    {
        AblationKind.Mean => "mean",
        AblationKind.Zero => "zero",
        AblationKind.Resample => "resample",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>The name that files and options use for where MLP means come from; null where none are taken.</summary>
    internal static string? MlpMeansName(AblationConfig ablation) =>
        ablation.Kind != AblationKind.Mean ? null : ablation.MlpMeans == MlpMeans.Circuit ? "circuit" : "full";

    /// <summary>The name that files and options use for the ways that a patch may take.</summary>
    public static string Name(EdgePaths paths) => paths switch
    {
        EdgePaths.Strict => "strict",
        EdgePaths.ThroughMlps => "through-mlps",
        EdgePaths.AsPublished => "as-published",
        _ => throw new ArgumentOutOfRangeException(nameof(paths), paths, null),
    };

    private static void WriteEdges(Utf8JsonWriter writer, EdgeFacts edges)
    {
        writer.WriteStartObject("edges");
        writer.WriteString("paths", edges.Paths);
        writer.WriteString("patch", edges.Patch);
        writer.WriteFinite("threshold", edges.Threshold ?? double.NaN);
        writer.WriteFinite("minDrop", edges.MinDrop ?? double.NaN);
        writer.WriteNumber("tested", edges.Tested);
        writer.WriteNumber("kept", edges.Kept);
        writer.WriteFinite("circuitRatio", edges.CircuitRatio);
        writer.WriteEndObject();
    }

    private static void WriteProfile(Utf8JsonWriter writer, WorkProfile profile)
    {
        writer.WriteStartObject("profile");
        writer.WriteFinite("peakGflopsPerSecond", profile.PeakGflopsPerSecond ?? double.NaN);
        writer.WriteStartArray("stages");
        foreach (var stage in profile.Stages)
        {
            writer.WriteStartObject();
            if (stage.Layer is { } layer) writer.WriteNumber("layer", layer);
            else writer.WriteNull("layer");
            writer.WriteString("stage", stage.Stage);
            writer.WriteFinite("flops", stage.Flops);
            writer.WriteFinite("seconds", stage.Seconds);
            writer.WriteFinite("shareOfPeak", stage.Flops / stage.Seconds / 1e9 / profile.PeakGflopsPerSecond ?? double.NaN);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    internal static void WriteModel(Utf8JsonWriter writer, ModelFacts model)
    {
        writer.WriteStartObject("model");
        writer.WriteString("name", model.Name);
        WriteText(writer, "revision", model.Revision);
        writer.WriteString("sha256", model.Sha256);
        writer.WriteNumber("nLayers", model.Config.NLayers);
        writer.WriteNumber("nHeads", model.Config.NHeads);
        writer.WriteNumber("dModel", model.Config.DModel);
        writer.WriteEndObject();
    }

    private static void WritePrompts(Utf8JsonWriter writer, RunRecord run)
    {
        writer.WriteStartObject("prompts");
        WriteText(writer, "task", run.Header.Task);
        WriteSet(writer, "clean", run.Header.Clean!);
        WriteSet(writer, "corrupted", run.Header.Corrupted!);
        WriteBos(writer, run.Header);
        writer.WriteEndObject();
    }

    internal static void WriteSet(Utf8JsonWriter writer, string name, PromptFacts prompts)
    {
        writer.WriteStartObject(name);
        WriteSetFields(writer, prompts);
        writer.WriteEndObject();
    }

    internal static void WriteSetFields(Utf8JsonWriter writer, PromptFacts prompts)
    {
        writer.WriteString("source", prompts.Source);
        writer.WriteStartArray("files");
        foreach (var file in prompts.Files)
        {
            writer.WriteStartObject();
            writer.WriteString("path", file.Path);
            writer.WriteString("sha256", file.Sha256);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("sha256", prompts.Sha256);
        writer.WriteNumber("count", prompts.Count);
        writer.WriteString("tokensSha256", prompts.TokensSha256);
    }

    private static void WriteSettings(Utf8JsonWriter writer, RunRecord run)
    {
        var isMean = run.Ablation.Kind == AblationKind.Mean;
        writer.WriteString("ablation", Name(run.Ablation.Kind));
        WriteText(writer, "mlpMeans", MlpMeansName(run.Ablation));
        if (isMean) writer.WriteNumber("meanPrompts", run.Header.Corrupted!.Count);
        else writer.WriteNull("meanPrompts");
        if (run.Threshold is { } threshold) writer.WriteFinite("threshold", threshold);
        if (run.OneIteration is { } oneIteration) writer.WriteBoolean("oneIter", oneIteration);
        WriteText(writer, "start", run.Start);
        if (run.EarlyStop is { } alpha) writer.WriteFinite("earlyStop", alpha);
        else writer.WriteNull("earlyStop");
        writer.WriteFinite("promptShare", run.PromptShare);
        WriteEnvironment(writer, run.Header);
    }

    private static void WriteResults(Utf8JsonWriter writer, RunRecord run)
    {
        WriteMean(writer, "full", run.Full.Mean);
        WriteMean(writer, "final", run.Final.Mean);
        writer.WriteFinite("score", run.Score);
        writer.WriteNumber("keptHeads", run.Circuit.Heads.Count());
        writer.WriteNumber("keptMlps", run.Circuit.Mlps.Count());
        writer.WriteNumber("candidates", run.Candidates);
        if (run.Edges is { } edges) WriteEdges(writer, edges);
    }

    internal static void WriteMean(Utf8JsonWriter writer, string name, MeanLogitDiff mean)
    {
        writer.WriteStartObject(name);
        writer.WriteFinite("logitDiff", mean.Mean);
        writer.WriteFinite("standardError", mean.StandardError);
        writer.WriteEndObject();
    }

    internal static void WriteText(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is null) writer.WriteNull(name);
        else writer.WriteString(name, text);
    }
}
