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
    /// A transfer without a checksum, with one, and without one as at a prompt where another went before; the first two compiled
    /// natively, and what SSH.NET does, where these are in the build.
    /// </summary>
    /// <param name="verb">What to do: <c>upload</c> or <c>download</c>.</param>
    /// <param name="host">The server.</param>
    /// <param name="source">What to transfer.</param>
    /// <param name="destination">What does not exist yet.</param>
    /// <param name="isFile">Whether it is a file, which SSH.NET can transfer alone.</param>
    public IEnumerable<Contender> Transfer(string verb, BenchHost host, string source, string destination, bool isFile)
    {
        var plain = Arguments(verb, host, source, destination);
        var withChecksum = Arguments(verb, host, source, destination, checksum: true);
        yield return Managed(Names.Ours, plain);
        yield return Managed(Names.OursChecked, withChecksum);
        yield return Managed(Names.OursAgain, Arguments(verb, host, source, destination, again: true));
        foreach (var contender in Native(Names.OursNative, plain).Concat(Native(Names.OursNativeChecked, withChecksum)))
            yield return contender;
        if (!HasSshNet)
            yield break;
        yield return Managed(Names.OursOverSshNet, Arguments(verb, host, source, destination, transport: SshNet));
        if (isFile)
            yield return Managed(Names.SshNetAlone, Arguments(verb, host, source, destination, transport: BareSshNet));
    }

    public IEnumerable<Contender> List(BenchHost host, string directory, bool recursive, int count) =>
        Both(Arguments("list", host, directory, recursive ? "recursive" : "", count));

    public IEnumerable<Contender> Open(BenchHost host) => Both(Arguments("open", host, "", ""));

    public IEnumerable<Contender> Commands(BenchHost host, int count) => Both(Arguments("commands", host, "", "", count));

    private static IEnumerable<Contender> Both(IReadOnlyList<string> arguments) =>
        [Managed(Names.Ours, arguments), .. Native(Names.OursNative, arguments)];

    private static Contender Managed(string name, IReadOnlyList<string> arguments) =>
        new(name, ChildProcess.Self(OursProcess.Verb, arguments));

    private static IEnumerable<Contender> Native(string name, IReadOnlyList<string> arguments) =>
        NativeProgram.UnavailableReason is null ? [new(name, [NativeProgram.Path, OursProcess.Verb, .. arguments])] : [];

    private string[] Arguments(
        string verb, BenchHost host, string source, string destination, int count = 0, bool checksum = false, bool again = false,
        string transport = OpenSsh) =>
    [
        $"do={verb}", $"transport={transport}", $"host={host.Alias}", $"port={host.Port}", $"config={server.ConfigPath}",
        $"key={server.UserKeyPath}", $"source={source}", $"destination={destination}", $"count={count}",
        $"checksum={(checksum ? "yes" : "no")}", $"again={(again ? "yes" : "no")}", $"report={server.ReportPath}",
    ];
}
