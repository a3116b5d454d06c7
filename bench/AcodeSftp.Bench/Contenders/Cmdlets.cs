namespace AcodeSftp.Bench;

/// <summary>
/// The cmdlets, each run in a <c>pwsh</c> of its own by <c>cmdlets.ps1</c>. The module is that of the checkout, as
/// <c>build.ps1</c> lays it out.
/// </summary>
internal sealed class Cmdlets(BenchServer server)
{
    private const string Pwsh = "pwsh";
    private static readonly string Script = Path.Join(AppContext.BaseDirectory, "Contenders", "cmdlets.ps1");

    private static readonly string? Module = FindModule();

    /// <summary>Why there are none here; null where there are.</summary>
    public static string? UnavailableReason { get; } =
        !Programs.Has(Pwsh) ? "pwsh is not installed."
        : Module is null ? "The module is not built: ./build.ps1."
        : null;

    /// <summary>The module's own assembly, where there is a module.</summary>
    public static string? Assembly => Module is null ? null : AssemblyOf(Module);

    /// <summary>A transfer without a checksum, with all that the cmdlets have as their defaults otherwise.</summary>
    public Contender Transfer(string verb, BenchHost host, string source, string destination) =>
        new(Names.Cmdlets, Command(verb, host, source, destination));

    /// <summary>Uploads on a terminal, without a progress bar and with it, each also as the second one of a session.</summary>
    public IEnumerable<Contender> Progress(BenchHost host, string source, string destination)
    {
        var without = Command("upload", host, source, destination);
        List<string> with = [.. without, "-Progress", "Continue"];
        return
        [
            OnTerminal(Names.NoProgress, without),
            OnTerminal(Names.Progress, with),
            OnTerminal(Names.NoProgressAgain, [.. without, "-Again"]),
            OnTerminal(Names.ProgressAgain, [.. with, "-Again"]),
        ];
    }

    public Contender List(BenchHost host, string directory, bool recursive, int count) =>
        new(Names.Cmdlets, [.. Command("list", host, directory, recursive ? "recursive" : ""), "-Count", $"{count}"]);

    public Contender Open(BenchHost host) => new(Names.Cmdlets, Command("open", host));

    public Contender Commands(BenchHost host, int count) => new(Names.Cmdlets, [.. Command("commands", host), "-Count", $"{count}"]);

    /// <summary><c>pwsh</c> that imports the module, and one that does nothing.</summary>
    public static IEnumerable<Contender> Import() =>
    [
        new(Names.Import, [Pwsh, "-NoProfile", "-NonInteractive", "-Command", $"Import-Module '{Module}'"]),
        new(Names.EmptyPwsh, [Pwsh, "-NoProfile", "-NonInteractive", "-Command", "exit"]),
    ];

    /// <summary>What the terminal showed in the run before, if it was on one.</summary>
    public string TerminalPath => Path.Join(server.Directory, "terminal");

    private List<string> Command(string verb, BenchHost host, string source = "", string destination = "")
    {
        List<string> command =
        [
            Pwsh, "-NoProfile", "-NonInteractive", "-File", Script, "-Module", Module ?? "", "-Report", server.ReportPath,
            "-Do", verb, "-HostName", host.Alias, "-Config", server.ConfigPath,
        ];
        foreach (var (name, value) in new[] { ("-Source", source), ("-Destination", destination) })
        {
            if (value.Length > 0)
                command.AddRange([name, value]);
        }

        return command;
    }

    // A pseudo-terminal of a usual size, or no bar would be drawn.
    private Contender OnTerminal(string name, IReadOnlyList<string> command)
    {
        var line = $"stty rows 40 cols 120; exec {string.Join(' ', command.Select(word => $"'{word}'"))}";
        return new Contender(name, ["env", "TERM=xterm-256color", "script", "--quiet", "--return", "--command", line, TerminalPath])
        {
            IsOnTerminal = true,
        };
    }

    private static string AssemblyOf(string module) => Path.Join(Path.GetDirectoryName(module), "bin", "AcodeSftp.dll");

    private static string? FindModule()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            var module = Path.Join(directory, "AcodeSftp.psd1");
            if (File.Exists(module))
                return File.Exists(AssemblyOf(module)) ? module : null;
        }

        return null;
    }
}
