using System.Diagnostics;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer;

/// <summary>The shell that computes checksums, run by the real shell of this machine.</summary>
public sealed class ChecksumProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("acode-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [SkippableTheory]
    [InlineData("plain")]
    [InlineData(" leading and trailing ")]
    [InlineData("-rf")]
    [InlineData("it's \"quoted\" \\n $HOME `id` !")]
    [InlineData("tab\tü😀")]
    public async Task It_hashes_whole_files_and_their_first_bytes_whatever_they_are_called(string name)
    {
        Skip.IfNot(File.Exists("/bin/sh"), "There is no /bin/sh.");
        var content = RandomBytes(100_000);
        var path = Path.Join(_directory, name);
        File.WriteAllBytes(path, content);
        await using var process = await StartAsync(new LocalShell("/bin/sh"));

        Assert.Equal(Sha256(content), await process.HashAsync(path, null, content.Length).WaitAsync(Limit));
        Assert.Equal(Sha256(content[..777]), await process.HashAsync(path, 777, 777).WaitAsync(Limit));
    }

    [SkippableTheory]
    [InlineData("plain", 0)]
    [InlineData("plain", 80_000_000)]
    [InlineData("-rf it's \"quoted\" $HOME \\n", 64 * 1024 * 1024)]
    public async Task It_hashes_a_file_while_it_grows(string name, int length)
    {
        Skip.IfNot(File.Exists("/bin/sh"), "There is no /bin/sh.");
        var content = RandomBytes(length);
        var path = Path.Join(_directory, name);
        using var room = new SemaphoreSlim(0);
        using var file = File.Create(path);
        using (var followed = new FollowedHash(StartAsync(new LocalShell("/bin/sh")), path, Limit, room))
        {
            for (var at = 0; at < length; at += 3_000_000)
            {
                file.Write(content.AsSpan(at, Math.Min(3_000_000, length - at)));
                file.Flush();
                followed.Reach(file.Length);
            }

            Assert.Equal(Sha256(content), await followed.EndAsync(default).WaitAsync(Limit));
        }

        Assert.True(await room.WaitAsync(Limit));
    }

    [SkippableFact]
    public async Task A_file_that_cannot_be_followed_has_no_hash_and_nothing_fails()
    {
        Skip.IfNot(File.Exists("/bin/false"), "There is no /bin/false.");
        using var room = new SemaphoreSlim(0);
        using (var followed = new FollowedHash(StartAsync(new LocalShell("/bin/false")), "/x", Limit, room))
        {
            followed.Reach(100_000_000);
            followed.Reach(200_000_000);

            Assert.Null(await followed.EndAsync(default).WaitAsync(Limit));
        }

        Assert.True(await room.WaitAsync(Limit));
    }

    [SkippableFact]
    public async Task Many_requests_follow_each_other_and_each_gets_its_own_answer()
    {
        Skip.IfNot(File.Exists("/bin/sh"), "There is no /bin/sh.");
        var contents = Enumerable.Range(0, 50).Select(i => RandomBytes(i * 10, i)).ToList();
        for (var i = 0; i < contents.Count; i += 2)
            File.WriteAllBytes(Path.Join(_directory, $"{i}"), contents[i]);
        await using var process = await StartAsync(new LocalShell("/bin/sh"));

        var hashes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => process.HashAsync(Path.Join(_directory, $"{i}"), null, 10))).WaitAsync(Limit);

        // Every other file is missing, and a directory is none.
        Assert.Equal(contents.Select((content, i) => i % 2 == 0 ? Sha256(content) : null), hashes);
        Assert.Null(await process.HashAsync(_directory, null, 10).WaitAsync(Limit));
    }

    // Some are said to be so large that they go to the tool for what is much, and some requests arrive in pieces.
    [SkippableTheory]
    [InlineData(10, "sh", int.MaxValue)]
    [InlineData(10, "sh", 101)]
    [InlineData(1_000_000, "sh", int.MaxValue)]
    [InlineData(10, "bash --posix", 101)]
    [InlineData(10, "busybox sh", 101)]
    [InlineData(10, "mksh", 101)]
    [InlineData(10, "zsh --emulate sh", 101)]
    public async Task Odd_names_among_many_do_not_shift_the_answers(long size, string shell, int pieces)
    {
        Skip.IfNot(File.Exists("/bin/sh"), "There is no /bin/sh.");
        var program = shell.Split(' ')[0];
        Skip.IfNot(File.Exists("/bin/" + program) || File.Exists("/usr/bin/" + program), $"There is no {program}.");
        var decoy = new string('a', 64);
        string[] names = ["plain", "back\\slash", decoy, $"{decoy}  {decoy}", "-b", "missing", "*", "\u00fc \ud83d\ude00", "$(id)", "last"];
        foreach (var name in names.Where(name => name != "missing"))
            File.WriteAllText(Path.Join(_directory, name), name);
        await using var process = await StartAsync(new LocalShell("/bin/sh", "exec " + shell, pieces), isFar: true);

        // The first few alone, the others together.
        var hashes = await Task.WhenAll(names.Select(name => process.HashAsync(Path.Join(_directory, name), null, size))).WaitAsync(Limit);

        Assert.Equal(names.Select(name => name == "missing" ? null : Sha256(System.Text.Encoding.UTF8.GetBytes(name))), hashes);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("sha256sum: /x: Permission denied", null)]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adx", null)]
    [InlineData("\\ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  /a\\\\b", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Only_a_hash_at_the_start_of_a_line_counts(string line, string? hash) =>
        Assert.Equal(hash, ChecksumTool.FindLeadingHash(line));

    [SkippableFact]
    public async Task A_server_without_tools_is_known_as_one()
    {
        Skip.IfNot(File.Exists("/bin/sh"), "There is no /bin/sh.");
        await using var process = await StartAsync(new LocalShell("/bin/sh", "PATH=/nonexistent exec /bin/sh"));

        Assert.Null(await process.HashAsync("/etc/passwd", null, 10).WaitAsync(Limit));
        Assert.True(process.HasNoTool);
    }

    [SkippableFact]
    public async Task An_account_that_gets_another_program_fails_and_does_not_hang()
    {
        Skip.IfNot(File.Exists("/bin/false"), "There is no /bin/false.");
        await using var process = await StartAsync(new LocalShell("/bin/false"));

        await Assert.ThrowsAsync<SftpException>(() => process.HashAsync("/etc/passwd", null, 10).WaitAsync(Limit));
        await Assert.ThrowsAsync<SftpException>(() => process.HashAsync("/etc/passwd", null, 10).WaitAsync(Limit));
        Assert.True(process.HasEnded);
    }

    [Fact]
    public void A_path_that_would_be_two_lines_is_not_asked_for()
    {
        Assert.False(ChecksumProcess.CanAskFor("a\nall\n/etc/passwd"));
        Assert.True(ChecksumProcess.CanAskFor("/a b"));
    }

    private static Task<ChecksumProcess> StartAsync(LocalShell shell, bool isFar = false) =>
        ChecksumProcess.StartAsync(shell, () => isFar, default);

    // A connection whose server is this machine: it runs commands as a login shell does, and nothing else.
    private sealed class LocalShell(string shell, string instead = "exec sh", int pieces = int.MaxValue) : ISshConnection
    {
        public string ConnectionId => "local";

        public string HostName => "localhost";

        public int Port => 22;

        public string UserName => Environment.UserName;

        public string? ServerVersion => null;

        public bool IsConnected => true;

        public CancellationToken Disconnected => default;

        public Task<IRemoteCommand> ExecuteAsync(RemoteCommandRequest request, CancellationToken cancellationToken = default)
        {
            var start = new ProcessStartInfo(shell)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(request.Command.Replace("exec sh", instead, StringComparison.Ordinal));
            return Task.FromResult<IRemoteCommand>(new LocalCommand(Process.Start(start)!, pieces));
        }

        public Task<IRemoteFileSystem> OpenSftpAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<TimeSpan> PingAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class LocalCommand(Process process, int pieces) : IRemoteCommand
    {
        public Stream StandardInput => pieces == int.MaxValue ? process.StandardInput.BaseStream : new StreamInPieces(process.StandardInput.BaseStream, pieces);

        public Stream StandardOutput => process.StandardOutput.BaseStream;

        public Stream StandardError => process.StandardError.BaseStream;

        public Task<RemoteCommandExit> Completion => throw new NotSupportedException();

        public Task SendSignalAsync(string signal, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    // What a line with small packets makes of it.
    private sealed class StreamInPieces(Stream stream, int length) : SequentialStream
    {
        public override bool CanWrite => true;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var at = 0; at < buffer.Length; at += length)
            {
                await stream.WriteAsync(buffer[at..Math.Min(at + length, buffer.Length)], cancellationToken);
                await Task.Delay(15, cancellationToken);
            }
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);
    }
}
