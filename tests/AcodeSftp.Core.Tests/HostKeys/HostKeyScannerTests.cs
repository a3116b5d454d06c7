using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AcodeSftp.HostKeys;

namespace AcodeSftp.Tests.HostKeys;

public sealed class HostKeyScannerTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly OpenSshTools _tools = new();

    public void Dispose() => _tools.Dispose();

    [SkippableFact]
    public async Task The_keys_of_a_server_are_those_that_it_has()
    {
        var scanner = Scanner();
        var rsa = _tools.NewKey("rsa", "rsa", "-b", "2048");
        var ed25519 = _tools.NewKey("ed25519");
        var ecdsa = _tools.NewKey("ecdsa", "ecdsa");
        var port = _tools.StartServer(["rsa", "ecdsa", "ed25519"]);

        Assert.Equal([ed25519, ecdsa, rsa], await scanner.ScanAsync("127.0.0.1", port, Timeout));
        Assert.Equal([rsa], await scanner.ScanAsync("127.0.0.1", port, Timeout, ["rsa-sha2-512", "ssh-rsa"]));
        Assert.Equal([ed25519, ecdsa], await scanner.ScanAsync("[127.0.0.1]", port, Timeout, ["ecdsa-sha2-nistp256", "ed25519"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-v")]
    [InlineData("-oProxyCommand=x")]
    [InlineData("[-v]")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("127.0.0.0/8")]
    [InlineData("a\nb")]
    public async Task What_is_not_one_host_is_refused(string host)
    {
        var error = await Assert.ThrowsAsync<SftpException>(() => new HostKeyScanner("/bin/false").ScanAsync(host, 22, Timeout));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
    }

    [Fact]
    public async Task A_type_that_cannot_be_asked_for_is_refused()
    {
        var error = await Assert.ThrowsAsync<SftpException>(
            () => new HostKeyScanner("/bin/false").ScanAsync("web", 22, Timeout, ["-v"]));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
    }

    [SkippableFact]
    public async Task Where_nothing_listens_there_is_no_key()
    {
        var error = await Assert.ThrowsAsync<SftpException>(() => Scanner().ScanAsync("127.0.0.1", OpenSshTools.FreePort(), Timeout));

        Assert.Equal((SftpErrorCode.Unavailable, "127.0.0.1"), (error.Code, error.Host));
    }

    [SkippableFact]
    public async Task A_name_that_does_not_exist_is_told()
    {
        var error = await Assert.ThrowsAsync<SftpException>(() => Scanner().ScanAsync("no-such-host.invalid", 22, Timeout));

        Assert.Contains("no-such-host.invalid, port 22", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_server_that_says_nothing_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var waited = Stopwatch.StartNew();

        await Assert.ThrowsAsync<SftpException>(
            () => Scanner().ScanAsync("127.0.0.1", ((IPEndPoint)silent.LocalEndpoint).Port, TimeSpan.FromSeconds(1)));

        Assert.InRange(waited.Elapsed.TotalSeconds, 0.5, 5);
    }

    [SkippableFact]
    public async Task A_program_that_hangs_is_ended_and_one_that_talks_too_much_is_cut_short()
    {
        Skip.If(OperatingSystem.IsWindows(), "Needs a shell script.");
        var hangs = Script("hangs", "exec sleep 600");
        var talks = Script("talks", "yes web | head -c 9000000 >&2; yes '# web' | head -c 9000000");

        var error = await Assert.ThrowsAsync<SftpException>(() => new HostKeyScanner(hangs).ScanAsync("web", 22, TimeSpan.FromSeconds(0.5)));
        Assert.Equal(SftpErrorCode.Timeout, error.Code);
        error = await Assert.ThrowsAsync<SftpException>(() => new HostKeyScanner(talks).ScanAsync("web", 22, TimeSpan.FromSeconds(30)));
        Assert.Equal(SftpErrorCode.Unavailable, error.Code);
        Assert.True(error.Message.Length < 10_000);
    }

    [SkippableFact]
    public async Task Cancelling_ends_the_program()
    {
        Skip.If(OperatingSystem.IsWindows(), "Needs a shell script.");
        using var cancelled = new CancellationTokenSource(200);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new HostKeyScanner(Script("hangs", "exec sleep 600")).ScanAsync("web", 22, Timeout, null, cancelled.Token));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told()
    {
        var error = await Assert.ThrowsAsync<SftpException>(() => new HostKeyScanner(_tools["none"]).ScanAsync("web", 22, Timeout));

        Assert.Equal((SftpErrorCode.Unavailable, false), (error.Code, error.IsTransient));
    }

    private static HostKeyScanner Scanner()
    {
        OpenSshTools.Require("ssh-keyscan");
        return new HostKeyScanner();
    }

    private string Script(string name, string body)
    {
        var path = _tools.Write(name, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
