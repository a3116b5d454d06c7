namespace AcodeSftp.Bench;

/// <summary>Files and trees up and down. Destinations do not exist before a run, for anybody.</summary>
internal sealed class TransferCases(BenchServer server)
{
    private const int TreeSize = 6000;

    private readonly Ours _ours = new(server);
    private readonly Cmdlets _cmdlets = new(server);
    private readonly Programs _programs = new(server);

    public IEnumerable<BenchCase> LargeFile(long size, int delay)
    {
        var host = server.At(delay);
        var (source, copy, requests) = (InDirectory("large.bin"), InDirectory("large.copy"), InDirectory("large.requests"));
        List<Contender> up =
        [
            .. Our("upload", host, source, copy, isFile: true),
            new(Names.Sftp, _programs.Sftp(host, $"put {source} {copy}")),
            new(Names.Scp, _programs.ScpUp(host, source, copy)),
            new(Names.Pipe, _programs.PipeUp(host, source, copy)),
        ];
        List<Contender> down =
        [
            .. Our("download", host, source, copy, isFile: true),
            new(Names.Sftp, _programs.Sftp(host, $"get {source} {copy}")),
            new(Names.Scp, _programs.ScpDown(host, source, copy)),
            new(Names.Pipe, _programs.PipeDown(host, source, copy)),
        ];
        // At a distance it is not the cipher that they wait for.
        if (delay == 0)
        {
            up.Add(new(Names.SftpGcm, _programs.Sftp(host, $"put {source} {copy}", Programs.SameCipher)));
            up.Add(new(Names.ScpGcm, _programs.ScpUp(host, source, copy, Programs.SameCipher)));
            down.Add(new(Names.SftpGcm, _programs.Sftp(host, $"get {source} {copy}", Programs.SameCipher)));
            down.Add(new(Names.ScpGcm, _programs.ScpDown(host, source, copy, Programs.SameCipher)));
            up.Add(new(Names.Requests, _programs.Requests(host, requests)));
        }

        if (Programs.Has("rclone"))
        {
            up.Add(new(Names.Rclone, _programs.RcloneUp(host, "copyto", source, copy)));
            down.Add(new(Names.Rclone, _programs.RcloneDown(host, "copyto", source, copy)));
        }

        if (Programs.Has("lftp"))
            down.Add(new(Names.LftpGet, _programs.Lftp(host, $"pget -n 8 {source} -o {copy}")));
        var both = Between(source, copy, delay, () => TestData.WriteLarge(source, size)) with { Bytes = size };
        yield return both with
        {
            Name = Names.Large(size, Names.Up, delay),
            Contenders = up,
            Prepare = () =>
            {
                both.Prepare();
                if (delay == 0)
                    SftpRequests.Make(requests, source, copy);
            },
            Finish = () => TestData.Delete(requests),
        };
        yield return both with { Name = Names.Large(size, Names.Down, delay), Contenders = down };
    }

    public IEnumerable<BenchCase> SmallFiles(int count, int delay)
    {
        const int smaller = 1000;
        var source = InDirectory($"small-{count}");
        return Directories(way => Names.Small(count, way, delay), source, delay, () => TestData.WriteFiles(source, count, 1024))
            .Select(pair => count == smaller ? pair.Case : pair.Case with
            {
                Smaller = new SmallerCase(Names.Small(smaller, pair.Way, delay), (double)count / smaller),
            });
    }

    public IEnumerable<BenchCase> Tree(int delay)
    {
        const int smaller = 1000;
        var source = InDirectory("tree");
        return Directories(way => Names.Tree(TreeSize, way, delay), source, delay, () => TestData.WriteTree(source, TreeSize))
            .Select(pair => pair.Case with
            {
                Smaller = new SmallerCase(Names.Small(smaller, pair.Way, delay), (double)TreeSize / smaller),
            });
    }

    private IEnumerable<(string Way, BenchCase Case)> Directories(Func<string, string> nameOf, string source, int delay, Action prepare)
    {
        var host = server.At(delay);
        var copy = InDirectory("tree.copy");
        List<Contender> up =
        [
            .. Our("upload", host, source, copy, isFile: false),
            new(Names.Sftp, _programs.Sftp(host, $"put -r {source} {copy}")),
        ];
        List<Contender> down =
        [
            .. Our("download", host, source, copy, isFile: false),
            new(Names.Sftp, _programs.Sftp(host, $"get -r {source} {copy}")),
        ];
        if (Programs.Has("rclone"))
        {
            up.Add(new(Names.Rclone, _programs.RcloneUp(host, "copy", source, copy)));
            down.Add(new(Names.Rclone, _programs.RcloneDown(host, "copy", source, copy)));
        }

        if (Programs.Has("lftp"))
        {
            up.Add(new(Names.Lftp, _programs.Lftp(host, $"mirror -R -P 16 {source} {copy}")));
            down.Add(new(Names.Lftp, _programs.Lftp(host, $"mirror -P 16 {source} {copy}")));
        }

        var both = Between(source, copy, delay, prepare);
        yield return (Names.Up, both with { Name = nameOf(Names.Up), Contenders = up });
        yield return (Names.Down, both with { Name = nameOf(Names.Down), Contenders = down });
    }

    private IEnumerable<Contender> Our(string verb, BenchHost host, string source, string copy, bool isFile) =>
    [
        .. _ours.Transfer(verb, host, source, copy, isFile),
        .. Cmdlets.UnavailableReason is null ? new[] { _cmdlets.Transfer(verb, host, source, copy) } : [],
    ];

    private static BenchCase Between(string source, string copy, int delay, Action prepare) => new("", delay, [])
    {
        Prepare = prepare,
        Clear = () => TestData.Delete(copy),
        Check = _ => TestData.Compare(source, copy),
    };

    private string InDirectory(string name) => Path.Join(server.Directory, name);
}
