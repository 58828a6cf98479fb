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
        using var stream = InputFile.Open(path, "a task file", MaxFileBytes);
        return Read(stream, path, Path.GetFileNameWithoutExtension(path), words) with { File = path };
    }

    /// <summary>Reads a task from a stream.</summary>
    /// <param name="stream">The JSON; stays open.</param>
    /// <param name="source">The name that messages use.</param>
    /// <param name="defaultName">The task's name where the file has none.</param>
    /// <param name="words">The templates and word lists that a file may leave out.</param>
    /// <exception cref="InvalidDataException">The JSON is no task; the message names the source, the field, and what was
    /// expected.</exception>
    internal static TaskDefinition Read(Stream stream, string source, string defaultName, TaskWords words)
    {
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
                throw Got($"expected schema {Schema}", schema);
            var name = TextOf(root, "", "name") ?? defaultName;
            RequireFileName(name, "name: expected");
            var members = Required(root, "", "members", "the sequence, a list of words");
            var words = Words(root);
            var hasOthers = root.TryGetProperty("others", out var others);
            var task = new TaskDefinition(
                name, Sequence(members, "members"),
                root.TryGetProperty("templates", out var templates) ? Templates(templates, words, hasOthers) : DefaultTemplates(words),
                words);
            return hasOthers ? WithOthers(task, others) : task;
        }

        private KeyValuePair<string, TaskTemplate>[] DefaultTemplates(Dictionary<string, IReadOnlyList<string>> words) =>
            [.. StudyData.Templates.Select(name => words.ContainsKey(defaults.Templates[name].Words)
                ? KeyValuePair.Create(name, defaults.Templates[name])
                : throw Bad(
                    $"words: expected a list \"{defaults.Templates[name].Words}\", which the template {name} uses; or give templates"))];

        /// <summary>A task may bring one list and use a built-in one beside it.</summary>
        private Dictionary<string, IReadOnlyList<string>> Words(JsonElement root)
        {
            var words = defaults.Lists();
            if (!root.TryGetProperty("words", out var lists)) return words;
            RequireObject(lists, "words: expected an object of word lists");
            foreach (var list in lists.EnumerateObject()) words[list.Name] = WordList(list.Value, $"words.{Short(list.Name)}");
            return words;
        }

        private KeyValuePair<string, TaskTemplate>[] Templates(
            JsonElement templates, Dictionary<string, IReadOnlyList<string>> words, bool hasOthers)
        {
            const string Expects = "templates: expected an object of at least one template";
            RequireObject(templates, Expects);
            return templates.EnumerateObject().Any()
                ? [.. templates.EnumerateObject()
                    .Select(template => KeyValuePair.Create(template.Name, Template(template, words, hasOthers)))]
                : throw Got(Expects, templates);
        }

        private TaskTemplate Template(JsonProperty named, Dictionary<string, IReadOnlyList<string>> words, bool hasOthers)
        {
            RequireFileName(named.Name, "templates: expected names of");
            var (template, where) = (named.Value, $"templates.{named.Name}.");
            RequireObject(template, $"templates.{named.Name}: expected an object with text");
            RequireFields(template, where, ["text", "words"]);
            Required(template, where, "text", "text such as \"{word} done in {member}.\"");
            var result = new TaskTemplate(TextOf(template, where, "text")!, TextOf(template, where, "words") ?? "objects");
            RequirePlaces(result.Text, where + "text: expected", hasOthers);
            if (!result.HasWord) return result with { Words = "" };
            return words.ContainsKey(result.Words) ? result : throw Bad(
                $"{where}words: expected one of {string.Join(", ", words.Keys.Order(StringComparer.Ordinal).Select(Short))}, got \""
                    + $"{Short(result.Words)}\"");
        }

        private void RequirePlaces(string text, string expected, bool hasOthers)
        {
            var left = text.Replace(TaskTemplate.WordPlace, "").Replace(TaskTemplate.OtherPlace, "").Replace("{member}", "");
            if (left.AsSpan().IndexOfAny('{', '}') >= 0)
                throw Bad($"{expected} no places but {{word}}, {{member}} and {{other}}, got \"{Short(text)}\"");
            if (text.Split("{member}") is not [[_, .., ' '], _])
                throw Bad($"{expected} one \"{{member}}\", after a space and not at the beginning, got \"{Short(text)}\"");
            if (text.Contains(TaskTemplate.OtherPlace) != hasOthers)
                throw Bad(expected + (hasOthers ? " the place {other}, as the task has others" : " no {other}, as the task has no others"));
        }

        private TaskDefinition WithOthers(TaskDefinition task, JsonElement others)
        {
            const string Where = "others.";
            RequireObject(others, "others: expected an object with members and order");
            RequireFields(others, Where, ["members", "order"]);
            var members = Required(others, Where, "members", "the second sequence, a list of words");
            var order = TextOf(others, Where, "order") ?? "in-order";
            if (order is not ("in-order" or "random")) throw Bad($"others.order: expected in-order or random, got \"{Short(order)}\"");
            return task with { Others = Sequence(members, "others.members"), OthersInOrder = order == "in-order" };
        }

        private List<string> Sequence(JsonElement list, string where)
        {
            var members = WordList(list, where);
            if (members.Count <= TaskDefinition.Shown)
                throw Bad($"{where}: expected more than {TaskDefinition.Shown} members, got {members.Count}");
            var twice = members.GroupBy(member => member).FirstOrDefault(group => group.Count() > 1);
            return twice is null ? members : throw Bad($"{where}: expected different members, got \"{Short(twice.Key)}\" twice");
        }

        private List<string> WordList(JsonElement list, string where) =>
            list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select((word, i) => Word(word, $"{where}[{i}]"))]
                : throw Got($"{where}: expected a list of words", list);

        private string Word(JsonElement word, string where)
        {
            var text = Text(word, where);
            if (text.Any(c => char.IsControl(c) || c is '{' or '}') || text.Trim().Length != text.Length)
                throw Bad($"{where}: expected a word without spaces around it, braces or control characters, got \"{Short(text)}\"");
            return text;
        }

        private string? TextOf(JsonElement parent, string prefix, string name) =>
            parent.TryGetProperty(name, out var value) ? Text(value, prefix + name) : null;

        private string Text(JsonElement value, string where) =>
            value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
                ? text : throw Got($"{where}: expected text that is not empty", value);

        private JsonElement Required(JsonElement parent, string prefix, string name, string expected) =>
            parent.TryGetProperty(name, out var value) ? value : throw Bad($"{prefix}{name}: is missing; expected {expected}");

        private void RequireObject(JsonElement value, string expected)
        {
            if (value.ValueKind != JsonValueKind.Object) throw Got(expected, value);
        }

        private void RequireFields(JsonElement element, string prefix, string[] known)
        {
            foreach (var field in element.EnumerateObject())
                if (!known.Contains(field.Name))
                    throw Bad($"{prefix}{Short(field.Name)}: is not a field of a task file; expected {string.Join(", ", known)}");
        }

        private void RequireFileName(string name, string expected)
        {
            if (name.Length is 0 or > 40 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                throw Bad($"{expected} letters, digits, - and _, 40 at most, got \"{Short(name)}\"");
        }

        private InvalidDataException Got(string expected, JsonElement value) => Bad($"{expected}, got {PromptRowReader.Describe(value)}");

        private InvalidDataException Bad(string what) => new($"{source}: {what}.");

        private static string Short(string text)
        {
            var visible = string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
            return visible.Length > 40 ? visible[..40] + "..." : visible;
        }
    }
}
