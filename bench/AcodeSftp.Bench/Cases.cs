using System.Diagnostics;
using System.Security.Cryptography;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using AcodeSftp.OpenSsh;
using AcodeSftp.Sessions;

namespace AcodeSftp.Bench;

/// <summary>What is measured. Each contender opens its own connection each time, as a person at the prompt would.</summary>
internal sealed class Cases(BenchServer server)
{
    private readonly OpenSshTransport _transport = new();

    /// <summary>One large file each way, with verification as it comes (checksums) and without.</summary>
    public IEnumerable<BenchCase> LargeFile(long size)
    {
        var local = Path.Combine(server.Directory, "large.bin");
        var remote = Path.Combine(server.Directory, "large.remote");
        var copy = Path.Combine(server.Directory, "large.copy");
        WriteRandomFile(local, size);
        var name = $"{size / 1e6:0} MB";
        yield return new BenchCase($"{name} up, loopback", size,
        [
            Contender.Of("AcodeSftp", () => UploadAsync(local, remote, verify: false)),
            Contender.Of("AcodeSftp, with checksum", () => UploadAsync(local, remote, verify: true)),
            Contender.Of("sftp", () => SftpAsync($"put {local} {remote}")),
            Contender.Of("scp", () => ScpAsync(local, $"{BenchServer.Alias}:{remote}")),
            Contender.Of("ssh pipe", () => ShellAsync($"ssh -F {server.ConfigPath} {BenchServer.Alias} 'cat > {remote}' < {local}")),
        ]);
        File.Copy(local, remote, overwrite: true);
        yield return new BenchCase($"{name} down, loopback", size,
        [
            Contender.Of("AcodeSftp", () => DownloadAsync(remote, copy, verify: false)),
            Contender.Of("AcodeSftp, with checksum", () => DownloadAsync(remote, copy, verify: true)),
            Contender.Of("sftp", () => SftpAsync($"get {remote} {copy}")),
            Contender.Of("scp", () => ScpAsync($"{BenchServer.Alias}:{remote}", copy)),
            Contender.Of("ssh pipe", () => ShellAsync($"ssh -F {server.ConfigPath} {BenchServer.Alias} 'cat {remote}' > {copy}")),
        ]);
    }

    /// <summary>A directory of many entries, listed.</summary>
    public BenchCase Listing(int entries)
    {
        var directory = Path.Combine(server.Directory, $"list-{entries}");
        Directory.CreateDirectory(directory);
        for (var i = 0; i < entries; i++)
            File.WriteAllBytes(Path.Combine(directory, $"file-{i:d6}.txt"), []);
        return new BenchCase($"list {entries:N0} entries, loopback", 0,
        [
            new Contender("AcodeSftp", () => ListAsync(directory, entries)),
            Contender.Of("sftp ls -1", () => SftpAsync($"ls -1 {directory}")),
        ]);
    }

    private async Task<IReadOnlyDictionary<string, TimeSpan>> ListAsync(string directory, int entries)
    {
        await using var session = NewSession();
        await using var sftp = await session.OpenSftpAsync().ConfigureAwait(false);
        var connected = Stopwatch.GetTimestamp();
        TimeSpan? first = null;
        var count = 0;
        await foreach (var _ in sftp.EnumerateAsync(directory).ConfigureAwait(false))
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

    private async Task UploadAsync(string local, string remote, bool verify)
    {
        await using var session = NewSession();
        await using var sftp = await session.OpenSftpAsync().ConfigureAwait(false);
        Check(await sftp.UploadAsync(local, remote, new UploadOptions { VerifyChecksum = verify }).ConfigureAwait(false), verify);
    }

    private async Task DownloadAsync(string remote, string local, bool verify)
    {
        await using var session = NewSession();
        await using var sftp = await session.OpenSftpAsync().ConfigureAwait(false);
        Check(await sftp.DownloadAsync(remote, local, new DownloadOptions { VerifyChecksum = verify }).ConfigureAwait(false), verify);
    }

    private SftpSession NewSession() => new(1, null, server.Options, new SshTransportChoice(_transport, "benchmark"));

    private Task SftpAsync(string command) => ShellAsync($"echo '{command}' | sftp -q -F {server.ConfigPath} -b - {BenchServer.Alias}");

    private Task ScpAsync(string source, string destination) =>
        BenchServer.RunAsync("scp", "-q", "-F", server.ConfigPath, source, destination);

    private static Task ShellAsync(string command) => BenchServer.RunAsync("/bin/sh", "-c", command);

    private static void Check(TransferResult result, bool verify)
    {
        if (!result.Success || result.ChecksumVerified != verify)
            throw new InvalidOperationException(
                $"The transfer failed: {string.Join(", ", result.Errors.Select(error => error.ErrorMessage))}");
    }

    private static void WriteRandomFile(string path, long size)
    {
        var block = RandomNumberGenerator.GetBytes(1 << 20);
        using var file = File.Create(path);
        for (var written = 0L; written < size; written += block.Length)
            file.Write(block, 0, (int)Math.Min(block.Length, size - written));
    }
}
