using System.Runtime.CompilerServices;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Wire;

namespace AcodeSftp.Protocol.Client;

/// <content>Listing directories.</content>
public sealed partial class SftpClient
{
    // An answer holds some hundred entries, so at distance one READDIR at a time makes a large directory slow. Two hide
    // the end of a small directory behind its first answer; more are sent only as it turns out to be large.
    private const int FirstReadDirs = 2;
    private const int MaxReadDirs = 16;

    /// <inheritdoc/>
    public async IAsyncEnumerable<RemoteDirectoryEntry> ReadDirectoryAsync(
        RemotePath path,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var subject = new RequestSubject("list", path);
        var handle = await OpenHandleAsync(
            SftpPacketType.OpenDir,
            subject,
            (ref PacketWriter writer) => writer.Write(path),
            cancellationToken).ConfigureAwait(false);
        var asked = new Queue<Task<IReadOnlyList<RemoteDirectoryEntry>?>>(MaxReadDirs);
        try
        {
            var window = FirstReadDirs;
            while (true)
            {
                while (asked.Count < window)
                    asked.Enqueue(ReadDirAsync(handle, subject));
                var entries = await asked.Dequeue().WaitAsync(cancellationToken).ConfigureAwait(false);
                if (entries is null)
                    yield break;
                window = Math.Min(window * 2, MaxReadDirs);
                foreach (var entry in entries)
                {
                    if (entry.Name is not ("." or ".."))
                        yield return entry;
                }
            }
        }
        finally
        {
            // What is still asked for is answered with the end of the directory, before the close.
            foreach (var unheard in asked)
                _ = unheard.ContinueWith(
                    static t => _ = t.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            CloseUnheard(handle);
        }
    }

    // Null means the end of the directory.
    private async Task<IReadOnlyList<RemoteDirectoryEntry>?> ReadDirAsync(byte[] handle, RequestSubject subject)
    {
        var call = new PendingDirectoryRead(subject, Host);
        var id = Register(call);
        var writer = PacketWriter.Begin(SftpPacketType.ReadDir, id);
        writer.Write(handle.AsSpan());
        await SendAsync(id, writer.Finish(), CancellationToken.None).ConfigureAwait(false);
        return await call.Task.ConfigureAwait(false);
    }

    private sealed class PendingDirectoryRead(RequestSubject subject, string? host)
        : TaskCompletionSource<IReadOnlyList<RemoteDirectoryEntry>?>(TaskCreationOptions.RunContinuationsAsynchronously),
          IPendingRequest
    {
        public void OnReply(SftpPacketType type, ref Frame frame)
        {
            var reader = new PacketReader(frame.Body.Span[Replies.HeaderLength..]);
            if (type == SftpPacketType.Status)
            {
                var (code, message) = Replies.ReadStatus(ref reader);
                if (code == SftpStatusCode.Eof)
                    TrySetResult(null);
                else
                    TrySetException(SftpStatusErrors.Create(code, message, subject, host));
                return;
            }

            Replies.Expect(type, SftpPacketType.Name);
            var count = reader.ReadUInt32();
            // Each entry takes at least twelve bytes: a count that cannot be true must not decide how much is allocated.
            var entries = new List<RemoteDirectoryEntry>((int)Math.Min(count, (uint)reader.Remaining / 12));
            for (; count > 0; count--)
                entries.Add(new RemoteDirectoryEntry(reader.ReadText(), reader.ReadText(), reader.ReadAttributes()));
            TrySetResult(entries);
        }

        public void OnFailed(SftpException error) => TrySetException(error);
    }
}
