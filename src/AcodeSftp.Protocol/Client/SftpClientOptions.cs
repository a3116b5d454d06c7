using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Client;

/// <summary>How an <see cref="SftpClient"/> works.</summary>
public sealed record SftpClientOptions
{
    /// <summary>The host at the other end, for errors.</summary>
    public string? Host { get; init; }

    /// <summary>
    /// How long the channel may be silent while requests wait for an answer. After that they fail with
    /// <see cref="SftpErrorCode.Timeout"/> and the channel is given up, for answers can no longer be told apart from late
    /// ones. <see cref="Timeout.InfiniteTimeSpan"/> for ever.
    /// </summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// What the server said of its limits on another channel, which saves a round trip; null to ask where it can be asked.
    /// </summary>
    public SftpServerLimits? KnownLimits { get; init; }

    /// <summary>
    /// Asked why the channel ended when its stream did; may take a moment, to let the transport's process end and say its
    /// last words. Null for "the connection was closed".
    /// </summary>
    public Func<ValueTask<SftpException>>? DescribeLoss { get; init; }
}
