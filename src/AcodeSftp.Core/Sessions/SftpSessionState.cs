namespace AcodeSftp.Sessions;

/// <summary>Where a session is in its life.</summary>
public enum SftpSessionState
{
    /// <summary>Made, not yet connected.</summary>
    Created = 0,

    /// <summary>Connecting and logging in.</summary>
    Connecting,

    /// <summary>Ready.</summary>
    Connected,

    /// <summary>Connected, but the peer has missed signs of life or refused a channel.</summary>
    Degraded,

    /// <summary>The connection was lost and is being made again.</summary>
    Reconnecting,

    /// <summary>Closed on request.</summary>
    Closed,

    /// <summary>Could not be connected.</summary>
    Failed,
}
