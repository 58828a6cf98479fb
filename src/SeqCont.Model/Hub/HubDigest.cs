using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace SeqCont.Model;

/// <summary>
/// A file's hash as the hub gives it, which is also its blob's name: SHA-256 of a large file, git's hash of a small one,
/// SHA-1 of "blob SIZE", a zero byte and the content.
/// </summary>
internal static class HubDigest
{
    private const int Chunk = 1 << 18;
    private const int Sha256Digits = 64;
    private const int GitDigits = 40;

    /// <summary>The hash in an ETag header; null where it is none.</summary>
    internal static string? FromETag(string? header)
    {
        var text = (header ?? "").Trim();
        if (text.StartsWith("W/", StringComparison.Ordinal)) text = text[2..];
        text = text.Trim('"').ToLowerInvariant();
        return text.Length is Sha256Digits or GitDigits && text.All(char.IsAsciiHexDigitLower) ? text : null;
    }

    /// <summary>What kind of hash it is, for messages.</summary>
    internal static string Kind(string digest) => digest.Length == Sha256Digits ? "SHA-256" : "git hash";

    /// <summary>A file's own hash, of the kind of another.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "Git names small files by SHA-1; the hub has no other hash of them.")]
    internal static string Of(string path, string like, CancellationToken cancellationToken)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        var isGit = like.Length == GitDigits;
        using var hash = IncrementalHash.CreateHash(isGit ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (isGit) hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {stream.Length}\0")));
        var buffer = new byte[Chunk];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
