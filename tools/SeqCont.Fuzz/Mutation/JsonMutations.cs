namespace SeqCont.Fuzz.Mutation;

/// <summary>Changes of JSON that keep it JSON, nearly: kinds, keys, numbers, strings, depth, lengths.</summary>
/// <param name="random">Where choices come from.</param>
/// <param name="words">What the format knows by name.</param>
internal sealed class JsonMutations(Random random, string[] words)
{
    private readonly string[] _strings = [.. Interesting.Strings, .. words];

    /// <summary>One change; null where the bytes are no JSON.</summary>
    public byte[]? Change(byte[] json, byte[] other)
    {
        if (JsonNode.Parse(json) is not { } root) return null;
        JsonNode[] nodes = [.. root.All()];
        var node = nodes[random.Next(nodes.Length)];
        switch (random.Next(14))
        {
            case 0: Set(node, Scalar()); break;
            case 1: Set(node, Quoted()); break;
            case 2: Set(node, Pick(Interesting.Numbers)); break;
            case 3: Set(node, Pick(Interesting.Values)); break;
            case 4: node.Become(nodes[random.Next(nodes.Length)].Copy()); break;
            case 5: node.Become(From(other) ?? root.Copy()); break;
            case 6: Nest(node); break;
            case 7: node.IsObject = !node.IsObject; break;
            case 8: Key(nodes); break;
            default: Items(nodes, other); break;
        }

        return root.Write();
    }

    private string Scalar() => random.Next(2) == 0 ? Quoted() : Pick(Interesting.Numbers);

    private string Quoted()
    {
        var text = Pick(_strings);
        if (random.Next(8) == 0) text = string.Concat(Enumerable.Repeat(text.Length == 0 ? "x" : text, random.Next(1, 500)));
        return $"\"{text}\"";
    }

    private string Pick(string[] values) => values[random.Next(values.Length)];

    private static void Set(JsonNode node, string text)
    {
        node.Text = text;
        node.Items.Clear();
    }

    private JsonNode? From(byte[] other) => JsonNode.Parse(other) is { } root && root.All().ToArray() is var all
        ? all[random.Next(all.Length)].Copy() : null;

    private void Nest(JsonNode node)
    {
        for (var depth = random.Next(4) == 0 ? random.Next(1, 300) : 1; depth > 0; depth--)
        {
            var inner = node.Copy();
            var outer = new JsonNode { IsObject = random.Next(4) == 0 };
            inner.Key = outer.IsObject ? "\"a\"" : null;
            (node.Text, node.IsObject) = (null, outer.IsObject);
            node.Items.Clear();
            node.Items.Add(inner);
        }
    }

    // Another name for a key: one of the same file, or a hostile one.
    private void Key(JsonNode[] nodes)
    {
        JsonNode[] named = [.. nodes.Where(node => node.Key is not null)];
        if (named.Length == 0) return;
        named[random.Next(named.Length)].Key = random.Next(2) == 0 ? Quoted() : named[random.Next(named.Length)].Key;
    }

    private void Items(JsonNode[] nodes, byte[] other)
    {
        JsonNode[] parents = [.. nodes.Where(node => node.Items.Count > 0)];
        if (parents.Length == 0) return;
        var items = parents[random.Next(parents.Length)].Items;
        var (at, to) = (random.Next(items.Count), random.Next(items.Count));
        switch (random.Next(6))
        {
            case 0 or 1: items.RemoveAt(at); break;
            case 2: items.Insert(to, items[at].Copy()); break;
            case 3: (items[at], items[to]) = (items[to], items[at]); break;
            case 4: items.Insert(at, From(other) ?? new JsonNode { Text = Scalar() }); break;
            default:
                for (var copies = random.Next(1, 300); copies > 0; copies--) items.Add(items[at].Copy());
                break;
        }
    }
}
