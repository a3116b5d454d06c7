using AcodeSftp.Connections;

namespace AcodeSftp.OpenSsh.Tests;

public sealed class SshArgumentsTests
{
    private static readonly OpenSshProgram Current = new("/usr/bin/ssh", "OpenSSH_9.2p1", new Version(9, 2));
    private static readonly OpenSshProgram Oldest = new("/usr/bin/ssh", "OpenSSH_8.4p1", new Version(8, 4));

    [Fact]
    public void The_host_stands_behind_a_double_dash_and_the_subsystem_behind_the_host()
    {
        var arguments = Session(new SshConnectionOptions { HostName = "example.org" });

        Assert.Equal(["-s", "--", "example.org", "sftp"], arguments.TakeLast(4));
    }

    [Fact]
    public void A_command_stands_behind_the_host_as_one_argument()
    {
        var arguments = new SshArguments(new SshConnectionOptions { HostName = "example.org" }, Current)
            .ForCommand(new RemoteCommandRequest("ls -l; -x"), "/tmp/log", null);

        Assert.Equal(["--", "example.org", "ls -l; -x"], arguments.TakeLast(3));
        Assert.Equal("/tmp/log", arguments[arguments.ToList().IndexOf("-E") + 1]);
        Assert.DoesNotContain("-s", arguments);
    }

    [Fact]
    public void Brackets_around_an_ip_address_are_taken_off() =>
        Assert.Contains("::1", Session(new SshConnectionOptions { HostName = "[::1]" }));

    [Theory]
    [InlineData("[-oProxyCommand=id]")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("a`b`")]
    [InlineData("$(b)")]
    [InlineData("a'b")]
    public void A_host_name_that_could_be_an_option_or_a_shell_command_is_refused(string host) =>
        AssertInvalid(() => Session(new SshConnectionOptions { HostName = host }));

    [Theory]
    [InlineData("a;b")]
    [InlineData("`id`")]
    [InlineData("ends-with\\")]
    public void A_user_name_that_could_be_a_shell_command_is_refused(string user) =>
        AssertInvalid(() => Session(new SshConnectionOptions { HostName = "h", UserName = user }));

    [Fact]
    public void A_user_name_of_a_domain_is_accepted()
    {
        var arguments = Session(new SshConnectionOptions { HostName = "h", UserName = "DOMAIN\\user", Port = 2222 });

        Assert.Equal("DOMAIN\\user", arguments[arguments.ToList().IndexOf("-l") + 1]);
        Assert.Equal("2222", arguments[arguments.ToList().IndexOf("-p") + 1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65536)]
    public void A_port_out_of_range_is_refused(int port) =>
        AssertInvalid(() => Session(new SshConnectionOptions { HostName = "h", Port = port }));

    [Theory]
    [InlineData(HostKeyPolicy.Strict, "yes")]
    [InlineData(HostKeyPolicy.TrustOnFirstUse, "accept-new")]
    [InlineData(HostKeyPolicy.AcceptAny, "no")]
    [Trait("Requirement", "SFTP-006")]
    public void The_host_key_policy_is_always_explicit(HostKeyPolicy policy, string expected)
    {
        var arguments = Session(new SshConnectionOptions { HostName = "h", HostKeyPolicy = policy });

        Assert.Equal(expected, Option(arguments, "StrictHostKeyChecking"));
        Assert.Equal(policy == HostKeyPolicy.AcceptAny ? "/dev/null" : null, Option(arguments, "UserKnownHostsFile"));
        Assert.Equal(policy == HostKeyPolicy.AcceptAny ? "/dev/null" : null, Option(arguments, "GlobalKnownHostsFile"));
    }

    [SkippableTheory]
    [InlineData("/home/me/known", "\"/home/me/known\"")]
    [InlineData("/home/me/100% known hosts", "\"/home/me/100%% known hosts\"")]
    [InlineData("/home/me/back\\slash", "\"/home/me/back\\\\slash\"")]
    public void Paths_are_quoted_as_ssh_reads_them(string path, string expected)
    {
        Skip.If(OperatingSystem.IsWindows());
        Assert.Equal(expected, Option(Session(new SshConnectionOptions { HostName = "h", KnownHostsPath = path }), "UserKnownHostsFile"));
    }

    [Fact]
    public void A_backslash_is_none_to_escape_before_8_7() => Assert.Equal(
        "\"/back\\slash\"",
        Option(
            new SshArguments(new SshConnectionOptions { HostName = "h", KnownHostsPath = "/back\\slash" }, Oldest).ForSession(null, null),
            "UserKnownHostsFile"));

    [Theory]
    [InlineData("/with/\"quote")]
    [InlineData("/with/${HOME}")]
    [InlineData("/with/\nbreak")]
    public void A_path_that_ssh_would_read_as_something_else_is_refused(string path) =>
        AssertInvalid(() => Session(new SshConnectionOptions { HostName = "h", KnownHostsPath = path }));

    [Fact]
    public void A_key_file_keeps_the_keys_of_the_agent_from_being_tried()
    {
        var key = Path.GetTempFileName();

        var arguments = Session(new SshConnectionOptions { HostName = "h", KeyFilePaths = [key] });

        File.Delete(key);
        Assert.Equal($"\"{key.Replace('\\', '/')}\"", Option(arguments, "IdentityFile"));
        Assert.Equal("yes", Option(arguments, "IdentitiesOnly"));
        Assert.Null(Option(Session(new SshConnectionOptions { HostName = "h" }), "IdentitiesOnly"));
    }

    [Fact]
    public void A_password_is_tried_before_the_keys_of_the_agent_and_turns_batch_mode_off()
    {
        using var password = new Secret("x");
        var arguments = Session(new SshConnectionOptions { HostName = "h", Password = password });

        Assert.Equal("no", Option(arguments, "BatchMode"));
        Assert.StartsWith("password,", Option(arguments, "PreferredAuthentications"), StringComparison.Ordinal);
        Assert.DoesNotContain(arguments, argument => argument.Contains('x', StringComparison.Ordinal) && argument.Length == 1);
        Assert.Equal("yes", Option(Session(new SshConnectionOptions { HostName = "h" }), "BatchMode"));
    }

    [Theory]
    [InlineData("RemoteCommand")]
    [InlineData("remotecommand")]
    [InlineData("ControlPath")]
    [InlineData("ControlMaster")]
    [InlineData("RequestTTY")]
    [InlineData("SessionType")]
    [InlineData("StdinNull")]
    [InlineData("ForkAfterAuthentication")]
    [InlineData("LocalCommand")]
    [InlineData("PermitLocalCommand")]
    [InlineData("LogLevel")]
    [InlineData("StrictHostKeyChecking")]
    [InlineData("Proxy Command")]
    [InlineData("Port=1")]
    [InlineData("")]
    public void An_option_that_would_break_the_transport_is_refused(string keyword) => AssertInvalid(() => Session(
        new SshConnectionOptions { HostName = "h", SshOptions = new Dictionary<string, string> { [keyword] = "yes" } }));

    [Fact]
    public void A_line_break_in_an_option_is_refused() => AssertInvalid(() => Session(new SshConnectionOptions
    {
        HostName = "h",
        SshOptions = new Dictionary<string, string> { ["ProxyJump"] = "a\nControlMaster=yes" },
    }));

    [Fact]
    public void The_users_options_stand_before_the_defaults_that_they_may_change()
    {
        var arguments = Session(new SshConnectionOptions
        {
            HostName = "h",
            SshOptions = new Dictionary<string, string> { ["ForwardAgent"] = "yes", ["ServerAliveInterval"] = "99" },
        });

        Assert.Equal("yes", Option(arguments, "ForwardAgent"));
        Assert.Equal("99", Option(arguments, "ServerAliveInterval"));
    }

    [Fact]
    public void What_the_transport_depends_on_stands_before_the_users_options()
    {
        var arguments = Session(new SshConnectionOptions
        {
            HostName = "h",
            SshOptions = new Dictionary<string, string> { ["ProxyJump"] = "bastion" },
        }).ToList();

        Assert.True(arguments.IndexOf("ControlMaster=yes") < arguments.IndexOf("ProxyJump=bastion"));
        Assert.Equal("/tmp/x/c", Option(arguments, "ControlPath"));
        Assert.Equal("no", Option(arguments, "ControlPersist"));
    }

    [Fact]
    public void Without_a_control_socket_a_configured_one_is_not_used_either()
    {
        var arguments = new SshArguments(new SshConnectionOptions { HostName = "h" }, Current).ForSubsystem("sftp", null);

        Assert.Equal("no", Option(arguments, "ControlMaster"));
        Assert.Equal("none", Option(arguments, "ControlPath"));
    }

    [Fact]
    public void Times_are_whole_seconds_and_never_nothing_by_rounding()
    {
        var arguments = Session(new SshConnectionOptions
        {
            HostName = "h",
            ConnectTimeout = TimeSpan.FromMilliseconds(200),
            KeepAliveInterval = TimeSpan.FromSeconds(1.5),
            KeepAliveCountMax = 7,
        });

        Assert.Equal("1", Option(arguments, "ConnectTimeout"));
        Assert.Equal("2", Option(arguments, "ServerAliveInterval"));
        Assert.Equal("7", Option(arguments, "ServerAliveCountMax"));
        Assert.Equal("0", Option(
            Session(new SshConnectionOptions { HostName = "h", KeepAliveInterval = TimeSpan.Zero }), "ServerAliveInterval"));
    }

    [Fact]
    public void An_old_ssh_gets_no_option_that_it_does_not_know()
    {
        var old = new SshArguments(new SshConnectionOptions { HostName = "h" }, Oldest)
            .ForCommand(new RemoteCommandRequest("true"), "/log", null);

        foreach (var keyword in (string[])["SessionType", "StdinNull", "ForkAfterAuthentication", "LogVerbose"])
            Assert.Null(Option(old, keyword));
    }

    [Fact]
    public void The_configuration_is_asked_for_the_same_target()
    {
        var arguments = new SshArguments(
            new SshConnectionOptions { HostName = "alias", Port = 1, UserName = "u", SshConfigPath = "/c" }, Current).ForConfiguration();

        Assert.Equal(["-G", "-F", "/c", "-l", "u", "-p", "1", "--", "alias"], arguments);
    }

    private static IReadOnlyList<string> Session(SshConnectionOptions options) =>
        new SshArguments(options, Current).ForSession("/tmp/x/c", null);

    // The value that ssh would take: the first.
    private static string? Option(IEnumerable<string> arguments, string keyword) => arguments
        .Where(argument => argument.StartsWith(keyword + "=", StringComparison.Ordinal))
        .Select(argument => argument[(keyword.Length + 1)..])
        .FirstOrDefault();

    private static void AssertInvalid(Func<object> act) =>
        Assert.Equal(SftpErrorCode.InvalidArgument, Assert.Throws<SftpException>(act).Code);
}
