using SeqCont.Model;

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
    private const int Schema = 1;
    private const string Expected = "a task file, a JSON object";
    private static readonly string[] Fields = ["schema", "name", "members", "templates", "words", "others"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="words">The templates and word lists that a file may leave out.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no task; the message names it, the field, and what was expected.</exception>
    public static TaskDefinition Read(string path, TaskWords words) =>
        new Reader(JsonText.ReadFile(path, Expected), words).Read(Path.GetFileNameWithoutExtension(path)) with { File = path };

    /// <summary>Reads a task from a stream.</summary>
    /// <param name="stream">The JSON; stays open.</param>
    /// <param name="source">The name that messages use.</param>
    /// <param name="defaultName">The task's name where the file has none.</param>
    /// <param name="words">The templates and word lists that a file may leave out.</param>
    /// <exception cref="InvalidDataException">The JSON is no task; the message names the source, the field, and what was
    /// expected.</exception>
    internal static TaskDefinition Read(Stream stream, string source, string defaultName, TaskWords words) =>
        new Reader(JsonText.Read(stream, source, Expected), words).Read(defaultName);

    private sealed class Reader(JsonField root, TaskWords defaults)
    {
        public TaskDefinition Read(string defaultName)
        {
            RequireFields(root, Fields, Expected);
            root.RequireSchema(Schema, Expected);
            var name = Given(root, "name") is { } named ? FileName(named, Text(named)) : FileName(root["name"], defaultName);
            var members = Sequence(root["members"], "the sequence, a list of words");
            var words = Words();
            var others = Given(root, "others");
            var templates = Given(root, "templates") is { } given ? Templates(given, words, others is not null) : DefaultTemplates(words);
            var task = new TaskDefinition(name, members, templates, words);
            return others is null ? task : WithOthers(task, others);
        }

        private KeyValuePair<string, TaskTemplate>[] DefaultTemplates(Dictionary<string, IReadOnlyList<string>> words) =>
            [.. StudyData.Templates.Select(name => words.ContainsKey(defaults.Templates[name].Words)
                ? KeyValuePair.Create(name, defaults.Templates[name])
                : throw root["words"].Bad(
                    $"expected a list \"{defaults.Templates[name].Words}\", which the template {name} uses; or give templates"))];

        /// <summary>A task may bring one list and use a built-in one beside it.</summary>
        private Dictionary<string, IReadOnlyList<string>> Words()
        {
            var words = defaults.Lists();
            if (Given(root, "words") is { } lists)
                foreach (var (name, list) in lists.Fields("an object of word lists")) words[name] = WordList(list);
            return words;
        }

        private static KeyValuePair<string, TaskTemplate>[] Templates(
            JsonField templates, Dictionary<string, IReadOnlyList<string>> words, bool hasOthers)
        {
            const string Expects = "an object of at least one template";
            KeyValuePair<string, TaskTemplate>[] read = [.. templates.Fields(Expects).Select(template => KeyValuePair.Create(
                FileName(template.Value, template.Key, "names of "), Template(template.Value, words, hasOthers)))];
            return read.Length > 0 ? read : throw templates.Expected(Expects);
        }

        private static TaskTemplate Template(JsonField template, Dictionary<string, IReadOnlyList<string>> words, bool hasOthers)
        {
            RequireFields(template, ["text", "words"], "an object with text");
            var text = template["text"];
            if (!text.IsThere) throw text.Expected("text such as \"{word} done in {member}.\"");
            var list = Given(template, "words") is { } named ? Text(named) : "objects";
            var result = new TaskTemplate(Text(text), list);
            RequirePlaces(text, result.Text, hasOthers);
            if (!result.HasWord) return result with { Words = "" };
            var known = BadFile.Printable(string.Join(", ", words.Keys.Order(StringComparer.Ordinal)));
            return words.ContainsKey(list) ? result
                : throw template["words"].Bad($"expected one of {known}, got {BadFile.Quote(list)}");
        }

        private static void RequirePlaces(JsonField field, string text, bool hasOthers)
        {
            var left = text.Replace(TaskTemplate.WordPlace, "").Replace(TaskTemplate.OtherPlace, "").Replace("{member}", "");
            if (left.AsSpan().IndexOfAny('{', '}') >= 0)
                throw field.Bad($"expected no places but {{word}}, {{member}} and {{other}}, got {BadFile.Quote(text)}");
            if (text.Split("{member}") is not [[_, .., ' '], _])
                throw field.Bad($"expected one \"{{member}}\", after a space and not at the beginning, got {BadFile.Quote(text)}");
            if (text.Contains(TaskTemplate.OtherPlace) != hasOthers)
                throw field.Bad(hasOthers
                    ? "expected the place {other}, as the task has others" : "expected no {other}, as the task has no others");
        }

        private static TaskDefinition WithOthers(TaskDefinition task, JsonField others)
        {
            RequireFields(others, ["members", "order"], "an object with members and order");
            var order = Given(others, "order");
            var inOrder = order is null ? "in-order" : Text(order);
            if (inOrder is not ("in-order" or "random")) throw order!.Expected("in-order or random");
            return task with
            {
                Others = Sequence(others["members"], "the second sequence, a list of words"),
                OthersInOrder = inOrder == "in-order",
            };
        }

        private static List<string> Sequence(JsonField list, string expected)
        {
            if (!list.IsThere) throw list.Expected(expected);
            var members = WordList(list);
            if (members.Count <= TaskDefinition.Shown)
                throw list.Bad($"expected more than {TaskDefinition.Shown} members, got {members.Count}");
            var twice = members.GroupBy(member => member).FirstOrDefault(group => group.Count() > 1);
            return twice is null ? members : throw list.Bad($"expected different members, got {BadFile.Quote(twice.Key)} twice");
        }

        private static List<string> WordList(JsonField list) => [.. list.Items("a list of words").Select(Word)];

        private static string Word(JsonField word)
        {
            var text = Text(word);
            return text.Any(c => char.IsControl(c) || c is '{' or '}') || text.Trim().Length != text.Length
                ? throw word.Expected("a word without spaces around it, braces or control characters") : text;
        }

        private static JsonField? Given(JsonField parent, string name) => parent[name] is { IsThere: true } field ? field : null;

        private static string Text(JsonField field) => field.FilledText("text that is not empty");

        private static void RequireFields(JsonField fields, string[] known, string expected)
        {
            foreach (var (name, field) in fields.Fields(expected))
                if (!known.Contains(name)) throw field.Bad($"is not a field of a task file; expected {string.Join(", ", known)}");
        }

        private static string FileName(JsonField field, string name, string of = "") =>
            name.Length is > 0 and <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? name
                : throw field.Bad($"expected {of}letters, digits, - and _, 40 at most, got {BadFile.Quote(name)}");
    }
}
