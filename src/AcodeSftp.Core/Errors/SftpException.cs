namespace AcodeSftp;

/// <summary>
/// The one exception of the library. It carries a <see cref="Code"/> to act on, the path and the host concerned where
/// known, and <see cref="Advice"/> for a person. No exception of a transport, a socket or the operating system leaves the
/// library unwrapped; cancellation is reported as <see cref="OperationCanceledException"/>.
/// </summary>
public sealed class SftpException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="code">What went wrong.</param>
    /// <param name="message">One sentence that names the thing concerned.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public SftpException(SftpErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>What went wrong.</summary>
    public SftpErrorCode Code { get; }

    /// <summary>The remote or local path concerned, or null.</summary>
    public string? Path { get; init; }

    /// <summary>The host concerned, or null.</summary>
    public string? Host { get; init; }

    /// <summary>What a person can do about it, or null where nothing useful can be said.</summary>
    public string? Advice { get; init; }

    /// <summary>
    /// True when the same call may succeed later without anything being changed: the connection was lost, timed out or
    /// could not be made. Never true for rejected logins and host keys, which a retry would only make worse.
    /// </summary>
    public bool IsTransient =>
        IsTransientOverride ?? Code is SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout or SftpErrorCode.Unavailable;

    /// <summary>
    /// Set to false where the code alone would say "try again" but the cause is permanent, such as a missing client or a
    /// refused subsystem.
    /// </summary>
    public bool? IsTransientOverride { get; init; }

    /// <summary>The same error with the host filled in, for code that learns the host further out.</summary>
    /// <param name="host">The host concerned.</param>
    /// <returns>This exception when it names a host already, otherwise one that does, with this one inside.</returns>
    public SftpException WithHost(string host) => Host is not null
        ? this
        : new SftpException(Code, Message, this)
        {
            Path = Path,
            Host = host,
            Advice = Advice,
            IsTransientOverride = IsTransientOverride,
        };
}
