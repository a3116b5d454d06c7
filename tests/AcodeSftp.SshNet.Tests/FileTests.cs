using System.Globalization;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.SshNet.Tests;

/// <summary>Files through SSH.NET, and the traps on the way.</summary>
[Collection(SshdCollection.Name)]
public sealed class FileTests(SshdFixture sshd) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("acode-sshnet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32 * 1024)]
    [InlineData((32 * 1024) + 1)]
    [InlineData(20_000_003)]
    public async Task A_file_goes_up_and_comes_down_as_it_was(int size)
    {
        var content = Bytes(size);
        await using var open = await OpenAsync();
        var path = Remote("file");

        await using (var file = await open.Files.OpenAsync(path, RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive))
        {
            Assert.Equal(size, await file.WriteRangeAsync(0, long.MaxValue, From(content)));
            Assert.Equal(size, file.AcknowledgedLength);
            await file.CloseAsync();
        }

        Assert.Equal(content, await File.ReadAllBytesAsync(path.Value));
        await using var again = await open.Files.OpenAsync(path, RemoteOpenFlags.Read);
        Assert.Equal(content, await ReadAsync(again, 0, long.MaxValue));
    }

    [SkippableFact]
    public async Task Ranges_are_read_and_written_where_they_belong()
    {
        var content = Bytes(500_000);
        await File.WriteAllBytesAsync(Local("file"), content);
        await using var open = await OpenAsync();

        await using var file = await open.Files.OpenAsync(Remote("file"), RemoteOpenFlags.Read | RemoteOpenFlags.Write);
        Assert.Equal(content[..100_000], await ReadAsync(file, 0, 100_000));
        Assert.Equal(content[123_456..234_567], await ReadAsync(file, 123_456, 234_567 - 123_456));
        Assert.Equal(content[499_000..], await ReadAsync(file, 499_000, long.MaxValue));
        var patch = Bytes(70_001);
        Assert.Equal(patch.Length, await file.WriteRangeAsync(400_000, long.MaxValue, From(patch)));
        Assert.Equal(patch.Length, file.AcknowledgedLength);
        Assert.Equal(40_000, await file.WriteRangeAsync(0, 40_000, From(content)));
        await file.SetAttributesAsync(new RemoteFileAttributes { Size = 450_000 });
        await file.CloseAsync();

        var changed = await File.ReadAllBytesAsync(Local("file"));
        Assert.Equal(content[..400_000].Concat(patch[..50_000]), changed);
    }

    [SkippableFact]
    public async Task Writing_a_range_at_the_start_leaves_the_rest()
    {
        var content = Bytes(200_000);
        await File.WriteAllBytesAsync(Local("file"), content);
        await using var open = await OpenAsync();
        var patch = Bytes(70_000);

        await using (var file = await open.Files.OpenAsync(Remote("file"), RemoteOpenFlags.Write))
        {
            await file.WriteRangeAsync(0, long.MaxValue, From(patch));
            await file.CloseAsync();
        }

        Assert.Equal(patch.Concat(content[70_000..]), await File.ReadAllBytesAsync(Local("file")));
    }

    [SkippableFact]
    public async Task Attributes_are_read_and_set()
    {
        await File.WriteAllTextAsync(Local("file"), "12345");
        await using var open = await OpenAsync();
        var modified = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);

        await open.Files.SetAttributesAsync(
            Remote("file"),
            new RemoteFileAttributes { Mode = 0x1A5, Accessed = modified, Modified = modified });

        var found = await open.Files.StatAsync(Remote("file"));
        Assert.Equal(5, found.Size);
        Assert.Equal(0x1A5u, found.Permissions);
        Assert.Equal(RemoteFileType.RegularFile, found.FileType);
        Assert.Equal(modified, found.Modified);
        var error = await Assert.ThrowsAsync<SftpException>(() => open.Files.SetAttributesAsync(
            Remote("file"), new RemoteFileAttributes { Mode = 0x9FF }));
        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
    }

    // Trap: SSH.NET looks at files by their paths.
    [SkippableFact]
    public async Task An_open_file_keeps_its_size_when_another_takes_its_place()
    {
        await File.WriteAllTextAsync(Local("log"), "twelve bytes");
        await using var open = await OpenAsync();
        await using var file = await open.Files.OpenAsync(Remote("log"), RemoteOpenFlags.Read);

        File.Move(Local("log"), Local("log.1"));
        Assert.Equal(12, (await file.GetAttributesAsync()).Size);
        await File.WriteAllTextAsync(Local("log"), "new");

        Assert.Equal(12, (await file.GetAttributesAsync()).Size);
        Assert.Equal(3, (await open.Files.StatAsync(Remote("log"))).Size);
    }

    [SkippableFact]
    public async Task A_new_file_has_the_permissions_asked_for()
    {
        await using var open = await OpenAsync();

        await using (await open.Files.OpenAsync(
            Remote("private"),
            RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive,
            new RemoteFileAttributes { Mode = 0x180 }))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Local("private")));
        }
    }

    [SkippableFact]
    public async Task A_directory_is_listed_with_strange_names_and_without_dots()
    {
        string[] names = ["a b", "[x]#", "ü", "-rf", "new\nline"];
        foreach (var name in names)
            await File.WriteAllTextAsync(Local(name), "");
        Directory.CreateDirectory(Local("sub"));
        await using var open = await OpenAsync();

        var found = new List<string>();
        await foreach (var entry in open.Files.ReadDirectoryAsync(new RemotePath(_folder)))
        {
            found.Add(entry.Name);
            Assert.Equal(entry.Name == "sub" ? RemoteFileType.Directory : RemoteFileType.RegularFile, entry.Attributes.FileType);
        }

        Assert.Equal([.. names.Append("sub").Order(StringComparer.Ordinal)], found.Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task Failures_have_the_codes_of_this_library_and_name_the_path()
    {
        await using var open = await OpenAsync();
        await File.WriteAllTextAsync(Local("there"), "");
        Directory.CreateDirectory(Local("full"));
        await File.WriteAllTextAsync(Local("full/file"), "");

        Assert.Equal(SftpErrorCode.NotFound, await CodeAsync(() => open.Files.StatAsync(Remote("missing"))));
        Assert.Equal(SftpErrorCode.NotFound, await CodeAsync(() => open.Files.OpenAsync(Remote("missing"), RemoteOpenFlags.Read)));
        Assert.Equal(SftpErrorCode.NotFound, await CodeAsync(() => open.Files.RemoveFileAsync(Remote("missing"))));
        Assert.Equal(SftpErrorCode.Unknown, await CodeAsync(() => open.Files.RemoveDirectoryAsync(Remote("full"))));
        Assert.Equal(SftpErrorCode.Unknown, await CodeAsync(() => open.Files.RenameAsync(Remote("full/file"), Remote("there"))));
        Assert.Equal(SftpErrorCode.InvalidArgument, await CodeAsync(() => open.Files.RemoveFileAsync(Remote("full"))));

        async Task<SftpErrorCode> CodeAsync(Func<Task> call)
        {
            var error = await Assert.ThrowsAsync<SftpException>(call);
            Assert.StartsWith(_folder, error.Path, StringComparison.Ordinal);
            Assert.Equal("127.0.0.1", error.Host);
            return error.Code;
        }
    }

    [SkippableFact]
    public async Task A_refusal_for_lack_of_permission_is_told()
    {
        Skip.IfNot(SshdServer.CanChangeAccounts, "An account without rights needs root and unshare.");
        await using var server = await SshdFixture.StartAsync(new SshdSettings { HasOwnAccount = true });
        await using var connection = await new SshNetTransport().ConnectAsync(server.ConnectionOptions());
        await using var files = await connection.OpenSftpAsync();

        var error = await Assert.ThrowsAsync<SftpException>(
            () => files.CreateDirectoryAsync(new RemotePath("/not-allowed")));

        Assert.Equal(SftpErrorCode.PermissionDenied, error.Code);
    }

    [SkippableFact]
    public async Task A_file_is_put_in_the_place_of_another_in_one_step()
    {
        await File.WriteAllTextAsync(Local("new"), "new");
        await File.WriteAllTextAsync(Local("old"), "old");
        await using var open = await OpenAsync();
        Assert.True(open.Files.Server.Supports(SftpExtensions.PosixRename));

        await open.Files.PosixRenameAsync(Remote("new"), Remote("old"));

        Assert.Equal("new", await File.ReadAllTextAsync(Local("old")));
        Assert.False(File.Exists(Local("new")));
    }

    // Trap: SSH.NET resolves a path before it deletes it, so that the target goes and the link stays.
    [SkippableTheory]
    [InlineData("target")]
    [InlineData("missing")]
    [InlineData("folder")]
    public async Task Removing_a_link_removes_the_link_and_nothing_else(string target)
    {
        await File.WriteAllTextAsync(Local("target"), "kept");
        Directory.CreateDirectory(Local("folder"));
        File.CreateSymbolicLink(Local("link"), Local(target));
        await using var open = await OpenAsync();

        await open.Files.RemoveFileAsync(Remote("link"));

        Assert.DoesNotContain(Local("link"), Directory.EnumerateFileSystemEntries(_folder));
        Assert.Equal("kept", await File.ReadAllTextAsync(Local("target")));
        Assert.True(Directory.Exists(Local("folder")));
    }

    [SkippableFact]
    public async Task A_link_is_looked_at_renamed_and_never_taken_for_its_target()
    {
        Directory.CreateDirectory(Local("folder"));
        await File.WriteAllTextAsync(Local("target"), "kept");
        File.CreateSymbolicLink(Local("link"), Local("target"));
        File.CreateSymbolicLink(Local("folder-link"), Local("folder"));
        await using var open = await OpenAsync();

        Assert.Equal(RemoteFileType.SymbolicLink, (await open.Files.LStatAsync(Remote("link"))).FileType);
        Assert.Equal(RemoteFileType.RegularFile, (await open.Files.StatAsync(Remote("link"))).FileType);
        Assert.Equal(RemoteFileType.SymbolicLink, (await open.Files.LStatAsync(Remote("folder-link"))).FileType);
        await Assert.ThrowsAsync<SftpException>(() => open.Files.RemoveDirectoryAsync(Remote("folder-link")));
        await open.Files.RenameAsync(Remote("link"), Remote("renamed"));

        Assert.True(Directory.Exists(Local("folder")));
        Assert.Equal(Local("target"), new FileInfo(Local("renamed")).LinkTarget);
        Assert.Equal("kept", await File.ReadAllTextAsync(Local("target")));
        await open.Files.PosixRenameAsync(Remote("target"), Remote("renamed"));
        Assert.Null(new FileInfo(Local("renamed")).LinkTarget);
        Assert.Equal("kept", await File.ReadAllTextAsync(Local("renamed")));
    }

    [SkippableFact]
    public async Task What_the_library_cannot_do_with_links_a_shell_does()
    {
        await File.WriteAllTextAsync(Local("file"), "text");
        await using var open = await OpenAsync();

        await open.Files.CreateSymbolicLinkAsync(Remote("link"), "no where;$(touch x)\nat all");
        await open.Files.CreateSymbolicLinkAsync(Remote("other"), "file");
        await open.Files.CreateHardLinkAsync(Remote("file"), Remote("hard"));
        var taken = await Assert.ThrowsAsync<SftpException>(() => open.Files.CreateHardLinkAsync(Remote("file"), Remote("link")));
        var none = await Assert.ThrowsAsync<SftpException>(() => open.Files.ReadLinkAsync(Remote("file")));

        Assert.Equal("no where;$(touch x)\nat all", new FileInfo(Local("link")).LinkTarget);
        Assert.Equal("no where;$(touch x)\nat all", await open.Files.ReadLinkAsync(Remote("link")));
        Assert.Equal("text", await File.ReadAllTextAsync(Local("hard")));
        Assert.Equal(SftpErrorCode.AlreadyExists, taken.Code);
        Assert.NotEqual(SftpErrorCode.Unsupported, none.Code);
        await open.Files.PosixRenameAsync(Remote("other"), Remote("link"));
        Assert.Equal("file", await open.Files.ReadLinkAsync(Remote("link")));
        // As a release is switched: what is replaced leads to a directory.
        Directory.CreateDirectory(Local("release"));
        File.CreateSymbolicLink(Local("current"), "release");
        await open.Files.CreateSymbolicLinkAsync(Remote("next"), "release2");
        await open.Files.PosixRenameAsync(Remote("next"), Remote("current"));
        Assert.Equal("release2", new FileInfo(Local("current")).LinkTarget);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Local("release")));
    }

    // Trap: to SSH.NET a link that leads nowhere looks like nothing at all.
    [SkippableFact]
    public async Task A_link_that_leads_nowhere_is_seen_and_a_missing_file_is_not_there()
    {
        File.CreateSymbolicLink(Local("dangling"), "nowhere");
        await using var open = await OpenAsync();

        Assert.Equal(RemoteFileType.SymbolicLink, (await open.Files.LStatAsync(Remote("dangling"))).FileType);
        await open.Files.CreateSymbolicLinkAsync(Remote("another"), "nowhere");
        Assert.Equal(RemoteFileType.SymbolicLink, (await open.Files.LStatAsync(Remote("another"))).FileType);
        foreach (var look in (Func<RemotePath, CancellationToken, Task<RemoteFileAttributes>>[])[open.Files.LStatAsync, open.Files.StatAsync])
        {
            var error = await Assert.ThrowsAsync<SftpException>(() => look(Remote("missing"), default));
            Assert.Equal(SftpErrorCode.NotFound, error.Code);
        }
    }

    [SkippableFact]
    public async Task Many_links_are_read_by_few_commands()
    {
        for (var i = 0; i < 300; i++)
            File.CreateSymbolicLink(Local($"link {i}"), $"target\n{i}");
        await using var open = await OpenAsync();
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        var targets = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => open.Files.ReadLinkAsync(Remote($"link {i}"))));

        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"target\n{i}"), targets);
        Assert.Equal(SftpErrorCode.NotFound, (await Assert.ThrowsAsync<SftpException>(() => open.Files.ReadLinkAsync(Remote("none")))).Code);
        // A command for each would take several times as long even on an idle machine.
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [SkippableFact]
    public async Task A_directory_that_became_a_link_meanwhile_is_not_taken_for_what_it_was()
    {
        Directory.CreateDirectory(Local("folder"));
        Directory.CreateDirectory(Local("elsewhere"));
        await File.WriteAllTextAsync(Local("folder/file"), "");
        File.CreateSymbolicLink(Local("elsewhere/file"), Local("elsewhere"));
        await using var open = await OpenAsync();
        Assert.Equal(RemoteFileType.RegularFile, (await open.Files.LStatAsync(Remote("folder/file"))).FileType);

        Directory.Move(Local("folder"), Local("was"));
        File.CreateSymbolicLink(Local("folder"), Local("elsewhere"));

        Assert.Equal(RemoteFileType.SymbolicLink, (await open.Files.LStatAsync(Remote("folder/file"))).FileType);
        await open.Files.RemoveFileAsync(Remote("folder/file"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Local("elsewhere")));
        Assert.True(File.Exists(Local("was/file")));
    }

    // A call of SSH.NET's is several requests: what was asked first must be done first all the same.
    [SkippableFact]
    public async Task Requests_on_one_path_are_carried_out_in_the_order_they_were_made()
    {
        await File.WriteAllTextAsync(Local("file"), "");
        await using var open = await OpenAsync();

        for (var i = 0; i < 50; i++)
        {
            var mode = (uint)(0x100 + i);
            var setting = open.Files.SetAttributesAsync(Remote("file"), new RemoteFileAttributes { Mode = mode });
            var looking = open.Files.LStatAsync(Remote("file"));
            await setting;
            Assert.Equal(mode, (await looking).Permissions);
        }
    }

    [SkippableFact]
    public async Task A_link_through_a_linked_directory_is_found_where_it_is()
    {
        Directory.CreateDirectory(Local("folder"));
        File.CreateSymbolicLink(Local("way"), Local("folder"));
        await File.WriteAllTextAsync(Local("folder/file"), "x");
        await using var open = await OpenAsync();

        Assert.Equal(RemoteFileType.RegularFile, (await open.Files.LStatAsync(Remote("way/file"))).FileType);
        await open.Files.RemoveFileAsync(Remote("way/file"));

        Assert.False(File.Exists(Local("folder/file")));
    }

    // Trap: SSH.NET 2024.2 waits for ever for the answer to a write that was refused.
    [SkippableTheory]
    [InlineData(100)]
    [InlineData(3_000_000)]
    [InlineData(40_000_000)]
    public async Task A_refused_write_ends(int size)
    {
        Skip.IfNot(File.Exists("/dev/full"), "There is no /dev/full.");
        await using var open = await OpenAsync(sshd.ConnectionOptions() with { OperationTimeout = TimeSpan.FromSeconds(2) });
        await using var file = await open.Files.OpenAsync(
            new RemotePath("/dev/full"), RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Truncate);

        var error = await Assert.ThrowsAsync<SftpException>(
            () => file.WriteRangeAsync(0, long.MaxValue, From(new byte[size])).WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Equal(SftpErrorCode.Unknown, error.Code);
        Assert.Equal(0, file.AcknowledgedLength);
        Assert.True(open.Connection.IsConnected);
    }

    // Trap: SSH.NET reports progress on many threads at once, in any order.
    [SkippableFact]
    public async Task What_has_arrived_grows_and_never_shrinks()
    {
        await using var open = await OpenAsync();
        await using var file = await open.Files.OpenAsync(Remote("file"), RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive);
        var reported = new List<long>();

        await file.WriteRangeAsync(0, long.MaxValue, From(new byte[32 << 20]), length =>
        {
            lock (reported)
                reported.Add(length);
        });

        lock (reported)
        {
            Assert.True(reported.Count > 10, $"only {reported.Count} reports");
            Assert.Equal(reported.Order(), reported);
            Assert.Equal(32 << 20, reported[^1]);
        }
    }

    // Trap: SSH.NET's calls block, and on threads of the pool they leave none for SSH.NET itself.
    [SkippableFact]
    public async Task Many_transfers_at_once_do_not_starve_the_thread_pool()
    {
        await File.WriteAllBytesAsync(Local("file"), Bytes(300_000));
        await using var open = await OpenAsync();

        var transfers = Enumerable.Range(0, 48).Select(async _ =>
        {
            await using var file = await open.Files.OpenAsync(Remote("file"), RemoteOpenFlags.Read);
            return (await ReadAsync(file, 0, long.MaxValue)).Length;
        }).ToArray();
        // The pool is free while they run: what is queued there starts at once.
        var waits = new List<TimeSpan>();
        var all = Task.WhenAll(transfers);
        while (!all.IsCompleted)
        {
            var queued = System.Diagnostics.Stopwatch.GetTimestamp();
            await Task.Run(() => waits.Add(System.Diagnostics.Stopwatch.GetElapsedTime(queued)));
            await Task.Delay(5);
        }

        Assert.All(await all, length => Assert.Equal(300_000, length));
        Assert.True(waits.Max() < TimeSpan.FromSeconds(3), string.Create(CultureInfo.InvariantCulture, $"waited {waits.Max()}"));
    }

    [SkippableFact]
    public async Task A_transfer_can_be_cancelled_and_leaves_the_connection_usable()
    {
        await using var open = await OpenAsync();
        await using var file = await open.Files.OpenAsync(Remote("file"), RemoteOpenFlags.Write | RemoteOpenFlags.Create | RemoteOpenFlags.Exclusive);
        using var cancel = new CancellationTokenSource();
        var written = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => file.WriteRangeAsync(
            0,
            long.MaxValue,
            (_, buffer, _) =>
            {
                if ((written += buffer.Length) > 1_000_000)
                    cancel.Cancel();
                return ValueTask.FromResult(buffer.Length);
            },
            null,
            cancel.Token).WaitAsync(TimeSpan.FromSeconds(5)));

        Assert.Equal(RemoteFileType.RegularFile, (await open.Files.StatAsync(Remote("file"))).FileType);
    }

    // Trap: SSH.NET takes a connection that was dropped silently for a living one.
    [SkippableFact]
    public async Task A_peer_that_no_longer_answers_is_noticed_and_requests_end()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var open = await OpenAsync(server.ConnectionOptions() with
        {
            KeepAliveInterval = TimeSpan.FromSeconds(1),
            KeepAliveCountMax = 2,
            OperationTimeout = TimeSpan.FromSeconds(60),
        });
        server.FreezeConnections();

        var asking = Assert.ThrowsAsync<SftpException>(() => open.Files.StatAsync(RemotePath.Root));
        await Task.Delay(Timeout.Infinite, open.Connection.Disconnected).WaitAsync(TimeSpan.FromSeconds(15)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        Assert.False(open.Connection.IsConnected);
        Assert.Equal(SftpErrorCode.ConnectionLost, (await asking.WaitAsync(TimeSpan.FromSeconds(2))).Code);
        Assert.Equal(
            SftpErrorCode.ConnectionLost,
            (await Assert.ThrowsAsync<SftpException>(() => open.Files.StatAsync(RemotePath.Root))).Code);
    }

    [SkippableFact]
    public async Task A_request_without_an_answer_is_given_up_in_time()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var open = await OpenAsync(server.ConnectionOptions() with
        {
            KeepAliveInterval = TimeSpan.Zero,
            OperationTimeout = TimeSpan.FromSeconds(1),
        });
        server.FreezeConnections();

        var error = await Assert.ThrowsAsync<SftpException>(() => open.Files.StatAsync(RemotePath.Root)).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(SftpErrorCode.Timeout, error.Code);
    }

    [SkippableFact]
    public async Task A_connection_that_is_killed_is_noticed()
    {
        await using var server = await SshdFixture.StartAsync();
        await using var open = await OpenAsync(server.ConnectionOptions());
        server.KillConnections();

        await Task.Delay(Timeout.Infinite, open.Connection.Disconnected).WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        Assert.False(open.Connection.IsConnected);
        Assert.Equal(
            SftpErrorCode.ConnectionLost,
            (await Assert.ThrowsAsync<SftpException>(() => open.Files.StatAsync(RemotePath.Root))).Code);
    }

    [SkippableFact]
    public async Task What_the_library_cannot_do_is_refused_and_the_other_transport_named()
    {
        // No shell either.
        await using var server = await SshdFixture.StartAsync(new SshdSettings { ConfigLines = ["ForceCommand internal-sftp"] });
        await File.WriteAllTextAsync(Local("file"), "");
        File.CreateSymbolicLink(Local("old"), "file");
        await using var open = await OpenAsync(server.ConnectionOptions() with { OperationTimeout = TimeSpan.FromSeconds(3) });
        Func<Task>[] impossible =
        [
            async () => await open.Files.ReadLinkAsync(Remote("file")),
            async () => await open.Files.CreateHardLinkAsync(Remote("file"), Remote("other")),
            async () => await open.Files.CreateSymbolicLinkAsync(Remote("link"), "relative"),
            async () => await open.Files.PosixRenameAsync(Remote("file"), Remote("old")),
            async () => await open.Files.SetLinkAttributesAsync(Remote("file"), RemoteFileAttributes.None),
            async () => await open.Files.ExpandPathAsync(new RemotePath("~")),
        ];

        foreach (var call in impossible)
        {
            var error = await Assert.ThrowsAsync<SftpException>(call);
            Assert.Equal(SftpErrorCode.Unsupported, error.Code);
            Assert.Contains("-Transport OpenSsh", error.Advice, StringComparison.Ordinal);
        }
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private static RemoteBlockSource From(byte[] content)
    {
        var position = 0;
        return (_, buffer, _) =>
        {
            var count = Math.Min(buffer.Length, content.Length - position);
            content.AsMemory(position, count).CopyTo(buffer);
            position += count;
            return ValueTask.FromResult(count);
        };
    }

    private static async Task<byte[]> ReadAsync(IRemoteFile file, long offset, long length)
    {
        using var content = new MemoryStream();
        var read = await file.ReadRangeAsync(offset, length, (at, block, _) =>
        {
            Assert.Equal(offset + content.Length, at);
            content.Write(block.Span);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(content.Length, read);
        return content.ToArray();
    }

    private string Local(string name) => Path.Combine(_folder, name);

    private RemotePath Remote(string name) => new(Local(name));

    private async Task<OpenFiles> OpenAsync(SshConnectionOptions? options = null)
    {
        var connection = await new SshNetTransport().ConnectAsync(options ?? sshd.ConnectionOptions());
        return new OpenFiles(connection, await connection.OpenSftpAsync());
    }

    private sealed record OpenFiles(ISshConnection Connection, IRemoteFileSystem Files) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Files.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }
}
