// The C# API in one page. Without arguments it uses the embedded host, which needs no server:
//
//     dotnet run --project samples/QuickStart
//     dotnet run --project samples/QuickStart -- user@host
using System.Security.Cryptography;
using AcodeSftp;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.OpenSsh;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;

var local = Directory.CreateTempSubdirectory("quickstart-").FullName;
var remote = $"quickstart-{Path.GetRandomFileName()}";
try
{
    var source = WriteSampleFiles(Path.Combine(local, "source"));

    // Transports in order of preference; the embedded host only when it is asked for.
    var openSsh = new OpenSshTransport();
    var selector = new SshTransportSelector([openSsh, new MemoryTransport()], transport => transport == openSsh);
    await using var sessions = new SftpSessionRegistry(selector);
    var session = args is [var destination, ..]
        ? await sessions.OpenAsync(ParseDestination(destination))
        : await sessions.OpenAsync(new SshConnectionOptions { HostName = "embedded", UserName = "you" }, transport: "Memory");
    Console.WriteLine($"Connected to {session.Authority} ({session.ServerVersion}) over {session.Transport}.");

    await using var sftp = await session.OpenSftpAsync();
    var sent = await sftp.UploadAsync(source, remote, progress: new ConsoleProgress("Sending"));
    Report("Sent", sent);

    await foreach (var file in sftp.EnumerateAsync(remote, recursive: true))
        Console.WriteLine($"  {file.Mode} {file.Size,10:N0}  {file.FullPath}");

    var command = await session.InvokeCommandAsync("echo Hello from the server");
    Console.WriteLine($"The command wrote \"{command.StandardOutput.Trim()}\" and exited with {command.ExitCode}.");

    var copy = Path.Combine(local, "copy");
    var received = await sftp.DownloadAsync(remote, copy, progress: new ConsoleProgress("Receiving"));
    Report("Received", received);
    await sftp.DeleteAsync(remote, recursive: true);

    var same = HashTree(source) == HashTree(copy);
    Console.WriteLine(same
        ? "The checksums of what was sent and what came back are equal."
        : "The checksums of what was sent and what came back DIFFER.");
    return same && sent.Success && received.Success ? 0 : 1;
}
catch (SftpException e)
{
    Console.Error.WriteLine($"{e.Code}: {e.Message} {e.Advice}");
    return 2;
}
finally
{
    Directory.Delete(local, recursive: true);
}

static SshConnectionOptions ParseDestination(string destination)
{
    var at = destination.LastIndexOf('@');
    return at < 0
        ? new SshConnectionOptions { HostName = destination }
        : new SshConnectionOptions { UserName = destination[..at], HostName = destination[(at + 1)..] };
}

static string WriteSampleFiles(string directory)
{
    Directory.CreateDirectory(Path.Combine(directory, "logs", "old"));
    Directory.CreateDirectory(Path.Combine(directory, "empty"));
    File.WriteAllText(Path.Combine(directory, "read me.txt"), "Names may have spaces, [brackets] and ünïcödé.\n");
    File.WriteAllBytes(Path.Combine(directory, "release.bin"), RandomNumberGenerator.GetBytes(40_000_000));
    for (var i = 1; i <= 20; i++)
        File.WriteAllText(Path.Combine(directory, "logs", i > 10 ? "old" : "", $"{i:d2}.log"), $"Log number {i}.\n");
    return directory;
}

static void Report(string what, TransferResult result)
{
    Console.WriteLine($"{what} {result.FilesTransferred} files, {result.BytesTransferred:N0} bytes, in {result.Duration.TotalSeconds:0.00} s.");
    foreach (var error in result.Errors)
        Console.Error.WriteLine($"  {error.Path}: {error.ErrorMessage}");
}

// One hash over all names and contents, in order.
static string HashTree(string directory)
{
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
    {
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetRelativePath(directory, file)));
        hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
    }

    return Convert.ToHexString(hash.GetHashAndReset());
}

internal sealed class ConsoleProgress(string what) : IProgress<TransferProgress>
{
    public void Report(TransferProgress value) => Console.WriteLine(
        $"  {what}: {value.Percent,5:0.0} %  {value.BytesTransferred,12:N0} bytes  "
        + $"{value.BytesPerSecond / 1e6,7:0.0} MB/s  file {value.CurrentFile} of {value.TotalFiles}");
}
