using System.Diagnostics;
using System.Text;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;
using static AcodeSftp.Core.Tests.FileTransfer.ChannelTests;

namespace AcodeSftp.Core.Tests.FileTransfer;

public class UploadTests
{
    [Fact]
    [Trait("Requirement", "FR-030C-21")]
    [Trait("Requirement", "FR-030C-22")]
    [Trait("Requirement", "FR-030C-35")]
    [Trait("Requirement", "FR-030C-36")]
    [Trait("Requirement", "AC-011")]
    [Trait("Requirement", "AC-023")]
    [Trait("Requirement", "AC-024")]
    [Trait("Requirement", "AC-029")]
    [Trait("Requirement", "UT-030C-10")]
    public async Task Upload_puts_the_content_times_and_permissions_in_place()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var content = RandomBytes(3_000_000);
        var local = server.WriteLocal("a.bin", content);
        var time = new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(local, time);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(local, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead);

        var result = await channel.UploadAsync(local, "/home/user/a.bin", server.Upload, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.Equal(content, server.Host.ReadFile("/home/user/a.bin"));
        var attributes = server.Host.GetAttributes("/home/user/a.bin")!;
        Assert.Equal(time, attributes.Modified!.Value.UtcDateTime);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(Mode("540"), attributes.Permissions);
        var file = Assert.Single(result.Files);
        Assert.Equal(Sha256(content), file.Checksum);
        Assert.Equal(TransferVerification.Checksum, file.Verification);
        Assert.True(result.ChecksumVerified);
        Assert.False(result.WasResumed);
        Assert.Equal(content.Length, result.BytesTransferred);
        Assert.Equal("/home/user/a.bin", file.RemoteFile!.FullPath);
        Assert.Equal(content.Length, file.RemoteFile.Size);
        Assert.Empty(server.RemoteLeftovers("/home/user"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65536)]
    [InlineData(1_048_577)]
    public async Task Upload_of_any_size_arrives_whole(int size)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var content = RandomBytes(size);

        var result = await channel.UploadAsync(server.WriteLocal("a", content), "a", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.Equal(content, server.Host.ReadFile("/home/user/a"));
        Assert.Equal(size, result.BytesTransferred);
        Assert.True(result.ChecksumVerified);
    }

    [Fact]
    [Trait("Requirement", "FR-030C-39")]
    [Trait("Requirement", "FR-030C-40")]
    [Trait("Requirement", "AC-026")]
    [Trait("Requirement", "AC-027")]
    [Trait("Requirement", "UT-030C-08")]
    [Trait("Requirement", "SFTP-014")]
    public async Task Upload_replaces_the_destination_in_one_step()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var old = RandomBytes(1000, 1);
        var content = RandomBytes(500_000, 2);
        server.Host.WriteFile("/home/user/a", old);
        var before = new List<bool>();
        uint? modeWhileWriting = null;
        string? temporary = null;
        server.Host.Options.OnRequest = request =>
        {
            before.Add(server.Host.ReadFile("/home/user/a").AsSpan().SequenceEqual(old));
            if (request.Name == "Write")
            {
                temporary = request.Path;
                modeWhileWriting = server.Host.GetAttributes(temporary!)!.Permissions;
            }
        };

        var result = await channel.UploadAsync(server.WriteLocal("a", content), "/home/user/a", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.All(before, Assert.True);
        Assert.Equal(Mode("600"), modeWhileWriting);
        Assert.StartsWith("/home/user/.~tmp.a.", temporary);
        Assert.Equal(content, server.Host.ReadFile("/home/user/a"));
        Assert.Equal(["a"], server.Host.List("/home/user"));
    }

    [Fact]
    public async Task Upload_replaces_by_stepping_aside_where_the_server_has_no_replacing_rename()
    {
        var (server, channel) = await StartAsync(options => options.Extensions.Remove(SftpExtensions.PosixRename));
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "old");

        var result = await channel.UploadAsync(server.WriteLocal("a", "new"), "/home/user/a", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.Equal("new"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
        Assert.Equal(["a"], server.Host.List("/home/user"));
    }

    [Fact]
    public async Task The_old_file_comes_back_when_its_successor_cannot_be_put_in_place()
    {
        var (server, channel) = await StartAsync(options => options.Extensions.Remove(SftpExtensions.PosixRename));
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "old");
        var renames = 0;
        server.Host.Options.OnRequest = request =>
        {
            // Temporary to destination is refused, destination aside succeeds, temporary to destination fails,
            // and the way back is free again.
            if (request.Name == "Rename" && ++renames is 3 or 4)
                server.Host.Options.IsReadOnly = renames == 3;
        };

        var result = await channel.UploadAsync(server.WriteLocal("a", "new"), "/home/user/a", server.Upload, null, server.Token);
        server.Host.Options.IsReadOnly = false;

        Assert.False(result.Success);
        Assert.Equal(4, renames);
        Assert.Equal("old"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [Trait("Requirement", "FR-030C-34")]
    [Trait("Requirement", "AC-022")]
    [Trait("Requirement", "SFTP-015")]
    public async Task Upload_refuses_to_replace_when_it_is_told_so(bool posixRename, bool atomic)
    {
        var (server, channel) = await StartAsync(options =>
        {
            if (!posixRename)
                options.Extensions.Remove(SftpExtensions.PosixRename);
        });
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "old");
        var options = server.Upload with { Overwrite = false, UseAtomicRename = atomic };

        var refused = await channel.UploadAsync(server.WriteLocal("a", "new"), "/home/user/a", options, null, server.Token);
        var accepted = await channel.UploadAsync(server.Local("a"), "/home/user/b", options, null, server.Token);

        Assert.False(refused.Success);
        Assert.Equal(SftpErrorCode.AlreadyExists, ((SftpException)Assert.Single(refused.Errors).Exception!).Code);
        Assert.True(accepted.Success);
        Assert.Equal("old"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
        Assert.Equal(["a", "b"], server.Host.List("/home/user"));
    }

    [Fact]
    public async Task Without_overwrite_the_commit_itself_refuses_a_file_that_came_meanwhile()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Rename")
                server.Host.WriteFile("/home/user/a", "somebody else's");
        };

        var result = await channel.UploadAsync(
            server.WriteLocal("a", "new"), "/home/user/a", server.Upload with { Overwrite = false }, null, server.Token);

        Assert.False(result.Success);
        Assert.Equal("somebody else's"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
        Assert.Equal(["a"], server.Host.List("/home/user"));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-38")]
    [Trait("Requirement", "AC-025")]
    [Trait("Requirement", "SFTP-012")]
    public async Task Upload_creates_missing_parents_or_leaves_that_alone()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var local = server.WriteLocal("a");

        var created = await channel.UploadAsync(local, "x/y/z/a", server.Upload, null, server.Token);
        var refused = await channel.UploadAsync(
            local, "/home/user/p/q/a", server.Upload with { CreateParentDirectories = false }, null, server.Token);

        Assert.True(created.Success);
        Assert.True(server.Host.Exists("/home/user/x/y/z/a"));
        Assert.Equal(TransferErrorType.FileNotFound, Assert.Single(refused.Errors).Type);
        Assert.False(server.Host.Exists("/home/user/p"));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-41")]
    [Trait("Requirement", "AC-028")]
    [Trait("Requirement", "NFR-030C-14")]
    public async Task A_full_disk_is_told_as_such_and_nothing_is_left_behind_or_lost()
    {
        var (server, channel) = await StartAsync(options => options.Capacity = 2_000_000);
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "old");

        var result = await channel.UploadAsync(
            server.WriteLocal("a", RandomBytes(5_000_000)), "/home/user/a", server.Upload, null, server.Token);

        var error = Assert.Single(result.Errors);
        Assert.Equal(TransferErrorType.DiskFull, error.Type);
        Assert.Equal("old"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
        Assert.Equal(["a"], server.Host.List("/home/user"));
    }

    [Fact]
    public async Task Permission_denied_names_the_path()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.CreateDirectory("/home/user/shut");
        await channel.ChmodAsync("/home/user/shut", Mode("555"), server.Token);

        var result = await channel.UploadAsync(server.WriteLocal("a"), "/home/user/shut/a", server.Upload, null, server.Token);

        var error = Assert.Single(result.Errors);
        Assert.Equal(TransferErrorType.PermissionDenied, error.Type);
        Assert.Contains("/home/user/shut/", ((SftpException)error.Exception!).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_is_never_replaced_by_a_file()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a/inside", "x");

        var result = await channel.UploadAsync(server.WriteLocal("a"), "/home/user/a", server.Upload, null, server.Token);

        Assert.Equal(SftpErrorCode.AlreadyExists, ((SftpException)Assert.Single(result.Errors).Exception!).Code);
        Assert.Equal(["a"], server.Host.List("/home/user"));
        Assert.True(server.Host.Exists("/home/user/a/inside"));
    }

    [Fact]
    public async Task Upload_to_a_link_replaces_what_it_leads_to_and_not_the_link()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/real/file", "old");
        await channel.FileSystem.CreateSymbolicLinkAsync(new("/home/user/link"), "real/file", server.Token);

        var result = await channel.UploadAsync(server.WriteLocal("a", "new"), "/home/user/link", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.Equal("new"u8.ToArray(), server.Host.ReadFile("/home/user/real/file"));
        Assert.Equal(RemoteFileType.SymbolicLink, server.Host.GetAttributes("/home/user/link")!.FileType);
        Assert.Empty(server.RemoteLeftovers("/home/user").Concat(server.RemoteLeftovers("/home/user/real")));
    }

    [Fact]
    public async Task A_missing_source_is_thrown()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        await ThrowsAsync(SftpErrorCode.NotFound, () => channel.UploadAsync(server.Local("none"), "a", server.Upload, null, server.Token));
        Assert.Empty(server.Host.List("/home/user"));
    }

    [Fact]
    public async Task A_server_that_refuses_attributes_gets_the_file_and_a_warning()
    {
        var (server, channel) = await StartAsync(options => options.RefuseSetAttributes = true);
        await using var _ = server;

        var result = await channel.UploadAsync(server.WriteLocal("a"), "a", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.NotEmpty(result.Warnings);
        Assert.Equal("content"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
    }

    [Fact]
    public async Task A_checksum_that_differs_is_tried_once_more_and_then_the_old_file_stays()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "old");
        var writes = 0;
        server.Host.Options.OnWrite = (_, _, data) =>
        {
            writes++;
            data.Span[0] ^= 1;
        };

        var result = await channel.UploadAsync(server.WriteLocal("a", "new content"), "/home/user/a", server.Upload, null, server.Token);

        Assert.Equal(TransferErrorType.ChecksumMismatch, Assert.Single(result.Errors).Type);
        Assert.Equal(2, writes);
        Assert.Equal("old"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
        Assert.Equal(["a"], server.Host.List("/home/user"));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-42")]
    public async Task A_checksum_that_differs_once_costs_a_second_attempt_only()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var spoiled = false;
        server.Host.Options.OnWrite = (_, _, data) =>
        {
            if (!spoiled)
                data.Span[0] ^= 1;
            spoiled = true;
        };
        var progress = new List<long>();

        var result = await channel.UploadAsync(
            server.WriteLocal("a", "new content"), "a", server.Upload, new DirectProgress(sample => progress.Add(sample.BytesTransferred)), server.Token);

        Assert.True(result.Success);
        Assert.True(result.ChecksumVerified);
        Assert.Equal("new content"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
        Assert.Equal(progress.Order(), progress);
        Assert.Equal(11, progress[^1]);
    }

    [Fact]
    public async Task Without_verification_no_command_is_run_and_the_result_says_by_size_only()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;

        var result = await channel.UploadAsync(
            server.WriteLocal("a"), "a", server.Upload with { VerifyChecksum = false }, null, server.Token);

        Assert.Equal(TransferVerification.Size, Assert.Single(result.Files).Verification);
        Assert.False(result.ChecksumVerified);
        Assert.Empty(server.Host.CommandsRun);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "FR-030C-43")]
    public async Task A_file_of_another_size_than_was_sent_is_not_put_in_place(bool verify)
    {
        var (server, channel) = await StartAsync(options => options.RefuseCommands = true);
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "old");
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "LStat" && request.Path!.Contains(".~tmp.", StringComparison.Ordinal)
                && server.Host.GetAttributes(request.Path)?.Size == 11)
                server.Host.WriteFile(request.Path, "spoilt");
        };

        var result = await channel.UploadAsync(
            server.WriteLocal("a", "new content"), "a", server.Upload with { VerifySize = verify }, null, server.Token);

        Assert.Equal(!verify, result.Success);
        Assert.Equal(verify ? "old" : "spoilt", Encoding.UTF8.GetString(server.Host.ReadFile("/home/user/a")));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "FR-030C-37")]
    public async Task The_owner_is_kept_where_that_is_asked_for_and_not_otherwise(bool preserve)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "Giving a file away takes root.");
        var (server, channel) = await StartAsync(options => options.UserId = 0);
        await using var _ = server;
        var local = server.WriteLocal("a");
        using (var chown = Process.Start("chown", ["1234:2345", local]))
            await chown.WaitForExitAsync(server.Token);

        Assert.False(UploadOptions.Default.PreserveOwner);
        var result = await channel.UploadAsync(
            local, "a", preserve ? server.Upload with { PreserveOwner = true } : server.Upload, null, server.Token);

        Assert.True(result.Success);
        var attributes = server.Host.GetAttributes("/home/user/a")!;
        Assert.Equal(preserve ? (1234u, 2345u) : (0u, server.Host.Options.GroupId), (attributes.UserId, attributes.GroupId));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-62")]
    [Trait("Requirement", "AC-044")]
    public async Task A_server_without_commands_verifies_by_size_and_the_result_says_so()
    {
        var (server, channel) = await StartAsync(options => options.RefuseCommands = true);
        await using var _ = server;

        var result = await channel.UploadAsync(server.WriteLocal("a"), "a", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.False(result.ChecksumVerified);
        Assert.Equal(TransferVerification.Size, Assert.Single(result.Files).Verification);
    }

    [Fact]
    public async Task A_source_that_shrinks_while_it_is_read_is_an_error_and_not_a_short_file()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(3_000_000));
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Write")
                File.WriteAllBytes(local, RandomBytes(Random.Shared.Next(1, 1000)));
        };

        var result = await channel.UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);

        Assert.Contains("changed while", Assert.Single(result.Errors).ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(server.Host.List("/home/user"));
    }

    [Fact]
    public async Task A_source_that_grows_while_it_is_read_is_an_error()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(300_000));
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Write")
                File.AppendAllText(local, "more");
        };

        var result = await channel.UploadAsync(local, "/home/user/a", server.Upload, null, server.Token);

        Assert.Contains("changed while", Assert.Single(result.Errors).ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(server.Host.List("/home/user"));
    }

    [Fact]
    [Trait("Requirement", "FR-030C-27")]
    [Trait("Requirement", "AC-016")]
    [Trait("Requirement", "UT-030C-06")]
    public async Task A_smaller_chunk_makes_smaller_requests()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var largest = 0;
        server.Host.Options.OnWrite = (_, _, data) => largest = Math.Max(largest, data.Length);
        var local = server.WriteLocal("a", RandomBytes(400_000));

        await channel.UploadAsync(local, "a", server.Upload with { ChunkSizeBytes = 8192 }, null, server.Token);
        var small = largest;
        await channel.UploadAsync(local, "a", server.Upload, null, server.Token);

        Assert.Equal(8192, small);
        Assert.True(largest > TransferOptions.DefaultChunkSizeBytes);
        Assert.Equal(65536, new UploadOptions().ChunkSizeBytes);
        await ThrowsAsync(SftpErrorCode.InvalidArgument, () =>
            channel.UploadAsync(local, "a", server.Upload with { ChunkSizeBytes = 0 }, null, server.Token));
    }

    [Fact]
    public async Task In_place_upload_writes_the_destination_itself()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "a longer old content");
        var written = new HashSet<string?>();
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Write")
                written.Add(request.Path);
        };

        var result = await channel.UploadAsync(
            server.WriteLocal("a", "new"), "/home/user/a", server.Upload with { UseAtomicRename = false }, null, server.Token);

        Assert.True(result.Success);
        Assert.Equal(["/home/user/a"], written);
        Assert.Equal("new"u8.ToArray(), server.Host.ReadFile("/home/user/a"));
    }

    [SkippableFact]
    public async Task A_named_pipe_is_refused_and_does_not_hang()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no named pipes in directories.");
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("tree/file");
        System.Diagnostics.Process.Start("mkfifo", server.Local("tree", "pipe")).WaitForExit();

        var result = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload, null, server.Token);
        var alone = await channel.UploadAsync(server.Local("tree", "pipe"), "pipe", server.Upload, null, server.Token);

        Assert.True(result.Success);
        Assert.Contains("named pipe", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal(["file"], server.Host.List("/home/user/tree"));
        Assert.Contains("named pipe", Assert.Single(alone.Errors).ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("-rf")]
    [InlineData("quote'and\"double")]
    [InlineData("back\\slash")]
    [InlineData("[brackets]#hash?star*")]
    [InlineData("new\nline")]
    [InlineData("emoji 😀 ü")]
    [InlineData("$(touch x)`y`;&|")]
    public async Task Odd_names_arrive_as_they_are_and_are_verified(string name)
    {
        if (OperatingSystem.IsWindows())
            return;
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.WriteLocal("tree/" + name, "odd");

        var result = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.True(result.ChecksumVerified);
        Assert.Equal([name], server.Host.List("/home/user/tree"));
    }

    [Fact]
    public async Task A_name_of_255_bytes_gets_a_temporary_name_that_is_no_longer()
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var name = string.Concat(Enumerable.Repeat("ü", 127)) + "x";
        string? temporary = null;
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == "Write")
                temporary = request.Path;
        };

        var result = await channel.UploadAsync(server.WriteLocal(name), name, server.Upload, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(new RemotePath(temporary!).Name), 1, 255);
    }

    [Fact]
    public async Task A_partial_file_of_another_transfer_at_our_place_is_never_put_in_place()
    {
        var (server, channel) = await StartAsync(options => options.RefuseCommands = true);
        await using var _ = server;
        var content = RandomBytes(200_000);
        string? taken = null;
        server.Host.Options.OnRequest = request =>
        {
            // Another machine takes the same name while we have the file open.
            if (request.Name == "FSetStat" && taken is null)
                server.Host.WriteFile(taken = request.Path!, "partial");
        };

        var result = await channel.UploadAsync(server.WriteLocal("a", content), "/home/user/a", server.Upload, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.Equal(content, server.Host.ReadFile("/home/user/a"));
    }

    [SkippableFact]
    public async Task A_device_or_a_pipe_is_never_replaced_by_a_file()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no named pipes in directories.");
        var (server, channel) = await StartAsync();
        await using var _ = server;
        server.Host.WriteFile("/home/user/a", "x");
        System.Diagnostics.Process.Start("mkfifo", server.Local("pipe")).WaitForExit();

        var result = await channel.DownloadAsync("a", server.Local("pipe"), server.Download, null, server.Token);

        Assert.Equal(SftpErrorCode.AlreadyExists, ((SftpException)Assert.Single(result.Errors).Exception!).Code);
        Assert.Equal(["pipe"], Directory.EnumerateFileSystemEntries(server.LocalDirectory).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transfer_without_verification_resumes_as_well(bool upload)
    {
        var (server, channel) = await StartAsync();
        await using var _ = server;
        var content = RandomBytes(6_000_000);
        var local = server.WriteLocal("a", content);
        server.Host.WriteFile("/home/user/b", content);
        server.Host.AddReply("head -c *", command =>
        {
            var length = int.Parse(command.CommandLine.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
            return new Protocol.Embedded.EmbeddedReply(Sha256(content[..length]));
        });
        var requests = 0;
        server.Host.Options.OnRequest = request =>
        {
            if (request.Name == (upload ? "Write" : "Read") && ++requests == 20)
                throw new IOException("The line was cut.");
        };

        async Task<TransferResult> RunAsync(ISftpChannel on) => upload
            ? await on.UploadAsync(local, "c", server.Upload with { VerifyChecksum = false }, null, server.Token)
            : await on.DownloadAsync("b", server.Local("c"), server.Download with { VerifyChecksum = false }, null, server.Token);

        Assert.False((await RunAsync(channel)).Success);
        var resumed = await RunAsync(await server.ConnectAsync());

        Assert.True(resumed.Success, string.Join("; ", resumed.Errors));
        Assert.True(resumed.WasResumed);
        Assert.Equal(content, upload ? server.Host.ReadFile("/home/user/c") : File.ReadAllBytes(server.Local("c")));
    }
}
