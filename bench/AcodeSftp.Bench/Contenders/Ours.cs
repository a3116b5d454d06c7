namespace AcodeSftp.Bench;

/// <summary>AcodeSftp by its C# API, as command lines for <see cref="OursProcess"/>.</summary>
internal sealed class Ours(BenchServer server)
{
    /// <summary>In place of a transport: SSH.NET with nothing of ours.</summary>
    public const string BareSshNet = "SSH.NET";

    private const string OpenSsh = "OpenSsh";
    private const string SshNet = "SshNet";

    /// <summary>Whether SSH.NET is in this build (-p:SshNet=true).</summary>
    public static bool HasSshNet =>
#if SSHNET
        true;
#else
        false;
#endif

    /// <summary>
    /// A transfer without a checksum, with one, and without one as at a prompt where another went before, and what SSH.NET
    /// does where it is in the build.
    /// </summary>
    /// <param name="verb">What to do: <c>upload</c> or <c>download</c>.</param>
    /// <param name="host">The server.</param>
    /// <param name="source">What to transfer.</param>
    /// <param name="destination">What does not exist yet.</param>
    /// <param name="isFile">Whether it is a file, which SSH.NET can transfer alone.</param>
    public IEnumerable<Contender> Transfer(string verb, BenchHost host, string source, string destination, bool isFile)
    {
        yield return new Contender(Names.Ours, Command(verb, host, source, destination));
        yield return new Contender(Names.OursChecked, Command(verb, host, source, destination, checksum: true));
        yield return new Contender(Names.OursAgain, Command(verb, host, source, destination, again: true));
        if (!HasSshNet)
            yield break;
        yield return new Contender(Names.OursOverSshNet, Command(verb, host, source, destination, transport: SshNet));
        if (isFile)
            yield return new Contender(Names.SshNetAlone, Command(verb, host, source, destination, transport: BareSshNet));
    }

    public Contender List(BenchHost host, string directory, bool recursive, int count) =>
        new(Names.Ours, Command("list", host, directory, recursive ? "recursive" : "", count));

    public Contender Open(BenchHost host) => new(Names.Ours, Command("open", host, "", ""));

    public Contender Commands(BenchHost host, int count) => new(Names.Ours, Command("commands", host, "", "", count));

    private IReadOnlyList<string> Command(
        string verb, BenchHost host, string source, string destination, int count = 0, bool checksum = false, bool again = false,
        string transport = OpenSsh) =>
        ChildProcess.Self(
            OursProcess.Verb,
            [
                $"do={verb}", $"transport={transport}", $"host={host.Alias}", $"port={host.Port}", $"config={server.ConfigPath}",
                $"key={server.UserKeyPath}", $"source={source}", $"destination={destination}", $"count={count}",
                $"checksum={(checksum ? "yes" : "no")}", $"again={(again ? "yes" : "no")}", $"report={server.ReportPath}",
            ]);
}
