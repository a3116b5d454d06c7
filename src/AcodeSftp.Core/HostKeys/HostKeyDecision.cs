namespace AcodeSftp.HostKeys;

/// <summary>What is done with a server's key.</summary>
public enum HostKeyAction
{
    /// <summary>The connection is ended before anything is sent that is worth stealing.</summary>
    Reject = 0,

    /// <summary>The connection goes on.</summary>
    Accept,

    /// <summary>The connection goes on, and the key is to be written down with <see cref="HostKeyVerifier.Save"/>.</summary>
    AcceptAndSave,
}

/// <summary>A decision on a server's key, with what led to it.</summary>
/// <param name="Action">What is to be done.</param>
/// <param name="Judgement">What the known keys say.</param>
public sealed record HostKeyDecision(HostKeyAction Action, HostKeyJudgement Judgement)
{
    /// <summary>What the user should be told although the key is accepted, or null.</summary>
    public string? Warning { get; init; }

    /// <summary>Why the key is rejected (<see cref="SftpErrorCode.HostKeyRejected"/>), or null when it is accepted.</summary>
    public SftpException? Error { get; init; }

    /// <summary>Throws <see cref="Error"/> when the key is rejected.</summary>
    /// <exception cref="SftpException">The key is rejected.</exception>
    public void ThrowIfRejected()
    {
        if (Error is not null)
            throw Error;
    }
}
