using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Diagnostics;

/// <summary>The steps that need a file: it is made in the start directory, looked at, and removed again.</summary>
internal sealed class SessionCheckFiles(ISshConnection connection, IRemoteFileSystem files)
{
    private const long LittleSpace = 100L * 1024 * 1024;

    // Times of SFTP are whole seconds, and cut off; the rest is for the file system's own clock.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RemoveLimit = TimeSpan.FromSeconds(10);
    private static readonly byte[] Content = Encoding.ASCII.GetBytes("Written by AcodeSftp to see whether it can; may be removed.\n");

    private DateTimeOffset? _modified;
    private DateTimeOffset _written;
    private TimeSpan _writing;

    /// <summary>What the step of checksums found while there was a file, and how long it took; null where there was none.</summary>
    public (SessionFinding Finding, TimeSpan Duration)? Checksum { get; private set; }

    public async Task<SessionFinding> FindSpaceAsync(CancellationToken cancellationToken)
    {
        var start = await files.RealPathAsync(RemotePath.Current, cancellationToken).ConfigureAwait(false);
        var space = await files.GetStatisticsAsync(start, cancellationToken).ConfigureAwait(false);
        var text = $"{Size(space.AvailableBytes)} of {Size(space.TotalBytes)} are free at {TerminalText.Clean(start.Value)}.";
        return space switch
        {
            { IsReadOnly: true } => SessionFinding.Warning($"{text} The file system is mounted read-only.", "Nothing can be written there."),
            { AvailableBytes: 0 } => SessionFinding.Failed($"No space is left at {TerminalText.Clean(start.Value)}.", "Remove something there."),
            { AvailableBytes: < LittleSpace } => SessionFinding.Warning(text, "That is little."),
            { TotalFiles: > 0, AvailableFiles: 0 } => SessionFinding.Failed(
                $"{text} No further file can be made there, whatever its size (inodes).", "Remove something there."),
            _ => SessionFinding.Passed(text),
        };
    }

    public async Task<SessionFinding> WriteAsync(bool hashes, CancellationToken cancellationToken)
    {
        var start = await files.RealPathAsync(RemotePath.Current, cancellationToken).ConfigureAwait(false);
        var path = start.Combine($".acode-check-{Convert.ToHexString(RandomNumberGenerator.GetBytes(6)).ToLowerInvariant()}");
        var name = TerminalText.Clean(start.Value);
        var mayExist = true;
        try
        {
            await MakeAsync(path, cancellationToken).ConfigureAwait(false);
            var attributes = await files.StatAsync(path, cancellationToken).ConfigureAwait(false);
            _modified = attributes.Modified;
            if (attributes.Size is { } size && size != Content.Length)
                return SessionFinding.Failed($"{Content.Length} bytes were written to {name}, and the file has {size}.");
            if (hashes)
                await HashAsync(path, Content, cancellationToken).ConfigureAwait(false);
            mayExist = false;
            return await RemoveAsync(path).ConfigureAwait(false) is { } refusal
                ? SessionFinding.Warning(
                    $"A file could be written to {name}, but not removed: {refusal.Message}",
                    $"Remove {TerminalText.Clean(path.Value)} by hand. Transfers need to rename and remove what they make.")
                : SessionFinding.Passed($"A file was written to {name} and removed.");
        }
        catch (SftpException e) when (e.Code is not SftpErrorCode.Unsupported)
        {
            mayExist &= e.Code is not SftpErrorCode.PermissionDenied;
            return SessionFinding.Failed($"Nothing can be written to {name}: {e.Message}", e.Advice ?? "Give transfers another destination.");
        }
        finally
        {
            // Cancelled, or failed after the file was made.
            if (mayExist)
                await RemoveAsync(path).ConfigureAwait(false);
        }
    }

    public SessionFinding CompareClocks()
    {
        if (_modified is not { } modified)
            return SessionFinding.Skipped("No file could be made to compare the clocks by.");
        var difference = modified - _written;
        var seconds = difference.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        return difference.Duration() <= ClockTolerance + _writing
            ? SessionFinding.Passed("The server's clock and the local one agree within two seconds.")
            : SessionFinding.Warning(
                $"The server's clock is {seconds.TrimStart('-')} s {(difference > TimeSpan.Zero ? "ahead of" : "behind")} the local one.",
                "Comparisons of times, such as those of mirroring, can go wrong. Have both clocks set by NTP.");
    }

    /// <summary>Looks for a tool without a file of our own.</summary>
    public async Task<SessionFinding> HashNothingAsync(CancellationToken cancellationToken)
    {
        await HashAsync(new RemotePath("/dev/null"), [], cancellationToken).ConfigureAwait(false);
        return Checksum!.Value.Finding;
    }

    private async Task MakeAsync(RemotePath path, CancellationToken cancellationToken)
    {
        var before = DateTimeOffset.UtcNow;
        var file = await files.OpenAsync(
            path,
            RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive,
            null,
            cancellationToken).ConfigureAwait(false);
        await using (file.ConfigureAwait(false))
        {
            await file.WriteRangeAsync(
                0,
                long.MaxValue,
                (offset, buffer, _) =>
                {
                    // Nothing more is given at the end.
                    var length = Math.Min(buffer.Length, Content.Length - (int)offset);
                    Content.AsMemory((int)offset, length).CopyTo(buffer);
                    return ValueTask.FromResult(length);
                },
                cancellationToken: cancellationToken).ConfigureAwait(false);
            await file.CloseAsync(cancellationToken).ConfigureAwait(false);
        }

        _writing = DateTimeOffset.UtcNow - before;
        _written = before + (_writing / 2);
    }

    private async Task HashAsync(RemotePath path, byte[] content, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var expected = Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();
        var hash = await ChecksumVerifier.Shared.ComputeRemoteChecksumAsync(connection, path.Value, null, cancellationToken)
            .ConfigureAwait(false);
        var tool = ChecksumVerifier.Shared.FoundToolName(connection);
        var finding = hash switch
        {
            null => SessionFinding.Warning(
                "The server has no tool for SHA-256 that this account may run.",
                "Transfers are compared by size only, and cannot be resumed safely. Install sha256sum, shasum or openssl there."),
            _ when hash != expected => SessionFinding.Failed(
                $"{tool} gave a wrong SHA-256.",
                "The tool sees another file than SFTP does: compare the directories that both start in."),
            _ => SessionFinding.Passed($"SHA-256 by {tool}."),
        };
        Checksum = (finding, Stopwatch.GetElapsedTime(started));
    }

    private async Task<SftpException?> RemoveAsync(RemotePath path)
    {
        using var limit = new CancellationTokenSource(RemoveLimit);
        try
        {
            await files.RemoveFileAsync(path, limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (SftpException e)
        {
            return e;
        }
        catch (OperationCanceledException e)
        {
            return new SftpException(SftpErrorCode.Timeout, "The server did not answer.", e);
        }
    }

    private static string Size(long bytes)
    {
        string[] units = ["bytes", "KB", "MB", "GB", "TB", "PB"];
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < units.Length - 1; unit++)
            value /= 1024;
        return value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
    }
}
