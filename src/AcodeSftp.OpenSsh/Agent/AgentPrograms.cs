namespace AcodeSftp.OpenSsh.Agent;

/// <summary>The system's <c>ssh-agent</c> and <c>ssh-add</c>.</summary>
/// <param name="AgentPath">The absolute path of <c>ssh-agent</c>.</param>
/// <param name="AddPath">The absolute path of <c>ssh-add</c>.</param>
internal sealed record AgentPrograms(string AgentPath, string AddPath)
{
    /// <summary>Looks for them: beside <c>ssh</c>, for they should be of one version, and then on PATH.</summary>
    /// <param name="sshPath">Where <c>ssh</c> is.</param>
    /// <param name="searchPath">The value of PATH.</param>
    /// <param name="exists">Whether there is a file.</param>
    /// <returns>The programs.</returns>
    /// <exception cref="SftpException">One of them is not there (<see cref="SftpErrorCode.Unavailable"/>).</exception>
    public static AgentPrograms Find(string sshPath, string? searchPath, Func<string, bool> exists)
    {
        var directories = (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Prepend(Path.GetDirectoryName(sshPath) ?? "/")
            .ToArray();
        return new AgentPrograms(Locate("ssh-agent"), Locate("ssh-add"));

        string Locate(string name) => directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(exists)
            ?? throw new SftpException(
                SftpErrorCode.Unavailable,
                $"There is no '{name}' beside ssh or on PATH. A private key given as text needs it, for it reaches ssh through an agent.")
            {
                Advice = "Install the whole OpenSSH client, or give the path of a key file with -KeyFilePath.",
                IsTransientOverride = false,
            };
    }
}
