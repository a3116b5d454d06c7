namespace AcodeSftp.FileTransfer.Mirror;

/// <summary>Told what becomes of the steps of a plan, from any thread, several at a time.</summary>
public interface IMirrorObserver
{
    /// <summary>A step is done.</summary>
    /// <param name="action">The step.</param>
    /// <returns>A task that ends when that has been dealt with.</returns>
    ValueTask DoneAsync(MirrorAction action);

    /// <summary>A step has failed. The others go on.</summary>
    /// <param name="action">The step.</param>
    /// <param name="exception">What went wrong.</param>
    /// <returns>A task that ends when that has been dealt with.</returns>
    ValueTask FailedAsync(MirrorAction action, SftpException exception);
}
