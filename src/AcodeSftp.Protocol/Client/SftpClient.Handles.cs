using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <content>
/// Opening and closing handles. Some servers allow few of them, some a single one, and say no more of it than "failure";
/// whoever is refused one more waits here until another is closed.
/// </content>
public sealed partial class SftpClient
{
    // Opens a file or directory. A server that refuses without a reason while other handles are open may allow no more of
    // them: it is asked again when one is closed, as long as the channel does something.
    private async Task<byte[]> OpenHandleAsync(
        SftpPacketType type,
        RequestSubject subject,
        RequestFields fields,
        Func<RemoteFileAttributes, bool> hasReason,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var closed = _handles.NextRelease;
            try
            {
                return await TryOpenHandleAsync(type, subject, fields, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.Unknown && MayBeTooMany(closed))
            {
                if (await IsFoundAsync(subject.Path ?? RemotePath.Current, hasReason, cancellationToken).ConfigureAwait(false)
                    || !await WhileBusyAsync(closed, cancellationToken).ConfigureAwait(false))
                    throw;
            }
        }
    }

    // A server that says how many it allows is believed.
    private bool MayBeTooMany(Task closed) => Server.Limits is { MaxOpenHandles: > 0 } limits
        ? _handles.Count >= limits.MaxOpenHandles
        : _handles.Count > 0 || closed.IsCompleted;

    private async Task<bool> IsFoundAsync(
        RemotePath path,
        Func<RemoteFileAttributes, bool> condition,
        CancellationToken cancellationToken)
    {
        try
        {
            return condition(await LStatAsync(path, cancellationToken).ConfigureAwait(false));
        }
        catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
        {
            return false;
        }
    }

    // Waits for something; false where nothing has moved on the channel for as long as an operation may take.
    private async Task<bool> WhileBusyAsync(Task awaited, CancellationToken cancellationToken)
    {
        while (!awaited.IsCompleted)
        {
            await Task.WhenAny(awaited, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsConnected || Silence >= _options.OperationTimeout)
                return false;
        }

        return true;
    }

    // A handle that arrives after the caller gave up is closed again.
    private async Task<byte[]> TryOpenHandleAsync(
        SftpPacketType type,
        RequestSubject subject,
        RequestFields fields,
        CancellationToken cancellationToken)
    {
        var opening = OpenAsync();
        try
        {
            return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(
                static (opened, client) => ((SftpClient)client!).CloseUnheard(opened.Result),
                this,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }

        async Task<byte[]> OpenAsync()
        {
            _ = _handles.Add();
            try
            {
                return await CallAsync(type, subject, fields, Handle, CancellationToken.None).ConfigureAwait(false);
            }
            catch
            {
                _handles.Remove();
                throw;
            }
        }
    }

    internal async Task CloseHandleAsync(byte[] handle, RemotePath path, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(
                SftpPacketType.Close,
                new RequestSubject("close", path),
                (ref PacketWriter writer) => writer.Write(handle.AsSpan()),
                Replies.Ok,
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _handles.Release();
        }
    }

    /// <summary>Closes a handle whose answer nobody needs.</summary>
    internal void CloseUnheard(byte[] handle)
    {
        if (!IsConnected)
            return;
        CloseHandleAsync(handle, RemotePath.Current, CancellationToken.None).Forget();
    }

    private static byte[] Handle(SftpPacketType type, ref PacketReader reader)
    {
        Replies.Expect(type, SftpPacketType.Handle);
        var handle = reader.ReadBytes();
        return handle.Length <= SftpSizes.MaxHandleLength
            ? handle.ToArray()
            : throw PacketReader.Violation($"a handle of {handle.Length} bytes");
    }
}
