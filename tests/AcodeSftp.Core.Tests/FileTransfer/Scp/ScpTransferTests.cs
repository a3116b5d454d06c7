using System.Runtime.Versioning;
using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;

namespace AcodeSftp.Core.Tests.FileTransfer.Scp;

/// <summary>Transfers to and from the real scp, by way of the whole of the session and the engine.</summary>
[UnsupportedOSPlatform("windows")]
public class ScpTransferTests
{
    private static readonly DateTime Time = new(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);

    public static TheoryData<int> Sizes { get; } = [0, 1, 65536, 1_048_577, 5_000_000];

    [SkippableTheory]
    [MemberData(nameof(Sizes))]
    [Trait("Requirement", "FR-030C-66")]
    [Trait("Requirement", "FR-030C-68")]
    [Trait("Requirement", "FR-030C-69")]
    [Trait("Requirement", "AC-049")]
    public async Task A_file_goes_up_and_comes_down_as_it_was(int size)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        var content = RandomBytes(size);
        var local = server.WriteLocal("a.bin", content);

        var up = await channel.UploadAsync(local, "b.bin", null, null, server.Token);
        var down = await channel.DownloadAsync("b.bin", server.Local("c.bin"), null, null, server.Token);

        AssertSucceeded(up);
        AssertSucceeded(down);
        Assert.Equal(content, File.ReadAllBytes(server.Remote("b.bin")));
        Assert.Equal(content, File.ReadAllBytes(server.Local("c.bin")));
        Assert.All([up, down], result =>
        {
            Assert.Equal(FileProtocol.Scp, result.Protocol);
            Assert.Contains("refused the SFTP subsystem", result.ProtocolReason);
            Assert.True(result.ChecksumVerified);
            Assert.Equal(size, result.BytesTransferred);
            Assert.Equal(Sha256(content), Assert.Single(result.Files).Checksum);
        });
        Assert.Contains(server.Transport.Commands, command => command.StartsWith("scp -p -t -- ", StringComparison.Ordinal));
        Assert.Contains(server.Transport.Commands, command => command == "scp -p -f -- './b.bin'");
        Assert.Empty(ScpServer.Leftovers(server.RemoteDirectory));
        Assert.Empty(ScpServer.Leftovers(server.LocalDirectory));
    }

    [SkippableTheory]
    [InlineData("755")]
    [InlineData("640")]
    [InlineData("400")]
    [Trait("Requirement", "FR-030C-72")]
    [Trait("Requirement", "AC-052")]
    public async Task Permissions_and_times_travel_both_ways(string mode)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        var local = server.WriteLocal("a", RandomBytes(1000));
        var permissions = (UnixFileMode)Convert.ToInt32(mode, 8);
        File.SetLastWriteTimeUtc(local, Time);
        File.SetUnixFileMode(local, permissions);

        AssertSucceeded(await channel.UploadAsync(local, "b", null, null, server.Token));
        AssertSucceeded(await channel.DownloadAsync("b", server.Local("c"), null, null, server.Token));

        Assert.All([server.Remote("b"), server.Local("c")], path =>
        {
            Assert.Equal(permissions, File.GetUnixFileMode(path));
            Assert.Equal(Time, File.GetLastWriteTimeUtc(path));
        });
    }

    [SkippableFact]
    public async Task Set_user_id_does_not_travel_and_what_is_replaced_may_keep_its_permissions()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        var local = server.WriteLocal("a", RandomBytes(10));
        File.SetUnixFileMode(local, (UnixFileMode)Convert.ToInt32("4777", 8));
        File.SetUnixFileMode(server.WriteRemote("kept", [1]), (UnixFileMode)Convert.ToInt32("604", 8));
        var plain = new UploadOptions { PreservePermissions = false };

        AssertSucceeded(await channel.UploadAsync(local, "same", null, null, server.Token));
        AssertSucceeded(await channel.UploadAsync(local, "new", plain, null, server.Token));
        AssertSucceeded(await channel.UploadAsync(local, "kept", plain, null, server.Token));

        Assert.Equal(Convert.ToInt32("777", 8), (int)File.GetUnixFileMode(server.Remote("same")));
        Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(server.Remote("new")));
        Assert.Equal(Convert.ToInt32("604", 8), (int)File.GetUnixFileMode(server.Remote("kept")));
    }

    [SkippableFact]
    public async Task The_destination_is_replaced_in_one_step_and_the_temporary_file_is_private()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        var old = RandomBytes(1000, 1);
        server.WriteRemote("a", old);
        var content = RandomBytes(800_000, 2);
        var before = new List<bool>();
        var modes = new List<UnixFileMode>();
        var options = new UploadOptions { BandwidthLimit = 1_000_000 };

        var result = await channel.UploadAsync(
            server.WriteLocal("a", content),
            "a",
            options,
            new Immediate(_ =>
            {
                foreach (var path in Directory.GetFiles(server.RemoteDirectory, ".~tmp.a.*"))
                {
                    modes.Add(File.GetUnixFileMode(path));
                    before.Add(File.ReadAllBytes(server.Remote("a")).AsSpan().SequenceEqual(old));
                }
            }),
            server.Token);

        AssertSucceeded(result);
        Assert.NotEmpty(before);
        Assert.All(before, Assert.True);
        Assert.All(modes, mode => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode));
        Assert.Equal(content, File.ReadAllBytes(server.Remote("a")));
        Assert.Equal(["a"], Names(server.RemoteDirectory));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_overwrite_an_existing_destination_stays_both_ways(bool hasShell)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = hasShell ? new ScpServer() : ScpTreeTests.ScpOnly();
        await using var channel = await server.OpenAsync();
        server.WriteRemote("a", [1]);
        server.WriteLocal("a", [2]);

        var up = await channel.UploadAsync(server.Local("a"), "a", new UploadOptions { Overwrite = false }, null, server.Token);
        var free = await channel.UploadAsync(server.Local("a"), "free", new UploadOptions { Overwrite = false }, null, server.Token);
        var down = await channel.DownloadAsync("a", server.Local("a"), new DownloadOptions { Overwrite = false }, null, server.Token);

        Assert.All([up, down], result => Assert.Equal(SftpErrorCode.AlreadyExists, Code(result)));
        AssertSucceeded(free);
        Assert.Equal([1], File.ReadAllBytes(server.Remote("a")));
        Assert.Equal([2], File.ReadAllBytes(server.Local("a")));
        Assert.Equal(["a", "free"], Names(server.RemoteDirectory));
    }

    [SkippableFact]
    public async Task Without_overwrite_the_commit_itself_refuses_a_file_that_came_meanwhile()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        var local = server.WriteLocal("a", RandomBytes(100));
        server.Transport.Rewrite = command =>
        {
            if (command.StartsWith("scp ", StringComparison.Ordinal))
                server.WriteRemote("a", [7]);
            return command;
        };

        var result = await channel.UploadAsync(local, "a", new UploadOptions { Overwrite = false }, null, server.Token);

        Assert.Equal(SftpErrorCode.AlreadyExists, Code(result));
        Assert.Equal([7], File.ReadAllBytes(server.Remote("a")));
        Assert.Equal(["a"], Names(server.RemoteDirectory));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_in_the_way_is_an_error_and_gets_nothing_moved_into_it(bool hasShell)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = hasShell ? new ScpServer() : ScpTreeTests.ScpOnly();
        await using var channel = await server.OpenAsync();
        Directory.CreateDirectory(server.Remote("a"));

        var result = await channel.UploadAsync(server.WriteLocal("a", [1]), "a", null, null, server.Token);

        Assert.Equal(SftpErrorCode.AlreadyExists, Code(result));
        Assert.Empty(Names(server.Remote("a")));
        Assert.Equal(["a"], Names(server.RemoteDirectory));
    }

    [SkippableFact]
    public async Task What_a_link_at_the_destination_leads_to_is_replaced_and_not_the_link()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.WriteRemote("deep/real", [1]);
        File.CreateSymbolicLink(server.Remote("link"), "deep/real");

        AssertSucceeded(await channel.UploadAsync(server.WriteLocal("a", [2]), "link", null, null, server.Token));

        Assert.Equal("deep/real", new FileInfo(server.Remote("link")).LinkTarget);
        Assert.Equal([2], File.ReadAllBytes(server.Remote("deep/real")));
        Assert.Equal(["real"], Names(server.Remote("deep")));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Missing_parents_are_created_or_are_an_error(bool hasShell)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = hasShell ? new ScpServer() : ScpTreeTests.ScpOnly();
        await using var channel = await server.OpenAsync();
        var local = server.WriteLocal("a", [1]);

        AssertSucceeded(await channel.UploadAsync(local, "x/y/a", null, null, server.Token));
        var refused = await channel.UploadAsync(local, "z/a", new UploadOptions { CreateParentDirectories = false }, null, server.Token);

        Assert.Equal([1], File.ReadAllBytes(server.Remote("x/y/a")));
        Assert.Equal(SftpErrorCode.NotFound, Code(refused));
        Assert.False(Directory.Exists(server.Remote("z")));
    }

    [SkippableFact]
    public async Task A_missing_source_is_an_error_of_that_name()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();

        var error = await Assert.ThrowsAsync<SftpException>(
            () => channel.DownloadAsync("none", server.Local("none"), null, null, server.Token));

        Assert.Equal(SftpErrorCode.NotFound, error.Code);
        Assert.Empty(Names(server.LocalDirectory));
    }

    [SkippableFact]
    public async Task A_spoiled_content_is_found_and_never_reaches_the_destination()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.WriteRemote("a", [9]);
        server.ReplaceProgram("sha256sum", "echo 0000000000000000000000000000000000000000000000000000000000000000");

        var up = await channel.UploadAsync(server.WriteLocal("a", [1, 2, 3]), "a", null, null, server.Token);
        var down = await channel.DownloadAsync("a", server.Local("b"), null, null, server.Token);

        Assert.All([up, down], result => Assert.Equal(SftpErrorCode.ChecksumMismatch, Code(result)));
        Assert.Equal([9], File.ReadAllBytes(server.Remote("a")));
        Assert.Equal(["a"], Names(server.RemoteDirectory));
        Assert.Equal(["a"], Names(server.LocalDirectory));
    }

    [SkippableFact]
    [Trait("Requirement", "FR-030C-73")]
    [Trait("Requirement", "AC-053")]
    public async Task Progress_is_told_and_ends_at_all_of_it()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        const int Size = 600_000;
        var local = server.WriteLocal("a", RandomBytes(Size));
        var told = new List<TransferProgress>();
        var keep = new Immediate(told.Add);

        AssertSucceeded(await channel.UploadAsync(local, "b", new UploadOptions { BandwidthLimit = 1_000_000 }, keep, server.Token));
        var upwards = told.ToList();
        told.Clear();
        AssertSucceeded(await channel.DownloadAsync(
            "b", server.Local("c"), new DownloadOptions { BandwidthLimit = 1_000_000 }, keep, server.Token));

        Assert.All([upwards, told], progress =>
        {
            Assert.Contains(progress, sample => sample.BytesTransferred is > 0 and < Size);
            Assert.Equal(Size, progress[^1].BytesTransferred);
            Assert.Equal(Size, progress[^1].TotalBytes);
        });
    }

    internal static void AssertSucceeded(TransferResult result) =>
        Assert.True(result.Success, string.Join("; ", result.Errors));

    internal static SftpErrorCode Code(TransferResult result) =>
        ((SftpException)Assert.Single(result.Errors).Exception!).Code;

    internal static IEnumerable<string> Names(string directory) =>
        Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    internal sealed class Immediate(Action<TransferProgress> action) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => action(value);
    }
}
