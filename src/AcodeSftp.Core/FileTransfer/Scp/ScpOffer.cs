namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// A file in a stream of files: its source waits for it to be taken or refused before it goes on with the next.
/// </summary>
/// <param name="Receiver">Where it comes from.</param>
/// <param name="File">What was said of it.</param>
internal sealed record ScpOffer(ScpReceiver Receiver, ScpFile File)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when nobody wants anything more of it.</summary>
    public Task Done => _done.Task;

    /// <summary>Tells that nobody wants anything more of it.</summary>
    public void Finish() => _done.TrySetResult();
}
