using System.Runtime.Versioning;
using AcodeSftp.Connections;
using AcodeSftp.Files;
using AcodeSftp.FileTransfer;
using Microsoft.Extensions.Logging;
using static AcodeSftp.Core.Tests.FileTransfer.Scp.ScpTransferTests;

namespace AcodeSftp.Core.Tests.FileTransfer.Scp;

/// <summary>When SCP takes the place of SFTP, and what a channel can do then.</summary>
[UnsupportedOSPlatform("windows")]
public class ScpFallbackTests
{
    private static readonly SftpException ChannelEnded = new(SftpErrorCode.ConnectionLost, "The SFTP server has ended.");

    private static readonly SshConnectionOptions Options = new() { HostName = "host", OperationTimeout = TimeSpan.FromSeconds(20) };

    [SkippableFact]
    [Trait("Requirement", "FR-030C-67")]
    [Trait("Requirement", "FR-030C-75")]
    [Trait("Requirement", "AC-048")]
    [Trait("Requirement", "UT-030C-12")]
    public async Task A_refused_subsystem_is_found_once_logged_and_remembered()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();

        await server.Session.ConnectAsync(server.Token);
        await using var one = await server.OpenAsync();
        await using var two = await server.OpenAsync();

        Assert.Equal(FileProtocol.Scp, server.Session.FileProtocol);
        Assert.Contains("refused the SFTP subsystem", server.Session.FileProtocolReason);
        Assert.Equal(1, server.Transport.SftpAttempts);
        var (_, line) = Assert.Single(server.Log.Lines, line => line.Level == LogLevel.Warning);
        Assert.Contains("SCP is used in place of SFTP", line);
        Assert.Contains("refused the SFTP subsystem", line);
        Assert.True(one.IsConnected);
        Assert.True(two.IsConnected);
    }

    [SkippableFact]
    public async Task A_subsystem_that_ends_at_once_twice_counts_as_refused()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        server.Transport.SftpFailures = [ChannelEnded];

        await using var channel = await server.OpenAsync();

        Assert.Equal(FileProtocol.Scp, server.Session.FileProtocol);
        Assert.Equal(2, server.Transport.SftpAttempts);
    }

    [SkippableTheory]
    [InlineData(SftpErrorCode.Unavailable, true)]
    [InlineData(SftpErrorCode.Timeout, null)]
    [InlineData(SftpErrorCode.PermissionDenied, null)]
    [InlineData(SftpErrorCode.ProtocolViolation, null)]
    public async Task Other_failures_are_failures(SftpErrorCode code, bool? isTransient)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        server.Transport.SftpFailures = [new SftpException(code, "No.") { IsTransientOverride = isTransient }];

        var error = await Assert.ThrowsAsync<SftpException>(server.OpenAsync);

        Assert.Equal(code, error.Code);
        Assert.Equal(FileProtocol.Sftp, server.Session.FileProtocol);
    }

    [SkippableFact]
    public async Task Without_commands_the_refusal_of_the_subsystem_is_the_error()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        server.Transport.Refuse = _ => new SftpException(SftpErrorCode.Unavailable, "No commands.") { IsTransientOverride = false };

        var error = await Assert.ThrowsAsync<SftpException>(server.OpenAsync);

        Assert.Contains("SFTP subsystem", error.Message);
    }

    [SkippableTheory]
    [InlineData("command -v scp", "command -v scp-that-is-not-there")]
    [InlineData("sh -c ", "shell-that-is-not-there ", "scp -t", "scp-that-is-not-there -t")]
    public async Task Without_scp_the_refusal_of_the_subsystem_is_the_error(params string[] changes)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        server.Transport.Rewrite = command =>
        {
            for (var i = 0; i < changes.Length; i += 2)
                command = command.Replace(changes[i], changes[i + 1], StringComparison.Ordinal);
            return command;
        };

        var error = await Assert.ThrowsAsync<SftpException>(server.OpenAsync);

        Assert.Contains("SFTP subsystem", error.Message);
        Assert.Equal(FileProtocol.Sftp, server.Session.FileProtocol);
    }

    [SkippableFact]
    public async Task Sftp_or_nothing_is_nothing_here()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer(Options with { FileProtocol = FileProtocolChoice.Sftp });

        var error = await Assert.ThrowsAsync<SftpException>(server.OpenAsync);

        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.Empty(server.Transport.Commands);
    }

    [SkippableFact]
    [Trait("Requirement", "FR-030C-66")]
    public async Task Scp_on_request_asks_for_no_subsystem()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer(Options with { FileProtocol = FileProtocolChoice.Scp });
        await using var channel = await server.OpenAsync();

        var result = await channel.UploadAsync(server.WriteLocal("a", [1]), "a", null, null, server.Token);

        AssertSucceeded(result);
        Assert.Equal(0, server.Transport.SftpAttempts);
        Assert.Equal("SCP was asked for.", result.ProtocolReason);
    }

    [SkippableFact]
    public async Task After_closing_the_session_tries_sftp_again()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await server.Session.ConnectAsync(server.Token);

        await server.Session.CloseAsync();
        await server.Session.ConnectAsync(server.Token);

        Assert.Equal(2, server.Transport.SftpAttempts);
        Assert.Equal(FileProtocol.Scp, server.Session.FileProtocol);
    }

    [SkippableFact]
    public async Task Files_can_be_looked_at_and_changed_by_a_shell()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        var token = server.Token;
        var time = new DateTime(2019, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(server.WriteRemote("it's", [1, 2, 3]), time);
        File.SetUnixFileMode(server.Remote("it's"), (UnixFileMode)Convert.ToInt32("2751", 8));
        File.CreateSymbolicLink(server.Remote("link"), "it's");

        var found = await channel.StatAsync("link", token);
        Assert.Equal(3, found.Size);
        Assert.Equal(Convert.ToUInt32("2751", 8), found.Permissions);
        Assert.Equal(RemoteFileType.RegularFile, found.FileType);
        Assert.Equal(time, found.Modified.UtcDateTime);
        Assert.Equal("it's", await channel.ReadLinkAsync("link", token));
        Assert.Null(await channel.ReadLinkAsync("it's", token));
        Assert.True(await channel.ExistsAsync("it's", token));
        Assert.False(await channel.ExistsAsync("none", token));
        Assert.True(await channel.IsDirectoryAsync(".", token));

        await channel.CreateDirectoryAsync("x/y", recursive: true, cancellationToken: token);
        await channel.ChmodAsync("it's", Convert.ToUInt32("600", 8), token);
        await channel.RenameAsync("it's", "x/-moved", overwrite: false, token);
        Assert.Equal(Convert.ToInt32("600", 8), (int)File.GetUnixFileMode(server.Remote("x/-moved")));
        server.WriteRemote("other", [9]);
        await Assert.ThrowsAsync<SftpException>(() => channel.RenameAsync("other", "x/-moved", overwrite: false, token));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(server.Remote("x/-moved")));
        await channel.RenameAsync("other", "x/-moved", overwrite: true, token);
        Assert.Equal([9], File.ReadAllBytes(server.Remote("x/-moved")));

        var entries = await channel.ListDirectoryAsync(".", recursive: true, token);
        Assert.Equal(["link", "x", "x/-moved", "x/y"], entries.Select(entry => entry.FullPath).Order(StringComparer.Ordinal));
        Assert.Equal("it's", entries.Single(entry => entry.Name == "link").LinkTarget);

        var notEmpty = await Assert.ThrowsAsync<SftpException>(() => channel.DeleteAsync("x", recursive: false, token));
        Assert.Equal(SftpErrorCode.NotEmpty, notEmpty.Code);
        await channel.DeleteAsync("x", recursive: true, token);
        await channel.DeleteAsync("link", recursive: false, token);
        Assert.Empty(Names(server.RemoteDirectory));
        var missing = await Assert.ThrowsAsync<SftpException>(() => channel.DeleteAsync("link", recursive: false, token));
        Assert.Equal(SftpErrorCode.NotFound, missing.Code);
    }

    [SkippableFact]
    public async Task What_commands_cannot_do_says_why()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.WriteRemote("a", [1]);

        var error = await Assert.ThrowsAsync<SftpException>(
            () => channel.FileSystem.OpenAsync(new RemotePath("a"), RemoteOpenFlags.Read, null, server.Token));

        Assert.Equal(SftpErrorCode.Unsupported, error.Code);
        Assert.Contains("SCP is used", error.Message);
    }
}
