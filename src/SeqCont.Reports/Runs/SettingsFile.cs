using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>
/// settings.json: everything that a search's decisions depend on, bit for bit. A run is only resumed with the
/// settings that it was started with.
/// </summary>
public static class SettingsFile
{
    private const string SchemaKey = "schema";

    /// <summary>Writes the settings.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="settings">Names and values, in the order in which differences are told.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<KeyValuePair<string, string>> settings) => JsonFile.Write(
        path, [(SchemaKey, JsonFile.Schema), .. settings.Select(setting => (setting.Key, (Json?)setting.Value))]);

    /// <summary>Compares the settings of an interrupted run with this run's.</summary>
    /// <param name="path">The interrupted run's file.</param>
    /// <param name="settings">This run's.</param>
    /// <exception cref="InvalidDataException">They differ, or the file is not one of settings; the message says where.</exception>
    public static void Check(string path, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var root = JsonFile.ReadObject(path, "the settings of a run");
        var now = settings.ToDictionary();
        // A setting that only some runs have may be in either.
        foreach (var name in now.Keys.Union(root.Fields().Select(field => field.Key).Where(name => name != SchemaKey)))
            if (root.Optional(name)?.Text() is var started && now.GetValueOrDefault(name) is var value && started != value)
                throw BadFile.Error(path,
                    $"the run was started with {BadFile.Printable(name, 40)} {BadFile.Printable(started ?? "unknown")}, but this one has "
                    + $"{BadFile.Printable(value ?? "none")}; a run is resumed with the same settings.");
    }
}
