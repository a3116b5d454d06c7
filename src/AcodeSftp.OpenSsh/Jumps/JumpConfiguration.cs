using System.Globalization;
using System.Text;
using AcodeSftp.Connections;
using AcodeSftp.OpenSsh.Trust;

namespace AcodeSftp.OpenSsh.Jumps;

/// <summary>
/// The configuration of the <c>ssh</c> processes that go through jump hosts. They get nothing of the command line of the
/// one that starts them but its configuration file; so what the caller gave is written into one, before the user's own.
/// </summary>
internal static class JumpConfiguration
{
    /// <summary>Makes the text of the file.</summary>
    /// <param name="options">Where and how to connect.</param>
    /// <param name="arguments">The arguments of the target's <c>ssh</c>.</param>
    /// <param name="program">The <c>ssh</c> that will read it.</param>
    /// <param name="rules">What the jump hosts' <c>ssh</c> is told about host keys.</param>
    /// <returns>The text. It holds no secret.</returns>
    public static string Write(SshConnectionOptions options, SshArguments arguments, OpenSshProgram program, HostKeyRules rules)
    {
        var text = new StringBuilder();
        text.Append("Host ").AppendJoin(' ', arguments.JumpHosts.Select(jump => jump.HostName)).Append('\n');
        foreach (var (keyword, value) in rules.Options(program, arguments.QuotePath))
            Add(keyword, value);
        foreach (var key in options.KeyFilePaths)
            Add("IdentityFile", arguments.QuotePath(key));
        foreach (var certificate in options.CertificateFilePaths)
            Add("CertificateFile", arguments.QuotePath(certificate));
        if (arguments.AgentSocket is { } socket)
        {
            Add("IdentityAgent", arguments.QuotePath(socket));
            Add("IdentitiesOnly", "no");
        }
        else if (options.KeyFilePaths.Count > 0)
        {
            Add("IdentitiesOnly", "yes");
        }

        Add("LogLevel", "INFO");
        Add("NumberOfPasswordPrompts", "1");
        var seconds = Math.Max(1, (long)Math.Ceiling(options.ConnectTimeout.TotalSeconds));
        Add("ConnectTimeout", seconds.ToString(CultureInfo.InvariantCulture));
        if (options.KeyPassphrase is null)
        {
            Add("BatchMode", "yes");
        }
        else if (!arguments.JumpHosts.Any(jump => jump.HostName.Equals(options.HostName, StringComparison.OrdinalIgnoreCase)))
        {
            // The password is the target's. ssh would take our refusal to tell it for an empty one, and try that.
            Add("PasswordAuthentication", "no");
            Add("KbdInteractiveAuthentication", "no");
        }

        // With a file of its own ssh does not read the usual ones.
        text.Append("Host *\n");
        if (options.SshConfigPath is null)
        {
            Add("Include", "~/.ssh/config");
            Add("Include", OperatingSystem.IsWindows() ? "__PROGRAMDATA__/ssh/ssh_config" : "/etc/ssh/ssh_config");
        }
        else if (!options.SshConfigPath.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            Add("Include", arguments.QuotePath(Path.GetFullPath(options.SshConfigPath)));
        }

        return text.ToString();

        void Add(string keyword, string value) => text.Append("  ").Append(keyword).Append(' ').Append(value).Append('\n');
    }
}
