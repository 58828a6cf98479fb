using SeqCont.Circuits;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>Circuits by what was typed: files of nodes or edges, or runs' folders, and names to tell them apart.</summary>
internal static class CircuitSources
{
    /// <summary>The files behind what was typed: a run's edges where it has some, else its circuit.</summary>
    /// <exception cref="IOException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">A folder holds no circuit.</exception>
    /// <exception cref="UsageException">Two are one file.</exception>
    public static string[] Files(string[] typed)
    {
        string[] files = [.. typed.Select(FileOf)];
        if (files.GroupBy(Path.GetFullPath).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"compare: {twice.First()} is given twice.");
        return files;
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidDataException">A file is no circuit of this model.</exception>
    public static ComparedCircuit[] Read(
        string[] files, ModelConfig config, AblationConfig typed, Func<AblationKind, AblationConfig> ablationOf,
        long? memory)
    {
        var names = Names(files);
        ComparedCircuit Read(string file, int i)
        {
            if (!EdgesFile.IsEdges(file)) return new ComparedCircuit(names[i], CircuitFile.Read(file, config), typed);
            var edges = EdgesFile.Read(file, config);
            var ablation = ablationOf(edges.Search.Ablation.Kind);
            return new ComparedCircuit(names[i], edges.Search.Circuit, ablation,
                new ComparedEdges(EdgesOf(edges, ablation, memory), [.. edges.Kept]));
        }

        return [.. files.Select(Read)];
    }

    /// <summary>How the kept edges of a file are scored as a whole: its nodes, patch and paths, with an ablation.</summary>
    public static EdgePruningConfig EdgesOf(EdgesRecord edges, AblationConfig ablation, long? memory) => edges.Search with
    {
        Ablation = ablation,
        Paths = edges.Search.Paths == EdgePaths.AsPublished ? EdgePaths.AsPublished : EdgePaths.Strict,
        Memory = memory,
    };

    private static string FileOf(string typed)
    {
        if (!Directory.Exists(typed))
            return File.Exists(typed)
                ? typed : throw new FileNotFoundException($"{typed}: not found; expected a circuit.json, an edges.json or a run's folder.",
                    typed);
        foreach (var name in new[] { RunFolder.EdgesName, RunFolder.CircuitName })
            if (Path.Combine(typed, name) is var path && File.Exists(path)) return path;
        throw new InvalidDataException($"{typed}: no {RunFolder.EdgesName} or {RunFolder.CircuitName} here; expected a run's folder.");
    }

    /// <summary>The run folder's name, or the file's; where that is not enough the file as typed.</summary>
    private static string[] Names(string[] files)
    {
        string[] names = [.. files.Select(NameOf)];
        return [.. names.Select((name, i) => names.Count(other => other == name) == 1 ? name : files[i])];
    }

    private static string NameOf(string file)
    {
        var name = Path.GetFileName(file);
        if (name is RunFolder.EdgesName or RunFolder.CircuitName
            && Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))) is { Length: > 0 } folder) return folder;
        return Path.GetFileNameWithoutExtension(name);
    }
}
