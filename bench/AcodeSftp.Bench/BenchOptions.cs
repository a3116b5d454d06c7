using System.Globalization;

namespace AcodeSftp.Bench;

/// <summary>What was asked for on the command line.</summary>
internal sealed record BenchOptions
{
    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = """
        Compares AcodeSftp with sftp, scp, rclone, lftp and ssh, on a server that it starts itself on this machine.

        usage: dotnet run -c Release --project bench/AcodeSftp.Bench -- [options]

          --cases TEXT;TEXT     only the cases whose name contains one of these texts; --list names them all
          --without TEXT;TEXT   leave out contenders whose name contains one of these texts, case and all
          --rounds N            rounds of each case, 5 by default; who takes more than 20 s has 3, more than 60 s one
          --quick               one round
          --size BYTES          size of the large file, 1000000000 by default; a quarter of it at 100 ms
          --limit SECONDS       end a run that takes longer, 300 by default; who would is not started, where that is known
          --rate MB             at most so many megabytes a second through the relay, in each direction of a connection
          --directory DIRECTORY where the files are; /dev/shm leaves the disk out of the figures
          --markdown FILE       write the tables to a file too
          --json FILE           write everything to a file
          --plot FILE           write a plot (SVG) to a file
          --list                name the cases and their contenders, and measure nothing
          --help                this

        The cmdlets take part where pwsh is installed and the module is built (./build.ps1), AcodeSftp compiled natively
        and SSH.NET where the benchmark is built with -p:Native=true and -p:SshNet=true. Tables go to standard output, what
        is going on to standard error.
        Ctrl+C (or SIGTERM) ends it, prints what there is, and removes everything that it has made.
        """;

    public IReadOnlyList<string> Cases { get; private init; } = [];

    public IReadOnlyList<string> Without { get; private init; } = [];

    public int Rounds { get; private init; } = 5;

    public long Size { get; private init; } = 1_000_000_000;

    public TimeSpan Limit { get; private init; } = TimeSpan.FromSeconds(300);

    /// <summary>Of the relays; 0 for no limit.</summary>
    public long BytesPerSecond { get; private init; }

    public string? Directory { get; private init; }

    public string? MarkdownPath { get; private init; }

    public string? JsonPath { get; private init; }

    public string? PlotPath { get; private init; }

    public bool OnlyList { get; private init; }

    public bool WantsHelp { get; private init; }

    /// <summary>Reads a command line.</summary>
    /// <exception cref="ArgumentException">There is something in it that is no option or has no sense.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "--quick" => options with { Rounds = 1 },
                "--list" => options with { OnlyList = true },
                "--help" or "-h" => options with { WantsHelp = true },
                "--cases" => options with { Cases = Texts(Value()) },
                "--without" => options with { Without = Texts(Value()) },
                "--rounds" => options with { Rounds = (int)Number(1, 1000) },
                "--size" => options with { Size = Number(1_000_000, 100_000_000_000) },
                "--limit" => options with { Limit = TimeSpan.FromSeconds(Number(1, 86_400)) },
                "--rate" => options with { BytesPerSecond = Number(1, 100_000) * 1_000_000 },
                "--directory" => options with { Directory = Value() },
                "--markdown" => options with { MarkdownPath = Value() },
                "--json" => options with { JsonPath = Value() },
                "--plot" => options with { PlotPath = Value() },
                _ => throw new ArgumentException($"There is no option '{name}'; --help names them all."),
            };

            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"A value must follow {name}.");

            long Number(long least, long most) =>
                long.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                    ? number
                    : throw new ArgumentException($"A whole number from {least} to {most} must follow {name}, not '{arguments[i]}'.");
        }

        if (options.Directory is { } directory && !System.IO.Directory.Exists(directory))
            throw new ArgumentException($"There is no directory '{directory}'.");
        return options;
    }

    private static string[] Texts(string value) =>
        value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
