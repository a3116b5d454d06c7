using System.Text;
using AcodeSftp.HostKeys;
using FsCheck;
using FsCheck.Fluent;

namespace AcodeSftp.Tests.HostKeys;

public sealed class KnownHostsEditorTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly OpenSshTools _tools = new();

    public void Dispose() => _tools.Dispose();

    [SkippableTheory]
    [InlineData("web.example.org", 22, HostNameHiding.Plain)]
    [InlineData("WEB.example.org", 2222, HostNameHiding.Plain)]
    [InlineData("WEB.example.org", 22, HostNameHiding.Hashed)]
    [InlineData("2001:db8::1", 2222, HostNameHiding.Hashed)]
    public void What_is_added_is_found_by_ssh_keygen(string host, int port, HostNameHiding hiding)
    {
        var path = _tools["known_hosts"];
        var key = TestKeys.Ed25519(1);

        var entry = KnownHostsEditor.Add(path, host, port, key, hiding);

        var name = port == 22 ? host.ToLowerInvariant() : $"[{host.ToLowerInvariant()}]:{port}";
        var (code, output, _) = OpenSshTools.Run("ssh-keygen", "-F", name, "-f", path);
        Assert.Equal(0, code);
        Assert.Contains(key.KeyText, output, StringComparison.Ordinal);
        Assert.Equal(hiding == HostNameHiding.Hashed, File.ReadAllText(path).StartsWith("|1|", StringComparison.Ordinal));
        Assert.Equal((path, 1, key), (entry!.Source, entry.LineNumber, entry.Key));
        Assert.Null(KnownHostsEditor.Add(path, host, port, key, hiding));
    }

    [SkippableTheory]
    [InlineData(HostNameHiding.Plain)]
    [InlineData(HostNameHiding.Hashed)]
    public void What_is_added_is_trusted_by_ssh(HostNameHiding hiding)
    {
        var server = _tools.NewKey("server");
        var port = _tools.StartServer(["server"]);
        Assert.NotNull(OpenSshTools.Judge("localhost", port, _tools["known_hosts"], "StrictHostKeyChecking=yes"));

        KnownHostsEditor.Add(_tools["known_hosts"], "LocalHost", port, server, hiding);

        Assert.Null(OpenSshTools.Judge("localhost", port, _tools["known_hosts"], "StrictHostKeyChecking=yes"));
    }

    [SkippableFact]
    public void What_is_removed_is_what_ssh_keygen_removes()
    {
        var (a, b) = (TestKeys.Ed25519(1).KeyText, TestKeys.Rsa(2).KeyText);
        var text = $"# comment\n\nweb {a}\nweb,other {b}\r\n@revoked web {a}\n@cert-authority * {a}\nother {a}\n* {b} x\n  [web]:2222 {a}\nlast {a}";
        var ours = _tools.Write("ours", text);
        var theirs = _tools.Write("theirs", text);
        Assert.Equal(0, OpenSshTools.Run("ssh-keygen", "-R", "web", "-f", theirs).Code);

        var removed = KnownHostsEditor.Remove(ours, "web");

        Assert.Equal([3, 4, 8], removed.Select(entry => entry.LineNumber));

        // ssh-keygen ends the last line; we leave what is not concerned as it is.
        Assert.Equal(File.ReadAllText(theirs), File.ReadAllText(ours) + "\n");
        Assert.Empty(KnownHostsEditor.Remove(ours, "web"));
    }

    [SkippableFact]
    public void A_hashed_entry_is_removed_by_its_name()
    {
        var path = _tools.Write("known_hosts", $"web,other {TestKeys.Ed25519(1).KeyText}\n");
        Assert.Equal(0, OpenSshTools.Run("ssh-keygen", "-H", "-f", path).Code);

        Assert.Single(KnownHostsEditor.Remove(path, "Web"));

        Assert.Empty(KnownHostsFile.Load(path).Find("web"));
        Assert.Single(KnownHostsFile.Load(path).Find("other"));
    }

    [Fact]
    public void Only_keys_of_the_type_asked_for_are_removed()
    {
        var path = _tools["known_hosts"];
        KnownHostsEditor.Add(path, "web", 22, TestKeys.Ed25519(1));
        KnownHostsEditor.Add(path, "web", 22, TestKeys.Rsa(1));

        Assert.Empty(KnownHostsEditor.Remove(path, "web", 22, "ecdsa-sha2-nistp256"));
        Assert.Equal("ssh-rsa", Assert.Single(KnownHostsEditor.Remove(path, "web", 22, "ssh-rsa")).Key.Type);
        Assert.Equal("ssh-ed25519", Assert.Single(KnownHostsFile.Load(path).Find("web")).Key.Type);
    }

    [Fact]
    public void A_new_name_is_hashed_where_others_are()
    {
        var path = _tools["known_hosts"];
        KnownHostsEditor.Add(path, "one", 22, TestKeys.Ed25519(1), HostNameHiding.Hashed);

        Assert.True(KnownHostsEditor.Add(path, "two", 22, TestKeys.Ed25519(1))!.IsHashed);
        Assert.False(KnownHostsEditor.Add(path, "three", 22, TestKeys.Ed25519(1), HostNameHiding.Plain)!.IsHashed);
        Assert.False(KnownHostsEditor.Add(path, "four", 22, TestKeys.Ed25519(9), HostNameHiding.Hashed, KnownHostMarker.Revoked)!.IsHashed);
        Assert.Equal(HostKeyStanding.Revoked, KnownHostsFile.Load(path).Judge("four", 22, TestKeys.Ed25519(9)).Standing);
    }

    [Fact]
    public void Everything_else_in_the_file_is_kept_byte_for_byte()
    {
        byte[] damaged = [0xFF, 0x00, 0xFE, (byte)'\r', (byte)'\n', (byte)'@', (byte)' ', (byte)'|', (byte)'\t'];
        File.WriteAllBytes(_tools["known_hosts"], damaged);

        KnownHostsEditor.Add(_tools["known_hosts"], "web", 22, TestKeys.Ed25519(1));
        Assert.Equal([.. damaged, .. "\nweb "u8], File.ReadAllBytes(_tools["known_hosts"])[..(damaged.Length + 5)]);

        KnownHostsEditor.Remove(_tools["known_hosts"], "web");
        Assert.Equal([.. damaged, (byte)'\n'], File.ReadAllBytes(_tools["known_hosts"]));
    }

    [Fact]
    public void Adding_and_removing_leaves_any_file_as_it_was() => Prop.ForAll<byte[]>(bytes =>
    {
        var path = _tools["any"];
        var ended = bytes.Length == 0 ? bytes : [.. bytes, (byte)'\n'];
        File.WriteAllBytes(path, ended);
        KnownHostsEditor.Add(path, "web", 22, TestKeys.Ed25519(1));
        KnownHostsEditor.Remove(path, "web");
        return File.ReadAllBytes(path).AsSpan().SequenceEqual(ended);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [SkippableFact]
    public void A_new_file_is_for_its_owner_only_and_so_is_a_new_directory()
    {
        Skip.If(OperatingSystem.IsWindows(), "No Unix modes.");
        var path = _tools["home/.ssh/known_hosts"];

        KnownHostsEditor.Add(path, "web", 22, TestKeys.Ed25519(1));

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
            Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(_tools["home/.ssh"]));
        }

        Assert.Equal(["known_hosts"], Directory.GetFiles(_tools["home/.ssh"]).Select(Path.GetFileName));
    }

    [SkippableFact]
    public void An_existing_file_keeps_its_mode_and_a_link_stays_a_link()
    {
        Skip.If(OperatingSystem.IsWindows(), "No Unix modes.");
        Directory.CreateDirectory(_tools["dotfiles"]);
        var target = _tools.Write("dotfiles/hosts", "# mine\n");
        var mode = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(target, mode);
        File.CreateSymbolicLink(_tools["known_hosts"], "dotfiles/hosts");
        File.CreateSymbolicLink(_tools["dangling"], "dotfiles/new");

        KnownHostsEditor.Add(_tools["known_hosts"], "web", 22, TestKeys.Ed25519(1));
        KnownHostsEditor.Add(_tools["dangling"], "web", 22, TestKeys.Ed25519(1));

        Assert.Equal("dotfiles/hosts", new FileInfo(_tools["known_hosts"]).LinkTarget);
        Assert.StartsWith("# mine\nweb ssh-ed25519 ", File.ReadAllText(target), StringComparison.Ordinal);
        Assert.Equal("dotfiles/new", new FileInfo(_tools["dangling"]).LinkTarget);
        Assert.StartsWith("web ", File.ReadAllText(_tools["dotfiles/new"]), StringComparison.Ordinal);
        Assert.Equal(["hosts", "new"], Directory.GetFiles(_tools["dotfiles"]).Select(Path.GetFileName).Order());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(mode, File.GetUnixFileMode(target));
    }

    [SkippableFact]
    public void Links_in_a_circle_are_an_error()
    {
        Skip.If(OperatingSystem.IsWindows(), "Links need rights on Windows.");
        File.CreateSymbolicLink(_tools["a"], "b");
        File.CreateSymbolicLink(_tools["b"], "a");

        Assert.Equal(_tools["a"], Assert.Throws<SftpException>(() => KnownHostsEditor.Add(_tools["a"], "web", 22, TestKeys.Ed25519(1))).Path);
    }

    [SkippableFact]
    public void The_null_device_takes_everything_and_stays_a_device()
    {
        Skip.If(!File.Exists("/dev/null"), "No /dev/null.");

        KnownHostsEditor.Add("/dev/null", "web", 22, TestKeys.Ed25519(1));

        Assert.Empty(KnownHostsFile.Load("/dev/null").Entries);
        Assert.Equal(0, OpenSshTools.Run("sh", "-c", "test -c /dev/null && ! test -e /dev/null.lock").Code);
    }

    [Fact]
    public async Task Many_writers_at_once_lose_nothing()
    {
        var path = _tools["known_hosts"];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                KnownHostsEditor.Add(path, $"host-{writer}-{i}", 22, TestKeys.Ed25519((byte)writer));
                if (i > 0)
                    KnownHostsEditor.Remove(path, $"host-{writer}-{i - 1}");
            }
        })));

        Assert.Equal(
            Enumerable.Range(0, 8).Select(writer => $"host-{writer}-9"),
            KnownHostsFile.Load(path).Entries.Select(entry => entry.HostNames).Order());
        Assert.Equal(["known_hosts"], Directory.GetFiles(_tools.Directory).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_reader_never_sees_half_a_file()
    {
        var path = _tools["known_hosts"];
        KnownHostsEditor.Add(path, "stays", 22, TestKeys.Rsa(1));
        using var done = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                var file = KnownHostsFile.Load(path);
                Assert.Empty(file.DamagedLines);
                Assert.Single(file.Find("stays"));
            }
        });
        for (var i = 0; i < 50; i++)
        {
            KnownHostsEditor.Add(path, "comes", 22, TestKeys.Rsa(2));
            KnownHostsEditor.Remove(path, "comes");
        }

        await done.CancelAsync();
        await reader;
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("*")]
    [InlineData("@revoked")]
    [InlineData("|1|")]
    [InlineData("#a")]
    [InlineData("a\nb")]
    [InlineData("!a")]
    public void A_name_that_would_mean_something_else_in_the_file_is_not_written(string host)
    {
        var error = Assert.Throws<SftpException>(() => KnownHostsEditor.Add(_tools["known_hosts"], host, 22, TestKeys.Ed25519(1)));

        Assert.Equal(SftpErrorCode.InvalidArgument, error.Code);
        Assert.False(File.Exists(_tools["known_hosts"]));
    }

    [SkippableFact]
    public void A_file_that_cannot_be_written_is_an_error_that_names_it()
    {
        Skip.If(!Directory.Exists("/proc/self"), "Needs a file system that nobody can write to.");

        var error = Assert.Throws<SftpException>(() => KnownHostsEditor.Add("/proc/self/known_hosts", "web", 22, TestKeys.Ed25519(1)));

        Assert.Equal("/proc/self/known_hosts", error.Path);
        Assert.NotEqual(SftpErrorCode.Timeout, error.Code);
    }

    [Fact]
    public void A_text_in_another_script_survives()
    {
        var path = _tools.Write("known_hosts", "# p\u0159ipojen\u00ed \u4e2d\u6587\n");

        KnownHostsEditor.Add(path, "\u00e9x", 22, TestKeys.Ed25519(1));

        Assert.StartsWith("# p\u0159ipojen\u00ed \u4e2d\u6587\n\u00e9x ssh-ed25519 ", File.ReadAllText(path, Encoding.UTF8), StringComparison.Ordinal);
    }
}
