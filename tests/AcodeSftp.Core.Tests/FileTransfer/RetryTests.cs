using AcodeSftp.FileTransfer;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Sessions;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer;

/// <summary>What a transfer does by itself when its connection is lost.</summary>
public class RetryTests
{
    private const int Size = 12_000_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "NFR-030C-13")]
    public async Task A_file_whose_connection_is_lost_many_times_arrives_as_long_as_it_comes_further(bool upload)
    {
        var (server, channel) = await StartAsync(settings: ThreeAttempts);
        await using var _ = server;
        var content = RandomBytes(Size);
        var local = server.WriteLocal("a", content);
        server.Host.WriteFile("/home/user/b", content);
        var requests = 0;
        server.Host.Options.OnRequest = seen =>
        {
            if (seen.Name == (upload ? "Write" : "Read") && ++requests % 40 == 0)
                throw new IOException("The line was cut.");
        };

        var result = upload
            ? await channel.UploadAsync(local, "b", server.Upload, null, server.Token)
            : await channel.DownloadAsync("b", server.Local("c"), server.Download, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.True(result.WasResumed);
        Assert.InRange(Assert.Single(result.Files).ResumedFrom, 1, Size);
        Assert.Equal(content, upload ? server.Host.ReadFile("/home/user/b") : File.ReadAllBytes(server.Local("c")));
        Assert.Empty(server.RemoteLeftovers("/home/user"));
    }

    [Fact]
    public async Task A_file_that_comes_no_further_is_given_up_after_three_attempts()
    {
        var (server, channel) = await StartAsync(settings: ThreeAttempts);
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(100_000));
        var attempts = 0;
        server.Host.Options.OnRequest = seen =>
        {
            if (seen.Name != "Write")
                return;
            attempts++;
            throw new IOException("The line was cut.");
        };

        var result = await channel.UploadAsync(local, "b", server.Upload, null, server.Token);

        Assert.Equal(TransferErrorType.ConnectionLost, Assert.Single(result.Errors).Type);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task What_would_fail_again_is_not_tried_again()
    {
        var (server, channel) = await StartAsync(options => options.Capacity = 50_000, ThreeAttempts);
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(100_000));
        var opened = 0;
        server.Host.Options.OnRequest = seen => opened += seen.Name == "Open" ? 1 : 0;

        var result = await channel.UploadAsync(local, "b", server.Upload, null, server.Token);

        Assert.Equal(TransferErrorType.DiskFull, Assert.Single(result.Errors).Type);
        Assert.Equal(1, opened);
        Assert.Equal(0, server.Sessions[0].ReconnectCount);
        Assert.Empty(server.RemoteLeftovers("/home/user"));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task A_rename_that_is_lost_is_repeated_only_where_it_was_not_done(bool wasDone, bool overwrite)
    {
        var (server, channel) = await StartAsync(settings: ThreeAttempts);
        await using var _ = server;
        var content = RandomBytes(100_000);
        var local = server.WriteLocal("a", content);
        if (overwrite)
            server.Host.WriteFile("/home/user/b", "old");
        int renames = 0, writes = 0;
        server.Host.Options.OnRequest = seen =>
        {
            writes += seen.Name == "Write" ? 1 : 0;
            if (IsRename(seen) && ++renames == 1 && !wasDone)
                throw new IOException("The line was cut.");
        };
        server.Host.Options.OnDone = seen =>
        {
            if (IsRename(seen) && renames == 1)
                throw new IOException("The line was cut.");
        };

        var result = await channel.UploadAsync(local, "b", server.Upload with { Overwrite = overwrite }, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.Equal(wasDone ? 1 : 2, renames);
        Assert.Equal(content, server.Host.ReadFile("/home/user/b"));
        Assert.Empty(server.RemoteLeftovers("/home/user"));
        Assert.InRange(writes, 1, 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_whose_creation_is_lost_is_there_in_the_end_with_what_belongs_into_it(bool wasDone)
    {
        var (server, channel) = await StartAsync(settings: ThreeAttempts);
        await using var _ = server;
        var content = RandomBytes(1000);
        server.WriteLocal("tree/sub/a", content);
        var creations = 0;
        server.Host.Options.OnRequest = seen =>
        {
            if (seen.Name == "MkDir" && ++creations == 1 && !wasDone)
                throw new IOException("The line was cut.");
        };
        server.Host.Options.OnDone = seen =>
        {
            if (seen.Name == "MkDir" && creations == 1)
                throw new IOException("The line was cut.");
        };

        var result = await channel.UploadAsync(server.Local("tree"), "tree", server.Upload, null, server.Token);

        Assert.True(result.Success, string.Join("; ", result.Errors));
        Assert.Equal(3, creations);
        Assert.Equal(content, server.Host.ReadFile("/home/user/tree/sub/a"));
    }

    [Fact]
    public async Task A_transfer_that_is_cancelled_when_its_connection_is_lost_does_not_connect_again()
    {
        var (server, channel) = await StartAsync(settings: ThreeAttempts);
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(Size));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(server.Token);
        var requests = 0;
        server.Host.Options.OnRequest = seen =>
        {
            if (seen.Name != "Write" || ++requests < 20)
                return;
            cancellation.Cancel();
            throw new IOException("The line was cut.");
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => channel.UploadAsync(local, "b", server.Upload, null, cancellation.Token));

        await Task.Delay(500);
        Assert.Equal(0, server.Sessions[0].ReconnectCount);
    }

    [Fact]
    public async Task A_session_that_is_closed_ends_its_transfers_and_is_not_connected_again_by_them()
    {
        var (server, channel) = await StartAsync(settings: ThreeAttempts);
        await using var _ = server;
        var local = server.WriteLocal("a", RandomBytes(Size));
        var beginning = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var requests = 0;
        server.Host.Options.OnRequest = seen =>
        {
            if (seen.Name == "Write" && ++requests == 20)
                beginning.SetResult();
        };

        var uploading = channel.UploadAsync(local, "b", server.Upload with { BandwidthLimit = Size }, null, server.Token);
        await beginning.Task.WaitAsync(server.Token);
        await server.Sessions[0].CloseAsync();
        var result = await uploading;

        Assert.Equal(TransferErrorType.ConnectionLost, Assert.Single(result.Errors).Type);
        Assert.Equal(SftpSessionState.Closed, server.Sessions[0].State);
        Assert.Equal(0, server.Sessions[0].ReconnectCount);
    }

    private static bool IsRename(EmbeddedRequest request) => request.Name is "Rename" or "posix-rename@openssh.com";
}
