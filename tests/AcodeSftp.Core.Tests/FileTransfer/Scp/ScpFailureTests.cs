using System.Diagnostics;
using System.Runtime.Versioning;
using AcodeSftp.FileTransfer;
using static AcodeSftp.Core.Tests.EmbeddedServer;
using static AcodeSftp.Core.Tests.FileTransfer.Scp.ScpTransferTests;

namespace AcodeSftp.Core.Tests.FileTransfer.Scp;

/// <summary>Servers whose scp hangs, is missing, fails or lies.</summary>
[UnsupportedOSPlatform("windows")]
public class ScpFailureTests
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(1);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "FR-030C-74")]
    [Trait("Requirement", "AC-054")]
    public async Task A_transfer_that_hangs_ends_with_its_time_limit(bool isIdle)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.ReplaceProgram("scp", "exec sleep 60");
        server.WriteRemote("a", [1]);
        var limit = TimeSpan.FromMilliseconds(300);
        var up = new UploadOptions { Timeout = isIdle ? TimeSpan.FromHours(1) : limit, IdleTimeout = isIdle ? limit : TimeSpan.FromHours(1) };
        var down = new DownloadOptions { Timeout = up.Timeout, IdleTimeout = up.IdleTimeout };

        var started = Stopwatch.GetTimestamp();
        var uploaded = await channel.UploadAsync(server.WriteLocal("a", RandomBytes(1000)), "b", up, null, server.Token);
        var downloaded = await channel.DownloadAsync("a", server.Local("c"), down, null, server.Token);

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10));
        Assert.All([uploaded, downloaded], result => Assert.Equal(SftpErrorCode.Timeout, Code(result)));
        Assert.Equal(["a"], Names(server.RemoteDirectory));
        Assert.Equal(["a"], Names(server.LocalDirectory));
    }

    [SkippableTheory]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("hang")]
    public async Task Cancelling_ends_a_transfer_within_a_second_and_leaves_nothing(string what)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        if (what == "hang")
            server.ReplaceProgram("scp", "exec sleep 60");
        var content = RandomBytes(4_000_000);
        server.WriteLocal("a", content);
        server.WriteRemote("b", content);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(server.Token);
        var transfer = what == "down"
            ? channel.DownloadAsync("b", server.Local("c"), new DownloadOptions { BandwidthLimit = 500_000 }, null, cancel.Token)
            : channel.UploadAsync(server.Local("a"), "c", new UploadOptions { BandwidthLimit = 500_000 }, null, cancel.Token);
        await Task.Delay(500);

        var cancelled = Stopwatch.GetTimestamp();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transfer);

        Assert.InRange(Stopwatch.GetElapsedTime(cancelled), TimeSpan.Zero, AtMost);
        Assert.Equal(["b"], Names(server.RemoteDirectory));
        Assert.Equal(["a"], Names(server.LocalDirectory));
        Assert.True(await channel.ExistsAsync("b", server.Token));
    }

    [SkippableFact]
    public async Task A_server_without_scp_is_named_as_such()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.Transport.Rewrite = command => command.Replace("scp -p", "scp-that-is-not-there -p", StringComparison.Ordinal);
        server.WriteRemote("a", [1]);

        var up = await channel.UploadAsync(server.WriteLocal("a", [1]), "b", null, null, server.Token);
        var down = await channel.DownloadAsync("a", server.Local("c"), null, null, server.Token);

        Assert.All([up, down], result =>
        {
            Assert.Equal(SftpErrorCode.Unavailable, Code(result));
            Assert.Contains("has no scp", result.Errors[0].ErrorMessage);
        });
        Assert.Equal(["a"], Names(server.RemoteDirectory));
    }

    [SkippableFact]
    public async Task What_the_sink_says_becomes_the_error()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.ReplaceProgram("scp", "printf '\\0\\0\\0'; head -c 100 >/dev/null; printf '\\001scp: b: No space left on device\\n'");

        var result = await channel.UploadAsync(server.WriteLocal("a", RandomBytes(2_000_000)), "b", null, null, server.Token);

        Assert.Equal(SftpErrorCode.DiskFull, Code(result));
        Assert.Equal(TransferErrorType.DiskFull, result.Errors[0].Type);
        Assert.Empty(Names(server.RemoteDirectory));
    }

    [SkippableFact]
    public async Task Times_that_cannot_be_set_are_a_warning()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.ReplaceProgram(
            "scp",
            """
            for last; do :; done
            printf '\0\0\0'; IFS= read -r t; IFS= read -r c
            head -c 3 > "$last"; printf '\001scp: b: set times: Operation not permitted\n'
            """);

        var result = await channel.UploadAsync(server.WriteLocal("a", [65, 66, 67]), "b", null, null, server.Token);

        AssertSucceeded(result);
        Assert.Contains(result.Warnings, warning => warning.Contains("set times", StringComparison.Ordinal));
    }

    [SkippableTheory]
    // Another name than was asked for, out of the directory or not.
    [InlineData("printf 'C0644 3 other\\nabc\\0'")]
    [InlineData("printf 'C0644 3 ../a\\nabc\\0'")]
    [InlineData("printf 'C0644 3 /etc/a\\nabc\\0'")]
    [InlineData("printf 'C0644 3 \\nabc\\0'")]
    // A directory where a file was asked for.
    [InlineData("printf 'D0755 0 a\\n'")]
    // More than was asked for.
    [InlineData("printf 'C0644 3 a\\nabc\\0C0644 3 b\\nabc\\0'")]
    [InlineData("printf 'C0644 3 a\\nabcd\\0'")]
    // What is no record.
    [InlineData("printf 'C644 3 a\\nabc\\0'")]
    [InlineData("printf 'C0648 3 a\\nabc\\0'")]
    [InlineData("printf 'C0644 -3 a\\nabc\\0'")]
    [InlineData("printf 'C0644 99999999999999999999 a\\nabc\\0'")]
    [InlineData("printf 'T1 0 1 1000000\\nC0644 3 a\\nabc\\0'")]
    [InlineData("printf 'T1 0 1 0\\nT1 0 1 0\\nC0644 3 a\\nabc\\0'")]
    [InlineData("printf 'E\\n'")]
    [InlineData("printf 'Welcome to this server\\n'; cat")]
    [InlineData("head -c 100000 /dev/zero | tr '\\0' C; cat")]
    public async Task A_lying_source_writes_nothing(string script)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.WriteRemote("a", [1]);
        server.ReplaceProgram("scp", script + "; sleep 0.2");

        var result = await channel.DownloadAsync("a", server.Local("b"), null, null, server.Token);

        Assert.Equal(SftpErrorCode.ProtocolViolation, Code(result));
        Assert.Empty(Names(server.LocalDirectory));
    }

    [SkippableTheory]
    [InlineData("printf 'C0644 3 a\\nab'")]
    [InlineData("printf 'C0644 3 a\\nabc\\001scp: a: Input/output error\\n'")]
    [InlineData("printf 'C0644 3 a\\nabc'; exit 3")]
    [InlineData("printf '\\002scp: a: cannot\\n'")]
    [InlineData("kill -9 $$")]
    public async Task A_source_that_breaks_off_writes_nothing(string script)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        server.WriteRemote("a", [1]);
        server.ReplaceProgram("scp", script);

        var result = await channel.DownloadAsync("a", server.Local("b"), null, null, server.Token);

        Assert.Equal(SftpErrorCode.Unknown, Code(result));
        Assert.Empty(Names(server.LocalDirectory));
    }

    [SkippableTheory]
    [InlineData("printf 'D0755 0 t\\nC0644 3 ../out\\nabc\\0E\\n'")]
    [InlineData("printf 'D0755 0 t\\nC0644 3 ..\\nabc\\0E\\n'")]
    [InlineData("printf 'D0755 0 t\\nD0755 0 ..\\nC0644 3 out\\nabc\\0E\\nE\\n'")]
    [InlineData("printf 'D0755 0 t\\nD0777 0 .\\nE\\nE\\n'")]
    [InlineData("printf 'D0755 0 t\\nD0755 0 \\nE\\nE\\n'")]
    [InlineData("printf 'D0755 0 other\\nE\\n'")]
    [InlineData("printf 'D0755 0 t\\nE\\nC0644 3 out\\nabc\\0'")]
    [InlineData("printf 'D0755 0 t\\nE\\nE\\n'")]
    public async Task A_lying_source_of_a_tree_gets_nothing_out_of_it(string script)
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = ScpTreeTests.ScpOnly();
        await using var channel = await server.OpenAsync();
        server.ReplaceProgram("scp", script + "; sleep 0.2");
        Directory.CreateDirectory(server.Local("in"));
        var before = File.GetUnixFileMode(server.Local("in"));

        var result = await channel.DownloadAsync("t", server.Local("in/t"), null, null, server.Token);

        Assert.Equal(SftpErrorCode.ProtocolViolation, Code(result));
        Assert.Equal(["in"], Names(server.LocalDirectory));
        Assert.DoesNotContain("out", Names(server.Local("in")));
        Assert.Equal(before, File.GetUnixFileMode(server.Local("in")));
    }

    [SkippableFact]
    public async Task Names_with_control_characters_are_left_out_and_the_rest_arrives()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = ScpTreeTests.ScpOnly();
        await using var channel = await server.OpenAsync();
        server.WriteRemote("t/\u001b[2J", [1]);
        server.WriteRemote("t/plain", [2]);

        var result = await channel.DownloadAsync("t", server.Local("t"), null, null, server.Token);

        Assert.Equal(["plain"], Names(server.Local("t")));
        Assert.Equal(SftpErrorCode.InvalidArgument, Code(result));
        Assert.DoesNotContain('\u001b', result.Errors[0].ErrorMessage);
    }

    [SkippableFact]
    public async Task A_source_that_changes_meanwhile_is_sent_again_and_never_mixed()
    {
        Skip.If(ScpServer.WhyNot is not null, ScpServer.WhyNot);
        await using var server = new ScpServer();
        await using var channel = await server.OpenAsync();
        var local = server.WriteLocal("a", RandomBytes(500_000));
        var changes = 0;
        var shrink = new Immediate(sample =>
        {
            if (sample.BytesTransferred > 0 && changes++ == 0)
                File.WriteAllBytes(local, [1]);
        });

        var result = await channel.UploadAsync(local, "b", new UploadOptions { BandwidthLimit = 600_000 }, shrink, server.Token);

        AssertSucceeded(result);
        Assert.Equal([1], File.ReadAllBytes(server.Remote("b")));
        Assert.Equal(["b"], Names(server.RemoteDirectory));
    }
}
