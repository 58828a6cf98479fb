using System.Diagnostics.CodeAnalysis;

namespace SeqCont.Model;

/// <summary>A model on a hub: gpt2 and its like, or OWNER/NAME; with @REVISION a branch, tag or commit of it.</summary>
public sealed record HubName
{
    private const string DefaultRevision = "main";
    private const int LongestPart = 96;
    private const int LongestRevision = 200;

    // Names from before models had owners, and who owns them now.
    private static readonly Dictionary<string, string> OwnerOf = new()
    {
        ["gpt2"] = "openai-community",
        ["gpt2-medium"] = "openai-community",
        ["gpt2-large"] = "openai-community",
        ["gpt2-xl"] = "openai-community",
        ["distilgpt2"] = "distilbert",
    };

    private readonly string? _revision;

    private HubName(string repository, string? revision)
    {
        Repository = repository;
        _revision = revision;
    }

    /// <summary>As the hub knows it: gpt2, OWNER/NAME.</summary>
    public string Repository { get; }

    /// <summary>A branch, a tag or a commit; main where none was named.</summary>
    public string Revision => _revision ?? DefaultRevision;

    /// <summary>Whether a revision was named.</summary>
    public bool HasRevision => _revision is not null;

    /// <summary>Whether the revision is a commit's whole id.</summary>
    public bool IsCommit => IsCommitId(Revision);

    /// <summary>The name from before models had owners, gpt2 for openai-community/gpt2; <see cref="Repository"/> for all others.</summary>
    public string PlainName => Aliases.MinBy(name => name.Length)!;

    /// <summary>All names of the repository, its own first: tools keep gpt2 under either of its two.</summary>
    internal IReadOnlyList<string> Aliases
    {
        get
        {
            if (OwnerOf.TryGetValue(Repository, out var owner)) return [Repository, $"{owner}/{Repository}"];
            var plain = Repository[(Repository.IndexOf('/') + 1)..];
            return OwnerOf.TryGetValue(plain, out owner) && Repository == $"{owner}/{plain}" ? [Repository, plain] : [Repository];
        }
    }

    /// <summary>
    /// Reads gpt2, gpt2-small (the same), gpt2-medium, gpt2-large, gpt2-xl, distilgpt2 or OWNER/NAME, each perhaps with @REVISION.
    /// </summary>
    /// <param name="text">As typed.</param>
    /// <param name="name">The model; null where the text names none.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HubName? name)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.IndexOf('@');
        var (repository, revision) = at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
        if (repository == "gpt2-small") repository = "gpt2";
        var isName = OwnerOf.ContainsKey(repository) || (repository.Contains('/') && IsRepository(repository));
        name = isName && (revision is null || IsRevision(revision)) ? new HubName(repository, revision) : null;
        return name is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => HasRevision ? $"{Repository}@{Revision}" : Repository;

    internal static bool IsCommitId(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    // Names become folders: none may lead elsewhere, and "--" stands for the slash there.
    internal static bool IsRepository(string text) =>
        text.Split('/') is { Length: 1 or 2 } parts && !text.Contains("--")
            && parts.All(part => part.Length <= LongestPart && IsPlain(part));

    private static bool IsRevision(string text) => text.Length <= LongestRevision && text.Split('/').All(IsPlain);

    private static bool IsPlain(string part) =>
        part.Length > 0 && part[0] is not ('.' or '-') && part[^1] is not ('.' or '-') && !part.Contains("..")
        && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}
