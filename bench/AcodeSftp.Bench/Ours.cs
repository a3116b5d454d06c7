using System.Diagnostics;
using AcodeSftp.Commands;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.OpenSsh;
using AcodeSftp.Sessions;

namespace AcodeSftp.Bench;

/// <summary>AcodeSftp by its C# API. Each run opens a session of its own, as a person at the prompt would.</summary>
internal sealed class Ours(BenchServer server)
{
    private readonly OpenSshTransport _transport = new();

    public async Task<IReadOnlyDictionary<string, TimeSpan>> UploadAsync(string host, string local, string remote, UploadOptions options)
    {
        await using var session = NewSession(host);
        await using var sftp = await session.OpenSftpAsync().ConfigureAwait(false);
        var connected = Stopwatch.GetTimestamp();
        Check(await sftp.UploadAsync(local, remote, options).ConfigureAwait(false), options.VerifyChecksum);
        return After(connected);
    }

    public async Task<IReadOnlyDictionary<string, TimeSpan>> DownloadAsync(string host, string remote, string local, DownloadOptions options)
    {
        await using var session = NewSession(host);
        await using var sftp = await session.OpenSftpAsync().ConfigureAwait(false);
        var connected = Stopwatch.GetTimestamp();
        Check(await sftp.DownloadAsync(remote, local, options).ConfigureAwait(false), options.VerifyChecksum);
        return After(connected);
    }

    public async Task<IReadOnlyDictionary<string, TimeSpan>> ListAsync(string host, string directory, bool recursive, int entries)
    {
        await using var session = NewSession(host);
        await using var sftp = await session.OpenSftpAsync().ConfigureAwait(false);
        var connected = Stopwatch.GetTimestamp();
        TimeSpan? first = null;
        var count = 0;
        await foreach (var _ in sftp.EnumerateAsync(directory, recursive).ConfigureAwait(false))
        {
            first ??= Stopwatch.GetElapsedTime(connected);
            count++;
        }

        if (count != entries)
            throw new InvalidOperationException($"{count} entries were listed, there are {entries}.");
        return new Dictionary<string, TimeSpan>
        {
            ["first object after connecting"] = first!.Value,
            ["last object after connecting"] = Stopwatch.GetElapsedTime(connected),
        };
    }

    public async Task OpenAsync(string host)
    {
        await using var session = NewSession(host);
        await using var sftp = await session.OpenSftpAsync().ConfigureAwait(false);
    }

    public static async Task RunCommandsAsync(SftpSession session, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var result = await session.InvokeCommandAsync(new SshCommand("true")).ConfigureAwait(false);
            if (!result.Success)
                throw new InvalidOperationException("The command failed.");
        }
    }

    public SftpSession NewSession(string host) =>
        new(1, null, server.OptionsFor(host), new SshTransportChoice(_transport, "benchmark"));

    private static Dictionary<string, TimeSpan> After(long connected) =>
        new() { ["after connecting"] = Stopwatch.GetElapsedTime(connected) };

    private static void Check(TransferResult result, bool verify)
    {
        if (!result.Success || result.ChecksumVerified != verify)
            throw new InvalidOperationException(
                $"The transfer failed: {string.Join(", ", result.Errors.Take(5).Select(error => error.ErrorMessage))}");
    }
}
