using System.Diagnostics;

namespace AcodeSftp.Bench;

/// <summary>What is no transfer: listings, sessions, commands, the progress bar, the import.</summary>
internal sealed class OtherCases(BenchServer server)
{
    private readonly Ours _ours = new(server);
    private readonly Cmdlets _cmdlets = new(server);
    private readonly Programs _programs = new(server);

    public BenchCase Listing(int entries)
    {
        var host = server.At(0);
        var directory = InDirectory($"list-{entries}");
        return new BenchCase(
            Names.List(entries),
            0,
            [
                .. _ours.List(host, directory, recursive: false, entries),
                .. WhereThereArePwshAndModule(() => _cmdlets.List(host, directory, recursive: false, entries)),
                new(Names.SftpList, _programs.Sftp(host, $"ls -1 {directory}")),
            ])
        {
            Prepare = () => TestData.WriteFiles(directory, entries, size: 0),
        };
    }

    public BenchCase RecursiveListing(int directories, int delay)
    {
        var host = server.At(delay);
        var root = InDirectory("directories");
        List<Contender> contenders =
        [
            .. _ours.List(host, root, recursive: true, directories),
            .. WhereThereArePwshAndModule(() => _cmdlets.List(host, root, recursive: true, directories)),
        ];
        if (Programs.Has("lftp"))
            contenders.Add(new(Names.LftpFind, _programs.Lftp(host, $"find {root}")));
        if (Programs.Has("rclone"))
            contenders.Add(new(Names.Rclone, _programs.RcloneDown(host, "lsf -R", root, "")));
        return new BenchCase(Names.ListDirectories(directories, delay), delay, contenders)
        {
            Prepare = () => TestData.WriteDirectories(root, directories),
        };
    }

    public BenchCase OpenSession()
    {
        var host = server.At(0);
        return new BenchCase(
            Names.OpenSession,
            0,
            [
                .. _ours.Open(host),
                .. WhereThereArePwshAndModule(() => _cmdlets.Open(host)),
                new(Names.Sftp, _programs.Sftp(host, "bye")),
                new(Names.Login, _programs.Login(host)),
            ])
        {
            LeastRounds = 5,
        };
    }

    // The bare contender is a process for each command, over a master that stands; ours is a session that does.
    public BenchCase Commands(int count)
    {
        var host = server.At(0);
        var socket = InDirectory("control");
        Process? master = null;
        return new BenchCase(
            Names.Commands(count),
            0,
            [
                .. _ours.Commands(host, count),
                .. WhereThereArePwshAndModule(() => _cmdlets.Commands(host, count)),
                new(Names.Multiplexed, _programs.MultiplexedCommands(host, socket, count)),
            ])
        {
            Compared = RunReport.Connected,
            Prepare = () =>
            {
                var command = _programs.Master(host, socket);
                master = Process.Start(command[0], command.Skip(1));
                for (var i = 0; i < 200 && !File.Exists(socket); i++)
                    Thread.Sleep(50);
            },
            Finish = () =>
            {
                if (master is not null)
                    ChildProcess.End(master);
            },
        };
    }

    public BenchCase ProgressOfLarge(long size)
    {
        var source = InDirectory("large.bin");
        return ProgressOf(Names.ProgressOfLarge(size), source, () => TestData.WriteLarge(source, size)) with { Bytes = size };
    }

    public BenchCase ProgressOfSmall(int count)
    {
        var source = InDirectory($"small-{count}");
        return ProgressOf(Names.ProgressOfSmall(count), source, () => TestData.WriteFiles(source, count, 1024));
    }

    // Compared by what follows the start of pwsh and the login, which have no bar.
    private BenchCase ProgressOf(string name, string source, Action prepare)
    {
        var copy = InDirectory("progress.copy");
        return new BenchCase(name, 0, [.. _cmdlets.Progress(server.At(0), source, copy)])
        {
            Compared = RunReport.Connected,
            LeastRounds = 5,
            Prepare = prepare,
            Clear = () => TestData.Delete(copy, _cmdlets.TerminalPath),
            Check = contender => TestData.Compare(source, copy) ?? CheckTerminal(contender is Names.Progress or Names.ProgressAgain),
        };
    }

    public static BenchCase Import() => new(Names.ImportModule, 0, [.. Cmdlets.Import()]) { LeastRounds = 9 };

    private string? CheckTerminal(bool hasBar) =>
        File.ReadAllText(_cmdlets.TerminalPath).Contains("Sending to", StringComparison.Ordinal) == hasBar ? null
        : hasBar ? "no progress was shown" : "progress was shown";

    private static IEnumerable<Contender> WhereThereArePwshAndModule(Func<Contender> make) =>
        Cmdlets.UnavailableReason is null ? [make()] : [];

    private string InDirectory(string name) => Path.Join(server.Directory, name);
}
