using System.Text;
using AcodeSftp.Connections;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// A program that runs on the server and is spoken with through its input and output. What it writes to its error output
/// is read all the time, so that it never waits for that, and kept to explain its end.
/// </summary>
internal sealed class RemoteProgram : IAsyncDisposable
{
    private const int ErrorTextKept = 4096;
    private const int CommandNotFound = 127;
    private const int CommandNotExecutable = 126;

    // From the end of its output to its end, and from a signal to its end.
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SignalGrace = TimeSpan.FromMilliseconds(150);

    private readonly IRemoteCommand _command;
    private readonly ByteReader _output;
    private readonly Action _onDispose;
    private readonly Task<string> _errors;
    private readonly CancellationTokenSource _disposing = new();
    private int _disposed;

    /// <summary>Takes over a running command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">What the program is called in messages.</param>
    /// <param name="path">The remote path it works on.</param>
    /// <param name="host">The host it runs on.</param>
    /// <param name="onDispose">What else to do when it is over.</param>
    public RemoteProgram(IRemoteCommand command, string name, string path, string host, Action onDispose)
    {
        (_command, Name, Path, Host, _onDispose) = (command, name, path, host, onDispose);
        _output = new ByteReader(command.StandardOutput);
        _errors = ReadErrorsAsync(command.StandardError, _disposing.Token);
    }

    /// <summary>What the program is called in messages.</summary>
    public string Name { get; }

    /// <summary>The remote path it works on.</summary>
    public string Path { get; }

    /// <summary>The host it runs on.</summary>
    public string Host { get; }

    /// <summary>Its input.</summary>
    public Stream Input => _command.StandardInput;

    /// <summary>Writes to its input.</summary>
    /// <exception cref="SftpException">It has ended.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await Input.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            await Input.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (MeansEnd(e))
        {
            throw await DescribeEndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether an exception of a write means that the program reads no more, or that it or the connection ended.</summary>
    public static bool MeansEnd(Exception exception) => exception is IOException or ObjectDisposedException or SftpException;

    /// <summary>The next byte of its output; -1 at the end.</summary>
    public Task<int> TryReadByteAsync(CancellationToken cancellationToken) =>
        ReadAsync(() => _output.ReadByteAsync(cancellationToken));

    /// <summary>The next byte of its output.</summary>
    /// <exception cref="SftpException">It has ended.</exception>
    public async Task<int> ReadByteAsync(CancellationToken cancellationToken)
    {
        var value = await TryReadByteAsync(cancellationToken).ConfigureAwait(false);
        return value >= 0 ? value : throw await DescribeEndAsync().ConfigureAwait(false);
    }

    /// <summary>The rest of the line that it writes.</summary>
    /// <exception cref="SftpException">It has ended, or the line is too long.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadLineAsync(CancellationToken cancellationToken) =>
        await ReadToAsync((byte)'\n', ScpSender.MaxLineLength, cancellationToken).ConfigureAwait(false)
        ?? throw await DescribeEndAsync().ConfigureAwait(false);

    /// <summary>What it writes before the next delimiter; null where it ended before.</summary>
    public Task<ReadOnlyMemory<byte>?> ReadToAsync(byte delimiter, int maxLength, CancellationToken cancellationToken) =>
        ReadAsync(() => _output.ReadToAsync(delimiter, maxLength, cancellationToken));

    /// <summary>The next bytes of its output, at least one.</summary>
    /// <exception cref="SftpException">It has ended.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadBlockAsync(long maxLength, CancellationToken cancellationToken)
    {
        var block = await ReadAsync(() => _output.ReadBlockAsync(maxLength, cancellationToken)).ConfigureAwait(false);
        return block.Length > 0 ? block : throw await DescribeEndAsync().ConfigureAwait(false);
    }

    /// <summary>Ends its input and waits until it has ended; it must not have anything more to say.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="SftpException">It says more.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(EndGrace);
        try
        {
            await Input.DisposeAsync().ConfigureAwait(false);
            if (await TryReadByteAsync(timer.Token).ConfigureAwait(false) >= 0)
                throw ScpRecord.Violation("more than was asked for");
            await _command.Completion.WaitAsync(timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Everything that mattered has been said; a program that lingers is ended by its channel.
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    /// <summary>How it ended, and what it wrote to its error output.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<(RemoteCommandExit Exit, string Errors)> WaitAsync(CancellationToken cancellationToken)
    {
        var exit = await _command.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        return (exit, await _errors.WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Explains why it ended before its time.</summary>
    /// <returns>The error.</returns>
    public async Task<SftpException> DescribeEndAsync()
    {
        try
        {
            using var grace = new CancellationTokenSource(EndGrace);
            var (exit, errors) = await WaitAsync(grace.Token).ConfigureAwait(false);
            var text = errors.Trim();
            if (exit.ExitCode is CommandNotFound or CommandNotExecutable)
                return new SftpException(
                    SftpErrorCode.Unavailable,
                    $"{Host} has no {Name} to run{(text.Length > 0 ? $": {TerminalText.Clean(text)}" : "")}.")
                {
                    Host = Host,
                    Path = Path,
                    IsTransientOverride = false,
                    Advice = "Install it on the server, or have its SFTP subsystem turned on.",
                };
            if (text.Length > 0)
                return Refusal(text);
            var how = exit switch
            {
                { Signal: { } signal } => $"by signal {TerminalText.Clean(signal)}",
                { ExitCode: { } code } => $"with exit code {code}",
                _ => "without saying how",
            };
            return new SftpException(SftpErrorCode.Unknown, $"The {Name} on {Host} ended {how} before '{TerminalText.Clean(Path)}' was done.")
            {
                Host = Host,
                Path = Path,
            };
        }
        catch (SftpException e)
        {
            return e.WithHost(Host);
        }
        catch (OperationCanceledException)
        {
            return new SftpException(SftpErrorCode.Unknown, $"The {Name} on {Host} closed its output before '{TerminalText.Clean(Path)}' was done.")
            {
                Host = Host,
                Path = Path,
            };
        }
    }

    /// <summary>The error that the program told of.</summary>
    /// <param name="message">What it said.</param>
    public SftpException Refusal(string message) => UnixMessages.ToException(message, Path, Host);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        try
        {
            if (!_command.Completion.IsCompleted)
                await EndNowAsync().ConfigureAwait(false);
            await _command.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _command.Completion.Forget();
            await _disposing.CancelAsync().ConfigureAwait(false);
            _onDispose();
        }
    }

    // Closing a channel leaves the process running on most servers, where it may wait for input that never comes.
    private async Task EndNowAsync()
    {
        using var grace = new CancellationTokenSource(SignalGrace);
        try
        {
            await _command.SendSignalAsync("TERM", grace.Token).ConfigureAwait(false);
            await _command.Completion.WaitAsync(grace.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SftpException or OperationCanceledException or IOException)
        {
            // No signals here, or it does not mind them: closing the channel is all that is left.
        }
    }

    private async Task<T> ReadAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw await DescribeEndAsync().ConfigureAwait(false);
        }
    }

    private static async Task<string> ReadErrorsAsync(Stream stream, CancellationToken cancellationToken)
    {
        var kept = new MemoryStream();
        var buffer = new byte[1024];
        try
        {
            while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
                kept.Write(buffer, 0, (int)Math.Min(read, ErrorTextKept - kept.Length));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SftpException)
        {
            // What was read is what there is.
        }

        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }
}
