using System.Diagnostics.CodeAnalysis;

namespace AcodeSftp.Files;

/// <summary>
/// A path on the server: slash-separated, compared byte by byte, never touched by the local platform's path rules. A
/// path that does not start with a slash is relative to the directory the server starts the session in.
/// </summary>
public readonly struct RemotePath : IEquatable<RemotePath>
{
    private readonly string? _value;

    /// <summary>Takes a path as text. An empty text means the session's start directory (<c>.</c>).</summary>
    /// <param name="value">The path.</param>
    /// <exception cref="SftpException">The text has a NUL character (<see cref="SftpErrorCode.InvalidArgument"/>).</exception>
    public RemotePath(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new SftpException(SftpErrorCode.InvalidArgument, "A remote path cannot contain a NUL character.")
            {
                Path = value.Replace("\0", "\\0", StringComparison.Ordinal),
            };
        _value = value.Length == 0 ? "." : value;
    }

    /// <summary>The root directory.</summary>
    public static RemotePath Root { get; } = new("/");

    /// <summary>The session's start directory.</summary>
    public static RemotePath Current { get; } = new(".");

    /// <summary>The path as it goes over the wire.</summary>
    public string Value => _value ?? ".";

    /// <summary>True when the path starts at the root.</summary>
    public bool IsAbsolute => Value[0] == '/';

    /// <summary>True for <c>/</c>, however many slashes it is written with.</summary>
    public bool IsRoot => Value.AsSpan().TrimEnd('/').IsEmpty;

    /// <summary>The last component without trailing slashes; <c>/</c> for the root.</summary>
    public string Name
    {
        get
        {
            var trimmed = Value.AsSpan().TrimEnd('/');
            return trimmed.IsEmpty ? "/" : trimmed[(trimmed.LastIndexOf('/') + 1)..].ToString();
        }
    }

    /// <summary>The directory that holds the last component; the root is its own parent, and <c>a</c>'s is <c>.</c>.</summary>
    public RemotePath Parent
    {
        get
        {
            var trimmed = Value.AsSpan().TrimEnd('/');
            if (trimmed.IsEmpty)
                return Root;
            var slash = trimmed.LastIndexOf('/');
            if (slash < 0)
                return Current;
            var parent = trimmed[..slash].TrimEnd('/');
            return parent.IsEmpty ? Root : new RemotePath(parent.ToString());
        }
    }

    /// <summary>Appends one or more components. An absolute <paramref name="relative"/> replaces this path.</summary>
    /// <param name="relative">What to append.</param>
    /// <returns>The combined path.</returns>
    public RemotePath Combine(string relative)
    {
        ArgumentNullException.ThrowIfNull(relative);
        if (relative.Length == 0)
            return this;
        if (relative[0] == '/' || Value == ".")
            return new RemotePath(relative);
        return new RemotePath(Value[^1] == '/' ? Value + relative : $"{Value}/{relative}");
    }

    /// <summary>Whether this path is a directory or lies below it, as the two are written.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>Whether it does.</returns>
    public bool IsWithin(RemotePath directory) =>
        this == directory
        || directory.IsRoot
        || Value.StartsWith(directory.Value.TrimEnd('/') + "/", StringComparison.Ordinal);

    /// <summary>
    /// True when <paramref name="name"/> can be one component of a path: not empty, not <c>.</c> or <c>..</c>, no slash
    /// and no NUL. A name from a server that is not like this must never be joined to a path.
    /// </summary>
    /// <param name="name">The name to check.</param>
    /// <returns>Whether it is safe to join.</returns>
    public static bool IsSafeName([NotNullWhen(true)] string? name) =>
        !string.IsNullOrEmpty(name) && name is not ("." or "..") && name.AsSpan().IndexOfAny('/', '\0') < 0;

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <inheritdoc/>
    public bool Equals(RemotePath other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RemotePath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Value);

    /// <summary>Compares two paths byte by byte.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">The other path.</param>
    /// <returns>Whether they are the same.</returns>
    public static bool operator ==(RemotePath left, RemotePath right) => left.Equals(right);

    /// <summary>Compares two paths byte by byte.</summary>
    /// <param name="left">One path.</param>
    /// <param name="right">The other path.</param>
    /// <returns>Whether they differ.</returns>
    public static bool operator !=(RemotePath left, RemotePath right) => !left.Equals(right);
}
