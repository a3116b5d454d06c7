using System.Text;
using AcodeSftp.OpenSsh.Processes;

namespace AcodeSftp.OpenSsh;

/// <summary>
/// What holds a session whose server has no SFTP: an <c>scp</c> on the server that waits for files which never come. It
/// says at once that it is there, ends with its input, as the SFTP server would, and accounts that may do nothing but
/// transfer files may run it.
/// </summary>
internal sealed class ScpHolder : IAsyncDisposable
{
    /// <summary>The command line.</summary>
    public const string CommandLine = "scp -t -- .";

    // Times for a file that does not follow: it is answered, and changes nothing.
    private static readonly byte[] Times = Encoding.ASCII.GetBytes("T0 0 0 0\n");

    private readonly ProcessStream _stream;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private ScpHolder(ProcessStream stream) => _stream = stream;

    /// <summary>Waits until it is there.</summary>
    /// <param name="stream">Its input and output, which this takes over.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The holder.</returns>
    /// <exception cref="SftpException">It does not run.</exception>
    public static async Task<ScpHolder> StartAsync(ProcessStream stream, CancellationToken cancellationToken)
    {
        stream.EndIsLoss = true;
        var holder = new ScpHolder(stream);
        await holder.ReadReplyAsync(cancellationToken).ConfigureAwait(false);
        return holder;
    }

    /// <summary>Makes a round trip.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the answer is there.</returns>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(Times, cancellationToken).ConfigureAwait(false);
            await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            await ReadReplyAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task ReadReplyAsync(CancellationToken cancellationToken)
    {
        var reply = new byte[1];
        var read = await _stream.ReadAsync(reply, cancellationToken).ConfigureAwait(false);
        if (read == 0)
            throw await _stream.DescribeEndAsync().ConfigureAwait(false);
        if (reply[0] != 0)
            throw new SftpException(SftpErrorCode.ProtocolViolation, "What the server runs as scp does not speak its protocol.");
    }
}
