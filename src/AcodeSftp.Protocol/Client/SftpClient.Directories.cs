using System.Runtime.CompilerServices;
using System.Threading.Channels;
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
    public IAsyncEnumerable<RemoteDirectoryEntry> ReadDirectoryAsync(
        RemotePath path,
        CancellationToken cancellationToken = default) =>
        Server.Limits is null ? ReadAheadAsync(path, cancellationToken) : ReadInStepAsync(path, cancellationToken);

    // A server that does not say how many handles it allows may allow one. So the directory's is not kept until whoever
    // takes the entries, and may need a handle for that, has taken the last.
    private async IAsyncEnumerable<RemoteDirectoryEntry> ReadAheadAsync(
        RemotePath path,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var entries = Channel.CreateUnbounded<RemoteDirectoryEntry>(
            new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var reading = ReadAsync();
        try
        {
            await foreach (var entry in entries.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return entry;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }

        async Task ReadAsync()
        {
            try
            {
                await foreach (var entry in ReadInStepAsync(path, stop.Token).ConfigureAwait(false))
                    entries.Writer.TryWrite(entry);
                entries.Writer.TryComplete();
            }
            catch (Exception e)
            {
                // Told to whoever reads.
                entries.Writer.TryComplete(e);
            }
        }
    }

    private async IAsyncEnumerable<RemoteDirectoryEntry> ReadInStepAsync(
        RemotePath path,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var subject = new RequestSubject("list", path);
        var handle = await OpenHandleAsync(
            SftpPacketType.OpenDir,
            subject,
            (ref PacketWriter writer) => writer.Write(path),
            // OpenSSH tells that it is no directory by this code.
            static found => found.FileType is not (RemoteFileType.Directory or RemoteFileType.SymbolicLink),
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
                unheard.Forget();
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
        public SendMark Sent { get; set; }

        public int Length => 0;

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
