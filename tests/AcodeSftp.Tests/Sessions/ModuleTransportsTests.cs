using AcodeSftp.Connections;
using AcodeSftp.Protocol.Embedded;
using AcodeSftp.Shell.Lifecycle;

namespace AcodeSftp.Tests.Sessions;

public sealed class ModuleTransportsTests
{
    private static readonly SshConnectionOptions Options = new() { HostName = "host" };

    [Fact]
    public void The_transports_are_those_that_the_parameter_takes() =>
        Assert.Equal(["OpenSsh", "SshNet", "Memory"], ModuleTransports.All(new MemoryTransport()).Select(transport => transport.Name));

    [Fact]
    public void On_Windows_a_password_is_not_for_OpenSSH_unless_something_else_needs_it()
    {
        using var password = new Secret("secret");
        var openSsh = ModuleTransports.All(new MemoryTransport())[0];
        var withPassword = Options with { Password = password };

        Assert.NotNull(ModuleTransports.Reservation(openSsh, withPassword, isWindows: true));
        Assert.Null(ModuleTransports.Reservation(openSsh, withPassword, isWindows: false));
        Assert.Null(ModuleTransports.Reservation(openSsh, Options, isWindows: true));
        Assert.Null(ModuleTransports.Reservation(openSsh, withPassword with { JumpHosts = ["jump"] }, isWindows: true));
        Assert.Null(ModuleTransports.Reservation(openSsh, withPassword with { SshConfigPath = "config" }, isWindows: true));
    }

    [Fact]
    public void A_module_without_SSH_NET_says_how_to_get_it()
    {
        var sshNet = ModuleTransports.All(new MemoryTransport())[1];

        if (sshNet is AbsentTransport)
            Assert.Contains("-p:SshNet=true", sshNet.Availability.Detail, StringComparison.Ordinal);
        else
            Assert.StartsWith("SSH.NET", sshNet.Availability.Detail, StringComparison.Ordinal);
    }
}
