using System.Text.Json;

namespace SeqCont.Circuits;

/// <summary>
/// Reads a task from a small JSON file:
/// <code>
/// {
///   "schema": 1,
///   "name": "weekdays",                                                          optional: the file's name
///   "members": ["Monday", "Tuesday", ...],                                       more than four, in order
///   "templates": {"done": {"text": "{word} done in {member}.", "words": "objects"}},   optional: the study's three
///   "words": {"objects": ["Van", "Hat", ...]},                                   optional: the built-in objects and names
///   "others": {"members": ["1", "2", ...], "order": "in-order" or "random"}      optional: a second sequence, for {other}
/// }
/// </code>
/// </summary>
public static class TaskFile
{
    /// <summary>The longest file that is read, in bytes.</summary>
    public const long MaxFileBytes = 4L << 20;

    private const int Schema = 1;
    private static readonly string[] Fields = ["schema", "name", "members", "templates", "words", "others"];
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="words">The templates and word lists that a file may leave out.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no task; the message names it, the field, and what was expected.</exception>
    public static TaskDefinition Read(string path, TaskWords words)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = new FileInfo(path);
        if (!file.Exists) throw new FileNotFoundException($"{path}: not found; expected a task file.", path);
        if (file.Length > MaxFileBytes)
            throw new InvalidDataException($"{path}: expected at most {MaxFileBytes} bytes, got {file.Length}.");
        using var stream = file.OpenRead();
        return Read(stream, path, Path.GetFileNameWithoutExtension(path), words) with { File = path };
    }

    /// <summary>Reads a task from a stream.</summary>
    /// <param name="stream">The JSON; stays open.</param>
    /// <param name="source">The name that messages use.</param>
    /// <param name="defaultName">The task's name where the file has none.</param>
    /// <param name="words">The templates and word lists that a file may leave out.</param>
    /// <exception cref="InvalidDataException">The JSON is no task; the message names the source, the field, and what was
    /// expected.</exception>
    public static TaskDefinition Read(Stream stream, string source, string defaultName, TaskWords words)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(words);
        try
        {
            using var document = JsonDocument.Parse(stream, Options);
            return new Reader(source, words).Read(document.RootElement, defaultName);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{source}:{exception.LineNumber + 1}: not valid JSON; expected a task file.", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{source}: a string is not valid Unicode text.", exception);
        }
    }

    private sealed class Reader(string source, TaskWords defaults)
    {
        public TaskDefinition Read(JsonElement root, string defaultName)
        {
            if (root.ValueKind != JsonValueKind.Object) throw Bad("expected a task file, a JSON object");
            RequireFields(root, "", Fields);
            if (root.TryGetProperty("schema", out var schema)
                && !(schema.ValueKind == JsonValueKind.Number && schema.TryGetInt32(out var number) && number == Schema))
                throw Bad($"expected schema {Schema}, got {PromptRowBuilder.Describe(schema)}");
            var name = root.TryGetProperty("name", out var given) ? Text(given, "name") : defaultName;
            if (!IsFileName(name)) throw Bad($"name: expected letters, digits, - and _, 40 at most, got \"{Short(name)}\"");
            if (!root.TryGetProperty("members", out var members)) throw Bad("members: is missing; expected the sequence, a list of words");
            var words = root.TryGetProperty("words", out var lists) ? ReadWords(lists) : Defaults();
            var hasOthers = root.TryGetProperty("others", out var others);
            var task = new TaskDefinition
            {
                Name = name,
                Members = Sequence(members, "members"),
                Words = words,
                Templates = root.TryGetProperty("templates", out var templates)
                    ? ReadTemplates(templates, words, hasOthers) : DefaultTemplates(words),
            };
            return hasOthers ? WithOthers(task, others) : task;
        }

        private Dictionary<string, IReadOnlyList<string>> Defaults() =>
            new(StringComparer.Ordinal) { ["objects"] = defaults.Objects, ["names"] = defaults.Names };

        private KeyValuePair<string, TaskTemplate>[] DefaultTemplates(Dictionary<string, IReadOnlyList<string>> words)
        {
            foreach (var template in StudyData.Templates)
                if (!words.ContainsKey(defaults.Templates[template].Words))
                    throw Bad(
                        $"words: expected a list \"{defaults.Templates[template].Words}\", which the template {template} uses; or give "
                            + $"templates");
            return [.. StudyData.Templates.Select(template =>
                new KeyValuePair<string, TaskTemplate>(template, defaults.Templates[template]))];
        }

        private Dictionary<string, IReadOnlyList<string>> ReadWords(JsonElement lists)
        {
            if (lists.ValueKind != JsonValueKind.Object)
                throw Bad($"words: expected an object of word lists, got {PromptRowBuilder.Describe(lists)}");
            // A task may bring one list and use a built-in one beside it.
            var words = Defaults();
            foreach (var list in lists.EnumerateObject()) words[list.Name] = WordList(list.Value, $"words.{Short(list.Name)}");
            return words;
        }

        private KeyValuePair<string, TaskTemplate>[] ReadTemplates(
            JsonElement templates, Dictionary<string, IReadOnlyList<string>> words, bool hasOthers)
        {
            if (templates.ValueKind != JsonValueKind.Object || !templates.EnumerateObject().Any())
                throw Bad($"templates: expected an object of at least one template, got {PromptRowBuilder.Describe(templates)}");
            return [.. templates.EnumerateObject()
                .Select(template => new KeyValuePair<string, TaskTemplate>(template.Name,
                    ReadTemplate(template.Name, template.Value, words, hasOthers)))];
        }

        private TaskTemplate ReadTemplate(
            string name, JsonElement template, Dictionary<string, IReadOnlyList<string>> words, bool hasOthers)
        {
            if (!IsFileName(name)) throw Bad($"templates: expected names of letters, digits, - and _, 40 at most, got \"{Short(name)}\"");
            var where = $"templates.{name}";
            if (template.ValueKind != JsonValueKind.Object)
                throw Bad($"{where}: expected an object with text, got {PromptRowBuilder.Describe(template)}");
            RequireFields(template, where + ".", ["text", "words"]);
            var text = template.TryGetProperty("text", out var given)
                ? Text(given, where + ".text")
                : throw Bad($"{where}.text: is missing; expected text such as \"{{word}} done in {{member}}.\"");
            var left = text.Replace("{word}", "", StringComparison.Ordinal)
                .Replace("{other}", "", StringComparison.Ordinal).Replace("{member}", "", StringComparison.Ordinal);
            if (left.AsSpan().IndexOfAny('{', '}') >= 0)
                throw Bad($"{where}.text: expected no places but {{word}}, {{member}} and {{other}}, got \"{Short(text)}\"");
            var place = text.IndexOf(" {member}", StringComparison.Ordinal);
            if (place <= 0 || text.IndexOf("{member}", place + 2, StringComparison.Ordinal) >= 0
                || text.IndexOf("{member}", StringComparison.Ordinal) < place)
                throw Bad($"{where}.text: expected one \"{{member}}\", after a space and not at the beginning, got \"{Short(text)}\"");
            if (text.Contains("{other}", StringComparison.Ordinal) != hasOthers)
                throw Bad(
                    $"{where}.text: expected {(hasOthers ? "the place {other}, as the task has others" : "no {other}, as the task has no "
                        + "others")}");
            var usesWords = text.Contains("{word}", StringComparison.Ordinal);
            var list = template.TryGetProperty("words", out var named) ? Text(named, where + ".words") : "objects";
            if (usesWords && !words.ContainsKey(list))
                throw Bad(
                    $"{where}.words: expected one of {string.Join(", ", words.Keys.Order(StringComparer.Ordinal).Select(Short))}, got \""
                        + $"{Short(list)}\"");
            return new TaskTemplate(text, usesWords ? list : "");
        }

        private TaskDefinition WithOthers(TaskDefinition task, JsonElement others)
        {
            if (others.ValueKind != JsonValueKind.Object)
                throw Bad($"others: expected an object with members and order, got {PromptRowBuilder.Describe(others)}");
            RequireFields(others, "others.", ["members", "order"]);
            if (!others.TryGetProperty("members", out var members))
                throw Bad("others.members: is missing; expected the second sequence, a list of words");
            var order = others.TryGetProperty("order", out var given) ? Text(given, "others.order") : "in-order";
            if (order is not ("in-order" or "random")) throw Bad($"others.order: expected in-order or random, got \"{Short(order)}\"");
            return task with { Others = Sequence(members, "others.members"), OthersInOrder = order == "in-order" };
        }

        private List<string> Sequence(JsonElement list, string where)
        {
            var members = WordList(list, where);
            if (members.Count <= TaskDefinition.Shown)
                throw Bad($"{where}: expected more than {TaskDefinition.Shown} members, got {members.Count}");
            var twice = members.GroupBy(member => member, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
            return twice is null ? members : throw Bad($"{where}: expected different members, got \"{Short(twice.Key)}\" twice");
        }

        private List<string> WordList(JsonElement list, string where)
        {
            if (list.ValueKind != JsonValueKind.Array)
                throw Bad($"{where}: expected a list of words, got {PromptRowBuilder.Describe(list)}");
            return [.. list.EnumerateArray().Select((word, i) => Word(word, $"{where}[{i}]"))];
        }

        private string Word(JsonElement word, string where)
        {
            var text = Text(word, where);
            if (text.Any(c => char.IsControl(c) || c is '{' or '}') || text.Trim().Length != text.Length)
                throw Bad($"{where}: expected a word without spaces around it, braces or control characters, got \"{Short(text)}\"");
            return text;
        }

        private string Text(JsonElement value, string where) =>
            value.ValueKind == JsonValueKind.String
                && value.GetString() is { Length: > 0 } text
                ? text : throw Bad($"{where}: expected text that is not empty, got {PromptRowBuilder.Describe(value)}");

        private void RequireFields(JsonElement element, string prefix, string[] known)
        {
            foreach (var field in element.EnumerateObject())
                if (!known.Contains(field.Name))
                    throw Bad($"{prefix}{Short(field.Name)}: is not a field of a task file; expected {string.Join(", ", known)}");
        }

        private InvalidDataException Bad(string what) => new($"{source}: {what}.");

        private static bool IsFileName(string name) =>
            name.Length is > 0 and <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

        private static string Short(string text)
        {
            var visible = string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
            return visible.Length > 40 ? visible[..40] + "..." : visible;
        }
    }
}
