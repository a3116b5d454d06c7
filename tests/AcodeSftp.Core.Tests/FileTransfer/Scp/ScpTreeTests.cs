using System.Runtime.Versioning;
using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.FileTransfer.Scp.ScpTransferTests;

namespace AcodeSftp.Core.Tests.FileTransfer.Scp;

/// <summary>Trees to and from the real scp, with a shell beside it and without.</summary>
[UnsupportedOSPlatform("windows")]
public class ScpTreeTests
{
    private static readonly DateTime Time = new(2021, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    private static readonly string[] OddNames =
    [
        "plain.txt", "with space", "quo'te", "dou\"ble", "$HOME", "`id`", "a;b", "-rf", "*", "[x]", "#hash", "back\\slash",
        "%s%n", "!bang", "~", "ünïcödé 🙂", "tab\there", new string('n', 255),
    ];

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "FR-030C-70")]
    [Trait("Requirement", "FR-030C-71")]
    [Trait("Requirement", "AC-050")]
    [Trait("Requirement", "AC-051")]
    public async Task A_tree_goes_up_and_comes_down_with_its_modes_and_times(bool hasShell)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = hasShell ? new ScpServer() : ScpOnly();
        await using var channel = await server.OpenAsync();
        // Without a shell a tab in a name from the server is refused, and a link break cannot be sent.
        var names = OddNames.Where(name => hasShell || !name.Contains('\t', StringComparison.Ordinal)).ToList();
        if (hasShell)
            names.Add("line\nbreak");
        foreach (var name in names)
        {
            server.WriteLocal($"tree/{name}", System.Text.Encoding.UTF8.GetBytes(name));
            server.WriteLocal($"tree/sub '$x'/deep-{(name.Length > 200 ? "n" : name)}", []);
        }

        Directory.CreateDirectory(server.Local("tree/empty"));
        File.SetUnixFileMode(server.Local("tree/plain.txt"), (UnixFileMode)Convert.ToInt32("750", 8));
        File.SetUnixFileMode(server.Local("tree/empty"), (UnixFileMode)Convert.ToInt32("500", 8));
        foreach (var path in Directory.EnumerateFileSystemEntries(server.Local("tree"), "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(path, Time);

        var up = await channel.UploadAsync(server.Local("tree"), "up", new UploadOptions { ParallelTransfers = 3 }, null, server.Token);
        var down = await channel.DownloadAsync("up", server.Local("down"), null, null, server.Token);

        AssertSucceeded(up);
        AssertSucceeded(down);
        Assert.Equal(names.Count * 2, up.FilesTransferred);
        Assert.Equal(names.Count * 2, down.FilesTransferred);
        Assert.Equal(Describe(server.Local("tree")), Describe(server.Remote("up")));
        Assert.Equal(Describe(server.Local("tree")), Describe(server.Local("down")));
        Assert.Equal(hasShell, down.ChecksumVerified);
        Assert.Equal(hasShell, up.ChecksumVerified);
        Assert.All(up.Files.Concat(down.Files), file => Assert.True(file.Verification >= TransferVerification.Size));
        Assert.Equal(!hasShell, up.Warnings.Any(warning => warning.Contains("written in place", StringComparison.Ordinal)));
        Assert.Empty(ScpServer.Leftovers(server.RemoteDirectory));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Patterns_choose_files_both_ways(bool hasShell)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = hasShell ? new ScpServer() : ScpOnly();
        await using var channel = await server.OpenAsync();
        foreach (var name in new[] { "a.dll", "a.pdb", "sub/b.dll", "sub/c.txt", "obj/d.dll" })
        {
            server.WriteLocal($"tree/{name}", [1]);
            server.WriteRemote($"tree/{name}", [1]);
        }

        var up = new UploadOptions { GlobPattern = "**/*.dll", Exclude = ["obj"] };
        AssertSucceeded(await channel.UploadAsync(server.Local("tree"), "up", up, null, server.Token));
        var down = new DownloadOptions { GlobPattern = "**/*.dll", Exclude = ["obj"] };
        AssertSucceeded(await channel.DownloadAsync("tree", server.Local("down"), down, null, server.Token));

        Assert.All([server.Remote("up"), server.Local("down")], directory =>
            Assert.Equal(["a.dll", "sub", "sub/b.dll"], Describe(directory).Select(line => line.Split(' ')[0])));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Several_files_and_trees_come_down_as_one_transfer(bool hasShell)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = hasShell ? new ScpServer() : ScpOnly();
        await using var channel = await server.OpenAsync();
        server.WriteRemote("a", [1]);
        server.WriteRemote("t/b", [2]);

        var result = await channel.DownloadBatchAsync(
            [("a", server.Local("a")), ("none", server.Local("none")), ("t", server.Local("t"))], null, null, server.Token);

        Assert.Equal(2, result.FilesTransferred);
        Assert.Equal(SftpErrorCode.NotFound, Code(result));
        Assert.Equal(["a", "t"], Names(server.LocalDirectory));
    }

    [SkippableFact]
    public async Task One_file_that_cannot_be_read_does_not_keep_the_others()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        foreach (var hasShell in new[] { true, false })
        {
            await using var server = hasShell ? new ScpServer() : ScpOnly();
            await using var channel = await server.OpenAsync();
            server.WriteRemote("t/a", [1]);
            server.WriteRemote("t/z", [2]);
            // Nobody, not even root, can open a socket.
            using var socket = new System.Net.Sockets.Socket(
                System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(server.Remote("t/socket")));

            var result = await channel.DownloadAsync("t", server.Local("t"), null, null, server.Token);

            Assert.Equal(2, result.FilesTransferred);
            Assert.Equal(["a", "z"], Names(server.Local("t")));
            Assert.Equal(hasShell ? 0 : 1, result.Errors.Count);
        }
    }

    [SkippableFact]
    public async Task A_file_in_the_place_of_a_directory_is_an_error_and_the_rest_goes_on()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        foreach (var hasShell in new[] { true, false })
        {
            await using var server = hasShell ? new ScpServer() : ScpOnly();
            await using var channel = await server.OpenAsync();
            server.WriteRemote("t/d/inner", [1]);
            server.WriteRemote("t/z", [2]);
            server.WriteLocal("t/d", [9]);

            var result = await channel.DownloadAsync("t", server.Local("t"), null, null, server.Token);

            Assert.Equal(SftpErrorCode.AlreadyExists, Code(result));
            Assert.Equal([9], File.ReadAllBytes(server.Local("t/d")));
            Assert.Equal([2], File.ReadAllBytes(server.Local("t/z")));
        }
    }

    [SkippableFact]
    public async Task Links_are_skipped_followed_or_kept_both_ways()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        foreach (var root in new[] { server.Local("t"), server.Remote("t") })
        {
            Directory.CreateDirectory(Path.Join(root, "d"));
            File.WriteAllBytes(Path.Join(root, "d/f"), [1]);
            File.CreateSymbolicLink(Path.Join(root, "link"), "d/f");
            File.CreateSymbolicLink(Path.Join(root, "d/circle"), "..");
        }

        foreach (var handling in Enum.GetValues<SymbolicLinkHandling>())
        {
            var up = await channel.UploadAsync(
                server.Local("t"), $"up-{handling}", new UploadOptions { SymbolicLinks = handling }, null, server.Token);
            var down = await channel.DownloadAsync(
                "t", server.Local($"down-{handling}"), new DownloadOptions { SymbolicLinks = handling }, null, server.Token);

            Assert.All([up, down], result => Assert.Equal(handling != SymbolicLinkHandling.Follow, result.Success));
            string[] expected = handling switch
            {
                SymbolicLinkHandling.Skip => ["d", "d/f"],
                SymbolicLinkHandling.Follow => ["d", "d/f", "link"],
                _ => ["d", "d/circle", "d/f", "link"],
            };
            Assert.All([server.Remote($"up-{handling}"), server.Local($"down-{handling}")], directory =>
            {
                Assert.Equal(expected, Relative(directory));
                Assert.Equal(
                    handling == SymbolicLinkHandling.Preserve ? "d/f" : null,
                    new FileInfo(Path.Join(directory, "link")).LinkTarget);
            });
        }
    }

    /// <summary>A server that runs scp and nothing else, as restricted shells do.</summary>
    internal static ScpServer ScpOnly()
    {
        var server = new ScpServer();
        server.Transport.Rewrite = command => command.StartsWith("scp ", StringComparison.Ordinal)
            ? command
            : "echo 'This account may only transfer files.' >&2; exit 1";
        return server;
    }

    private static List<string> Relative(string directory)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var names = Directory.EnumerateFileSystemEntries(directory, "*", all)
            .Concat(Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories)
                .Where(path => !path[(directory.Length + 1)..].Contains("circle/", StringComparison.Ordinal)));
        return [.. names.Select(path => path[(directory.Length + 1)..]).Distinct().Order(StringComparer.Ordinal)];
    }

    private static List<string> Describe(string directory) =>
        [.. Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => string.Join(
                ' ',
                path[(directory.Length + 1)..],
                Convert.ToString((int)File.GetUnixFileMode(path), 8),
                File.GetLastWriteTimeUtc(path).ToString("s"),
                Directory.Exists(path) ? "" : EmbeddedServer.Sha256(File.ReadAllBytes(path))))];
}
