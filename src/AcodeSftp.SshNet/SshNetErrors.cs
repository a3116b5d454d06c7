using System.Net.Sockets;
using System.Text.RegularExpressions;
using AcodeSftp.Connections;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace AcodeSftp.SshNet;

/// <summary>Turns what SSH.NET throws into the errors of this library.</summary>
internal static partial class SshNetErrors
{
    private const string OtherTransport = "Use the OpenSSH transport for this: -Transport OpenSsh.";

    /// <summary>The error of something that SSH.NET cannot do and the other transport can.</summary>
    /// <param name="what">What, as in "SSH.NET cannot …".</param>
    /// <param name="host">The host concerned.</param>
    /// <param name="path">The path concerned, or null.</param>
    /// <returns>The error.</returns>
    public static SftpException Unsupported(string what, string host, string? path = null) =>
        new(SftpErrorCode.Unsupported, $"SSH.NET cannot {what}.")
        {
            Host = host,
            Path = path,
            Advice = OtherTransport,
            IsTransientOverride = false,
        };

    /// <summary>The error of a connection that has ended.</summary>
    /// <param name="host">The host concerned.</param>
    /// <param name="cause">What was caught, or null.</param>
    /// <returns>The error.</returns>
    public static SftpException Lost(string host, Exception? cause = null) =>
        new(SftpErrorCode.ConnectionLost, $"The connection to {host} was lost{Words(cause)}.", cause) { Host = host };

    /// <summary>The error of a request that got no answer in time.</summary>
    /// <param name="operation">What was tried, as in "cannot {operation}".</param>
    /// <param name="host">The host concerned.</param>
    /// <param name="path">The path concerned, or null.</param>
    /// <param name="cause">What was caught, or null.</param>
    /// <returns>The error.</returns>
    public static SftpException TimedOut(string operation, string host, string? path, Exception? cause = null) =>
        new(SftpErrorCode.Timeout, $"Cannot {operation}{Target(path)}: the server did not answer in time.", cause)
        {
            Host = host,
            Path = path,
            Advice = "The server may be busy or out of reach. Allow it more time with -OperationTimeout.",
        };

    /// <summary>The error of a request that failed.</summary>
    /// <param name="failure">What was caught.</param>
    /// <param name="operation">What was tried, as in "cannot {operation}".</param>
    /// <param name="host">The host concerned.</param>
    /// <param name="path">The path concerned, or null.</param>
    /// <returns>The error.</returns>
    public static SftpException From(Exception failure, string operation, string host, string? path)
    {
        var (code, meaning, advice) = failure switch
        {
            SftpException => (SftpErrorCode.Unknown, "", null),
            SftpPathNotFoundException => (SftpErrorCode.NotFound, "no such file or directory",
                "Check the path; the server may compare upper and lower case."),
            SftpPermissionDeniedException => (SftpErrorCode.PermissionDenied, "permission denied",
                "Check the owner and mode of the path and of its directory on the server."),
            SshOperationTimeoutException or TimeoutException => (SftpErrorCode.Timeout, "the server did not answer in time",
                "The server may be busy or out of reach. Allow it more time with -OperationTimeout."),
            SshConnectionException or SocketException or ObjectDisposedException =>
                (SftpErrorCode.ConnectionLost, "the connection was lost", (string?)null),
            NotSupportedException => (SftpErrorCode.Unsupported, "the server does not offer it", null),
            SshException { Message: "Operation unsupported" } => (SftpErrorCode.Unsupported, "the server does not support this", null),
            SshException { Message: "Bad message" } => (SftpErrorCode.InvalidArgument, "the server takes the request for invalid",
                "The name may be too long or have characters that the server does not allow."),
            // The server's own words, where its code told SSH.NET nothing.
            SshException { Message: "Failure" or "" } => (SftpErrorCode.Unknown, "the server gave no reason", null),
            SshException => (SftpErrorCode.Unknown, $"the server says \"{Clean(failure)}\"", null),
            _ => (SftpErrorCode.Unknown, Clean(failure), null),
        };
        return failure as SftpException ?? new SftpException(code, $"Cannot {operation}{Target(path)}: {meaning}.", failure)
        {
            Host = host,
            Path = path,
            Advice = advice,
        };
    }

    /// <summary>The error of a login that failed.</summary>
    /// <param name="failure">What was caught.</param>
    /// <param name="target">Where to.</param>
    /// <param name="limit">How long it could take.</param>
    /// <param name="isSshServer">Whether an SSH server had answered.</param>
    /// <param name="hadPassword">Whether there was a password to offer.</param>
    /// <returns>The error.</returns>
    public static SftpException FromLogin(Exception failure, SshRoute target, TimeSpan limit, bool isSshServer, bool hadPassword)
    {
        var host = target.HostName;
        return failure switch
        {
            SftpException known => known.WithHost(host),
            SocketException socket => FromSocket(socket, target),
            SshAuthenticationException => new SftpException(
                SftpErrorCode.AuthenticationFailed,
                hadPassword
                    ? $"{host} refused the password and every key that was offered{Allowed(failure)}."
                    : $"{host} refused the login{Allowed(failure)}.",
                failure)
            {
                Host = host,
                Advice = hadPassword
                    ? "Check the user name and the password."
                    : "Check the user name. Give a key with -KeyFilePath, or a password with -Credential. Keys of an agent "
                        + "are used by the OpenSSH transport only (-Transport OpenSsh).",
            },
            SshOperationTimeoutException or TimeoutException => NoAnswer(failure, host, limit, isSshServer),
            SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed } => new SftpException(
                SftpErrorCode.Unavailable,
                $"SSH.NET and {host} could not agree on keys and ciphers{Words(failure)}.",
                failure) { Host = host, Advice = OtherTransport, IsTransientOverride = false },
            SshConnectionException when !isSshServer => new SftpException(
                SftpErrorCode.Unavailable,
                $"What answers at {host} is not an SSH server, or it ended the connection at once{Words(failure)}.",
                failure) { Host = host, Advice = "Check the port. A server with too many logins under way refuses more for a while." },
            _ => new SftpException(SftpErrorCode.Unavailable, $"{host} ended the connection during login{Words(failure)}.", failure)
            {
                Host = host,
                Advice = "The server may have too many connections; try again in a while.",
            },
        };
    }

    private static SftpException NoAnswer(Exception failure, string host, TimeSpan limit, bool isSshServer)
    {
        // SSH.NET tells what it waited for in words only.
        var isConnected = isSshServer || !failure.Message.Contains("establish", StringComparison.Ordinal);
        var (state, advice) = isSshServer
            ? ("answered, but the login was not over", "The server may be slow. Allow it more time with -ConnectTimeout.")
            : isConnected
                ? ("accepted the connection, but did not answer as an SSH server",
                    "The server may be overloaded, or another service listens on this port.")
                : ("did not answer", "Check the address and the port, that the host is up, and that no firewall drops the packets.");
        return new SftpException(SftpErrorCode.Timeout, $"{host} {state} within {limit.TotalSeconds:0.#} s.", failure)
        {
            Host = host,
            Advice = advice,
        };
    }

    private static SftpException FromSocket(SocketException failure, SshRoute target)
    {
        var host = target.HostName;
        var (code, message, advice) = failure.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => (SftpErrorCode.Unavailable,
                $"There is no host named {host} ({failure.Message}).", "Check the name, and that the name server answers."),
            SocketError.ConnectionRefused => (SftpErrorCode.Unavailable,
                $"{host} refused the connection on port {target.Port}.", "Check the port, and that the SSH server runs."),
            SocketError.TimedOut => (SftpErrorCode.Timeout, $"{host} did not answer on port {target.Port}.",
                "Check the address and the port, that the host is up, and that no firewall drops the packets."),
            _ => (SftpErrorCode.Unavailable, $"{host} cannot be reached on port {target.Port}: {failure.Message}.",
                "Check the address, the network and the route to the host."),
        };
        return new SftpException(code, message, failure) { Host = host, Advice = advice };
    }

    private static string Allowed(Exception failure) =>
        AllowedMethods().Match(failure.Message) is { Success: true } found ? $" (the server allows: {found.Groups[1].Value})" : "";

    private static string Words(Exception? failure) => failure is null ? "" : $": {Clean(failure)}";

    private static string Clean(Exception failure) => TerminalText.Clean(failure.Message).Trim().TrimEnd('.');

    private static string Target(string? path) => path is null ? "" : $" '{TerminalText.Clean(path)}'";

    [GeneratedRegex(@"\(([^)]*)\)")]
    private static partial Regex AllowedMethods();
}
