using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SeqCont.Tools;

/// <summary>
/// The C# tokens of some folders, comments and using directives left out: a measure of code that neither short names nor
/// long lines change, and where runs of them stand twice.
/// </summary>
internal sealed class CodeTokens
{
    private readonly List<Token> _tokens = [];

    /// <summary>One token. Identifiers are all of one kind; what they are called tells them apart.</summary>
    private readonly record struct Token(string File, int Line, string Text, bool IsName);

    /// <summary>Reads every C# file below some folders, but those that a build made.</summary>
    public static CodeTokens Read(IEnumerable<string> folders)
    {
        var read = new CodeTokens();
        foreach (var path in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal))
        {
            var parts = path.Replace('\\', '/').Split('/');
            if (!parts.Contains("bin") && !parts.Contains("obj")) read.Add(path);
        }

        return read;
    }

    /// <summary>How many.</summary>
    public int Count => _tokens.Count;

    /// <summary>
    /// Pairs of places that have at least <paramref name="length"/> tokens in a row in common when the identifiers of one are
    /// renamed, each to one other, into those of the other; longest first.
    /// </summary>
    public IReadOnlyList<string> Clones(int length)
    {
        var starts = new Dictionary<long, List<int>>();
        var found = new List<(int First, int Second, int Length)>();
        for (var start = 0; start + length <= Count; start++)
        {
            if (_tokens[start].File != _tokens[start + length - 1].File) continue;
            var hash = Canonical(start, length);
            if (!starts.TryGetValue(hash, out var others)) starts[hash] = others = [];
            foreach (var other in others)
            {
                // A run that goes on from one found already, or overlaps itself, is none of its own.
                if (other + length > start && _tokens[other].File == _tokens[start].File) continue;
                if (found.Any(run => start < run.Second + run.Length && start >= run.Second && start - run.Second == other - run.First))
                    continue;
                found.Add((other, start, Extend(other, start, length)));
            }

            others.Add(start);
        }

        return [.. found.OrderByDescending(run => run.Length).Select(run => $"{run.Length} tokens: {At(run.First)} ~ {At(run.Second)}")];
    }

    private string At(int token) => $"{_tokens[token].File}:{_tokens[token].Line}";

    private int Extend(int first, int second, int length)
    {
        while (second + length < Count && _tokens[first + length].File == _tokens[first].File
            && _tokens[second + length].File == _tokens[second].File
            && Canonical(first, length + 1) == Canonical(second, length + 1)) length++;
        return length;
    }

    /// <summary>A hash of a run in which a name counts as the place of its first mention in the run.</summary>
    private long Canonical(int start, int length)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        var hash = 14695981039346656037UL;
        for (var i = 0; i < length; i++)
        {
            var token = _tokens[start + i];
            ulong value;
            if (!token.IsName) value = Fingerprint(token.Text);
            else
            {
                if (!first.TryGetValue(token.Text, out var place)) first[token.Text] = place = first.Count;
                value = (ulong)place + 1;
            }

            hash = (hash ^ value) * 1099511628211UL;
            hash ^= hash >> 29;
        }

        return (long)hash;
    }

    private static ulong Fingerprint(string text) =>
        text.Aggregate(7809847782465536322UL, (hash, letter) => (hash ^ letter) * 1099511628211UL);

    private void Add(string path)
    {
        var root = CSharpSyntaxTree.ParseText(File.ReadAllText(path), path: path).GetRoot();
        foreach (var token in root.DescendantTokens(node => node is not UsingDirectiveSyntax))
        {
            if (token.IsKind(SyntaxKind.EndOfFileToken) || token.Parent is UsingDirectiveSyntax) continue;
            _tokens.Add(new Token(path, token.GetLocation().GetLineSpan().StartLinePosition.Line + 1, token.Text,
                token.IsKind(SyntaxKind.IdentifierToken)));
        }
    }
}
