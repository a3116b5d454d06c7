using System.Text;
using AcodeSftp.Connections;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>A command that an embedded host runs.</summary>
internal sealed class MemoryCommand : IRemoteCommand
{
    private readonly BytePipe _input = new();
    private readonly BytePipe _output = new();
    private readonly BytePipe _error = new();
    private readonly TaskCompletionSource<string> _signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closed;

    public MemoryCommand(MemoryConnection connection, RemoteCommandRequest request)
    {
        _closed = CancellationTokenSource.CreateLinkedTokenSource(connection.Disconnected);
        StandardInput = _input.Writer;
        StandardOutput = _output.Reader;
        StandardError = _error.Reader;
        Completion = Task.Run(() => RunAsync(connection, request));
    }

    public Stream StandardInput { get; }

    public Stream StandardOutput { get; }

    public Stream StandardError { get; }

    public Task<RemoteCommandExit> Completion { get; }

    public Task SendSignalAsync(string signal, CancellationToken cancellationToken = default)
    {
        _signalled.TrySetResult(signal);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync().ConfigureAwait(false);
        _input.End();
        _output.Abandon();
        _error.Abandon();
    }

    private async Task<RemoteCommandExit> RunAsync(MemoryConnection connection, RemoteCommandRequest request)
    {
        try
        {
            var command = new EmbeddedCommand(request.Command, request.Environment, _input.Reader);
            var reply = await Task.Run(() => connection.Host.Run(command)).WaitAsync(_closed.Token).ConfigureAwait(false);
            if (reply.Duration > TimeSpan.Zero)
                await Task.WhenAny(_signalled.Task, Task.Delay(reply.Duration, _closed.Token)).ConfigureAwait(false);
            _closed.Token.ThrowIfCancellationRequested();
            if (_signalled.Task is { IsCompletedSuccessfully: true, Result: var signal })
                return new RemoteCommandExit(null, signal);
            await Task.WhenAll(WriteAsync(_output, reply.StandardOutput), WriteAsync(_error, reply.StandardError))
                .ConfigureAwait(false);
            return reply.Signal is null ? new RemoteCommandExit(reply.ExitCode, null) : new RemoteCommandExit(null, reply.Signal);
        }
        catch (OperationCanceledException)
        {
            throw connection.Lost();
        }
        catch (IOException)
        {
            // The caller closed the channel without reading to the end.
            return new RemoteCommandExit(null, "PIPE");
        }
        finally
        {
            _output.End();
            _error.End();
        }
    }

    private async Task WriteAsync(BytePipe pipe, string text)
    {
        var writer = pipe.Writer;
        await using (writer.ConfigureAwait(false))
            await writer.WriteAsync(Encoding.UTF8.GetBytes(text), _closed.Token).ConfigureAwait(false);
    }
}
