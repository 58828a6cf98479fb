namespace SeqCont.Architecture.Tests;

/// <summary>What every source file keeps to.</summary>
[TestClass]
public sealed class SourceTests
{
    private const int LongestLine = 140;

    [TestMethod]
    public void Json_IsReadInOnePlace()
    {
        // JsonText and JsonField check what they read; the others read headers and vocabularies of many megabytes as streams.
        string[] readers =
            ["JsonText.cs", "JsonField.cs", "SafetensorsHeader.cs", "JsonStream.cs", "VocabularyFile.cs", "TokenizerJson.cs"];
        string[] ways = ["JsonDocument", "JsonElement", "Utf8JsonReader", "JsonSerializer.Deserialize", "JsonNode.Parse"];
        var found = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !readers.Contains(Path.GetFileName(path)))
            .SelectMany(path => File.ReadLines(path).Where(line => ways.Any(line.Contains)).Select(line => $"{path}: {line.Trim()}"));
        Assert.AreEqual("", string.Join(Environment.NewLine, found));
    }

    [TestMethod]
    public void Lines_AreNoLongerThanTheEditorConfigSays()
    {
        Assert.Contains($"max_line_length = {LongestLine}", File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig")));
        var found = new List<string>();
        foreach (var folder in (string[])["src", "kernels", "tests", "bench", "tools"])
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            {
                var parts = Path.GetRelativePath(Repository.Root, path).Split(Path.DirectorySeparatorChar);
                if (parts.Contains("bin") || parts.Contains("obj")) continue;
                var number = 0;
                foreach (var line in File.ReadLines(path))
                {
                    number++;
                    if (line.Length > LongestLine) found.Add($"{path}:{number}: {line.Length}");
                }
            }
        }

        Assert.IsEmpty(found, string.Join(Environment.NewLine, found));
    }
}
