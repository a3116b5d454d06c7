using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.Protocol.Embedded;

namespace AcodeSftp.Protocol.Tests;

/// <summary>An embedded host and a channel to it. Every wait of a test is bounded by <see cref="Token"/>.</summary>
public abstract class EmbeddedHostTest : IAsyncLifetime, IDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(30));
    private readonly MemoryTransport _transport = new();

    protected EmbeddedHost Host => _transport.GetHost("memory");

    protected ISshConnection Connection { get; private set; } = null!;

    protected IRemoteFileSystem Files { get; private set; } = null!;

    protected CancellationToken Token => _timeout.Token;

    public virtual async Task InitializeAsync()
    {
        Connection = await _transport.ConnectAsync(new SshConnectionOptions { HostName = "memory" }, Token);
        Files = await Connection.OpenSftpAsync(Token);
    }

    public async Task DisposeAsync()
    {
        await Files.DisposeAsync();
        await Connection.DisposeAsync();
    }

    public void Dispose()
    {
        _timeout.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens another channel, for options of the host that count when a channel opens.</summary>
    protected async Task ReopenAsync()
    {
        await Files.DisposeAsync();
        Files = await Connection.OpenSftpAsync(Token);
    }

    protected static RemotePath P(string path) => new(path);

    protected static async Task<SftpException> ThrowsAsync(SftpErrorCode code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<SftpException>(action);
        Assert.Equal(code, error.Code);
        return error;
    }

    protected async Task<byte[]> ReadAllAsync(string path, long offset = 0, long length = long.MaxValue)
    {
        await using var file = await Files.OpenAsync(P(path), RemoteOpenFlags.Read, null, Token);
        using var content = new MemoryStream();
        await file.ReadRangeAsync(
            offset,
            length,
            (at, block, _) =>
            {
                Assert.Equal(offset + content.Length, at);
                content.Write(block.Span);
                return ValueTask.CompletedTask;
            },
            Token);
        return content.ToArray();
    }

    protected async Task<long> WriteAllAsync(string path, byte[] content, int blockLength = int.MaxValue)
    {
        await using var file = await Files.OpenAsync(
            P(path), RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Truncate, null, Token);
        var written = await file.WriteRangeAsync(0, long.MaxValue, SourceOf(content, blockLength), null, Token);
        await file.CloseAsync(Token);
        return written;
    }

    protected static RemoteBlockSource SourceOf(byte[] content, int blockLength = int.MaxValue) => (offset, buffer, _) =>
    {
        var length = (int)Math.Min(Math.Min(buffer.Length, blockLength), content.Length - offset);
        content.AsSpan((int)offset, length).CopyTo(buffer.Span);
        return ValueTask.FromResult(length);
    };

    protected static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
