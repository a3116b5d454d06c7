using System.Globalization;
using System.Text;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>Sends files and directories to an <c>scp -t</c>: the source's side of the protocol.</summary>
internal sealed class ScpSender(RemoteProgram program)
{
    /// <summary>Longest message that is read.</summary>
    public const int MaxLineLength = 8192;

    private bool _isGreeted;

    /// <summary>Sends a file.</summary>
    /// <param name="file">Its name, size, permissions and times.</param>
    /// <param name="fill">Fills the next buffer, and returns how much of it; never more than is left of the size.</param>
    /// <param name="bufferSize">How much is sent at a time.</param>
    /// <param name="cancellationToken">Stops in the middle of it.</param>
    /// <returns>
    /// What the sink complained of when it had everything, such as times it could not set; null for nothing.
    /// </returns>
    /// <exception cref="SftpException">The sink refused it, or ended.</exception>
    public async Task<string?> SendFileAsync(
        ScpFile file,
        Func<Memory<byte>, CancellationToken, ValueTask<int>> fill,
        int bufferSize,
        CancellationToken cancellationToken)
    {
        await BeginAsync('C', file.Permissions, file.Size, file.Name, file.Times, cancellationToken).ConfigureAwait(false);
        var buffer = new byte[(int)Math.Min(bufferSize, Math.Max(1, file.Size))];
        for (var left = file.Size; left > 0;)
        {
            var length = await fill(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken).ConfigureAwait(false);
            await WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            left -= length;
        }

        await WriteAsync(new byte[1], cancellationToken).ConfigureAwait(false);
        return await ReadLastReplyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins a directory; what is sent next goes into it.</summary>
    public Task BeginDirectoryAsync(ScpDirectory directory, CancellationToken cancellationToken) =>
        BeginAsync('D', directory.Permissions, 0, directory.Name, directory.Times, cancellationToken);

    /// <summary>Ends a directory.</summary>
    /// <returns>What the sink complained of; null for nothing.</returns>
    public async Task<string?> EndDirectoryAsync(CancellationToken cancellationToken)
    {
        await WriteAsync("E\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        return await ReadLastReplyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The lines that announce a file or directory.</summary>
    /// <exception cref="SftpException">The protocol has no way to write such a name.</exception>
    internal static byte[] Header(char type, uint permissions, long size, string name, ScpTimes? times)
    {
        if (name.AsSpan().IndexOfAny('\n', '\0', '/') >= 0)
            throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"SCP cannot carry the name '{TerminalText.Clean(name)}': a line break ends a line of its protocol.")
            {
                Path = name,
            };
        var lines = new StringBuilder();
        if (times is not null)
            lines.Append(CultureInfo.InvariantCulture, $"T{Seconds(times.Modified)} 0 {Seconds(times.Accessed)} 0\n");
        lines.Append(CultureInfo.InvariantCulture, $"{type}{Convert.ToString(permissions & 0xFFF, 8).PadLeft(4, '0')} {size} {name}\n");
        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    // The protocol has no times before 1970.
    private static long Seconds(DateTimeOffset time) => Math.Max(0, time.ToUnixTimeSeconds());

    // The sink takes lines in order, so its answers are not waited for one by one.
    private async Task BeginAsync(
        char type,
        uint permissions,
        long size,
        string name,
        ScpTimes? times,
        CancellationToken cancellationToken)
    {
        await WriteAsync(Header(type, permissions, size, name, times), cancellationToken).ConfigureAwait(false);
        var replies = (times is null ? 1 : 2) + (_isGreeted ? 0 : 1);
        _isGreeted = true;
        for (; replies > 0; replies--)
        {
            if (await ReadReplyAsync(cancellationToken).ConfigureAwait(false) is { } message)
                throw program.Refusal(message);
        }
    }

    private async Task<string?> ReadLastReplyAsync(CancellationToken cancellationToken)
    {
        if (await ReadReplyAsync(cancellationToken).ConfigureAwait(false) is not { } message)
            return null;
        // The content is there and complete; only what goes with it is not (scp.c: "set times", "set mode").
        return message.Contains(": set times: ", StringComparison.Ordinal) || message.Contains(": set mode: ", StringComparison.Ordinal)
            ? message
            : throw program.Refusal(message);
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await program.Input.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            await program.Input.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RemoteProgram.MeansEnd(e))
        {
            // A sink that ends early has said why, as a rule.
            while (await ReadReplyAsync(cancellationToken).ConfigureAwait(false) is var message)
            {
                if (message is not null)
                    throw program.Refusal(message);
            }
        }
    }

    // Null for "go on".
    private async Task<string?> ReadReplyAsync(CancellationToken cancellationToken)
    {
        var type = await program.ReadByteAsync(cancellationToken).ConfigureAwait(false);
        if (type == 0)
            return null;
        var text = await program.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        // Anything but an error is no answer: most often it is what a shell says at its start.
        return type is 1 or 2
            ? ScpText.Decode(text.Span)
            : throw ScpRecord.Violation("no answer but the text", [(byte)type, .. text.Span]);
    }
}
