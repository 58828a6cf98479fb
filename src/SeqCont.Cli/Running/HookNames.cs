using System.IO.Enumeration;
using SeqCont.Model;

namespace SeqCont.Cli.Running;

/// <summary>Hooks by what was typed: TransformerLens's names, with * for any characters.</summary>
internal static class HookNames
{
    private const int MostSuggestions = 3;

    // Longer than any hook's name by far: what is typed by mistake is not compared with every one of them.
    private const int LongestGuess = 200;

    /// <summary>The hooks that were named, each once, in the order in which a pass reaches them.</summary>
    /// <param name="typed">Names or patterns, separated by commas.</param>
    /// <param name="config">Sizes.</param>
    /// <exception cref="UsageException">One names no hook of the model; the message says which come close.</exception>
    public static IReadOnlyList<HookPoint> Parse(string typed, ModelConfig config)
    {
        var all = HookPoint.All(config);
        var named = new HashSet<HookPoint>();
        foreach (var name in typed.Split(',', StringSplitOptions.TrimEntries))
        {
            var found = name == "*"
                // What run_with_cache keeps unless more is asked for.
                ? all.Where(hook => hook.Kind is not (HookKind.Result or HookKind.Logits)).ToArray()
                : [.. all.Where(hook => FileSystemName.MatchesSimpleExpression(name, hook.ToString(), ignoreCase: false))];
            if (found.Length == 0) throw new UsageException($"--hooks: the model has no hook '{name}'{Advice(name, all)}");
            named.UnionWith(found);
        }

        return [.. all.Where(named.Contains)];
    }

    private static string Advice(string name, IReadOnlyList<HookPoint> all)
    {
        if (name.Contains('*', StringComparison.Ordinal)) return "; * stands for any characters, as in blocks.*.attn.hook_z.";
        var near = name.Length > LongestGuess ? [] : all.Select(hook => (Name: hook.ToString(), Distance: Distance(name, hook.ToString())))
            .OrderBy(candidate => candidate.Distance)
            .Where(candidate => candidate.Distance <= Math.Max(4, name.Length / 2)).Take(MostSuggestions).ToArray();
        var layers = $"layers 0 to {all.Max(hook => hook.Layer) - 1}";
        return near.Length == 0
            ? $"; expected names such as blocks.0.attn.hook_z ({layers}) or hook_embed."
            : $"; near it are {string.Join(", ", near.Select(candidate => candidate.Name))} ({layers}).";
    }

    /// <summary>Characters to insert, delete or replace to make one text of the other.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j - 1], above) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
