using System.Globalization;
using System.Security.Cryptography;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Bench;

/// <summary>What is measured. Destinations do not exist before a run, for anybody.</summary>
internal sealed class Cases(BenchServer server, bool withRclone)
{
    private readonly Ours _ours = new(server);
    private readonly Programs _programs = new(server);

    // It has the server hash each file by a command of its own, which takes minutes for a thousand.
    private bool HasRclone => withRclone && Programs.Has("rclone");

    public IEnumerable<BenchCase> All(long size) =>
    [
        .. LargeFile(size, 0),
        .. LargeFile(size, 50),
        .. LargeFile(size / 4, 100),
        .. SmallFiles(1000, 0),
        .. SmallFiles(1000, 10),
        .. SmallFiles(1000, 50),
        .. SmallFiles(10_000, 0),
        .. SmallFiles(10_000, 10),
        .. Tree(0),
        .. Tree(10),
        Listing(1000),
        Listing(10_000),
        Listing(100_000),
        RecursiveListing(10_000, 10),
        OpenSession(),
        Commands(100),
    ];

    // sftp and scp at a distance take minutes for a gigabyte, and nothing else happens in them.
    private IEnumerable<BenchCase> LargeFile(long size, int delay)
    {
        var host = server.At(delay);
        var local = InDirectory("large.bin");
        var remote = InDirectory("large.remote");
        var copy = InDirectory("large.copy");
        var isNear = delay == 0;
        var name = string.Create(CultureInfo.InvariantCulture, $"{size / 1e6:0} MB");
        var clear = () => Delete(InDirectory("large.remote"), copy);
        List<Contender> up =
        [
            new("AcodeSftp", () => _ours.UploadAsync(host, local, remote, new UploadOptions { VerifyChecksum = false }), null),
            new("AcodeSftp, with checksum", () => _ours.UploadAsync(host, local, remote, new UploadOptions()), null),
            Contender.Of("sftp", () => _programs.SftpAsync(host, $"put {local} {remote}"), isNear ? 1.5 : 6),
            Contender.Of("scp", () => _programs.ScpAsync(local, $"{host}:{remote}"), isNear ? 1.5 : null),
        ];
        List<Contender> down =
        [
            new("AcodeSftp", () => _ours.DownloadAsync(host, local, copy, new DownloadOptions { VerifyChecksum = false }), null),
            new("AcodeSftp, with checksum", () => _ours.DownloadAsync(host, local, copy, new DownloadOptions()), null),
            Contender.Of("sftp", () => _programs.SftpAsync(host, $"get {local} {copy}"), isNear ? 1.5 : 6),
            Contender.Of("scp", () => _programs.ScpAsync($"{host}:{local}", copy), isNear ? 1.5 : null),
        ];
        if (isNear)
        {
            up.Add(Contender.Of("sftp, AES-GCM", () => _programs.SftpAsync(host, $"put {local} {remote}", Programs.SameCipher), 1));
            up.Add(Contender.Of("scp, AES-GCM", () => _programs.ScpAsync(local, $"{host}:{remote}", Programs.SameCipher), 1));
            down.Add(Contender.Of("sftp, AES-GCM", () => _programs.SftpAsync(host, $"get {local} {copy}", Programs.SameCipher), 1));
            down.Add(Contender.Of("scp, AES-GCM", () => _programs.ScpAsync($"{host}:{local}", copy, Programs.SameCipher), 1));
        }

        up.Add(Contender.Of("ssh pipe, AES-GCM", () => _programs.PipeUpAsync(host, local, remote), isNear ? 0.95 : null));
        down.Add(Contender.Of("ssh pipe, AES-GCM", () => _programs.PipeDownAsync(host, local, copy), isNear ? 0.95 : null));
        if (HasRclone)
        {
            up.Add(Contender.Of("rclone", () => _programs.RcloneAsync(host, "copyto", local, remote, isUpload: true)));
            down.Add(Contender.Of("rclone", () => _programs.RcloneAsync(host, "copyto", local, copy, isUpload: false)));
        }

        if (Programs.Has("lftp"))
            down.Add(Contender.Of("lftp pget -n 8", () => _programs.LftpAsync(host, $"pget -n 8 {local} -o {copy}")));
        var prepare = () => WriteRandomFile(local, size);
        yield return new BenchCase($"{name} up, {delay} ms", size, up) { Prepare = prepare, Clear = clear };
        yield return new BenchCase($"{name} down, {delay} ms", size, down) { Prepare = prepare, Clear = clear };
    }

    private IEnumerable<BenchCase> SmallFiles(int count, int delay)
    {
        var source = InDirectory($"small-{count}");
        return Directories($"{count} x 1 KB", source, delay, delay == 0 ? 3 : delay == 50 ? 30 : null, delay == 50 ? 3 : null) with
        {
            Prepare = () => WriteFiles(source, count),
        };
    }

    private Pair Directories(string name, string source, int delay, double? sftpTarget, double? lftpTarget)
    {
        var host = server.At(delay);
        var remote = InDirectory("tree.remote");
        var copy = InDirectory("tree.copy");
        var uploads = new UploadOptions { ParallelTransfers = 4, SmallFilesAtOnce = TransferOptions.ManySmallFiles };
        var downloads = new DownloadOptions { SmallFilesAtOnce = TransferOptions.ManySmallFiles };
        List<Contender> up =
        [
            new("AcodeSftp", () => _ours.UploadAsync(host, source, remote, uploads with { VerifyChecksum = false }), null),
            new("AcodeSftp, with checksum", () => _ours.UploadAsync(host, source, remote, uploads), null),
            Contender.Of("sftp", () => _programs.SftpAsync(host, $"put -r {source} {remote}"), sftpTarget),
        ];
        List<Contender> down =
        [
            new("AcodeSftp", () => _ours.DownloadAsync(host, source, copy, downloads with { VerifyChecksum = false }), null),
            new("AcodeSftp, with checksum", () => _ours.DownloadAsync(host, source, copy, downloads), null),
            Contender.Of("sftp", () => _programs.SftpAsync(host, $"get -r {source} {copy}"), sftpTarget),
        ];
        if (HasRclone)
        {
            up.Add(Contender.Of("rclone --transfers 16", () => _programs.RcloneAsync(host, "copy", source, remote, isUpload: true)));
            down.Add(Contender.Of("rclone --transfers 16", () => _programs.RcloneAsync(host, "copy", source, copy, isUpload: false)));
        }

        if (Programs.Has("lftp"))
        {
            up.Add(Contender.Of("lftp mirror -P 16", () => _programs.LftpAsync(host, $"mirror -R -P 16 {source} {remote}"), lftpTarget));
            down.Add(Contender.Of("lftp mirror -P 16", () => _programs.LftpAsync(host, $"mirror -P 16 {source} {copy}"), lftpTarget));
        }

        return new Pair(
            new BenchCase($"{name} up, {delay} ms", 0, up) { Clear = () => Delete(remote, copy) },
            new BenchCase($"{name} down, {delay} ms", 0, down) { Clear = () => Delete(remote, copy) });
    }

    // About the shape of the sources of Linux: 12 files to a directory, most of a few KB, few of hundreds.
    private IEnumerable<BenchCase> Tree(int delay)
    {
        const int files = 6000;
        var source = InDirectory("tree");
        return Directories($"tree of {files} files", source, delay, null, null) with
        {
            Prepare = () =>
            {
                var random = new Random(1);
                for (var i = 0; i < files && !Directory.Exists(Path.Combine(source, "last")); i++)
                {
                    var directory = Path.Combine(source, $"d{i / 600}", $"d{i / 60 % 10}", i % 60 < 24 ? "" : $"d{i / 12 % 5}");
                    Directory.CreateDirectory(directory);
                    File.WriteAllBytes(
                        Path.Combine(directory, $"f{i}.c"),
                        new byte[(int)Math.Exp(6 + (random.NextDouble() + random.NextDouble() + random.NextDouble()) * 2.2)]);
                }

                Directory.CreateDirectory(Path.Combine(source, "last"));
            },
        };
    }

    private BenchCase Listing(int entries)
    {
        var host = server.At(0);
        var directory = InDirectory($"list-{entries}");
        return new BenchCase(
            $"list {entries} entries, 0 ms",
            0,
            [
                new("AcodeSftp", () => _ours.ListAsync(host, directory, recursive: false, entries), null),
                Contender.Of("sftp ls -1", () => _programs.SftpAsync(host, $"ls -1 {directory}"), 1 / 1.2),
            ])
        {
            Prepare = () => WriteFiles(directory, entries, size: 0),
        };
    }

    private BenchCase RecursiveListing(int directories, int delay)
    {
        var host = server.At(delay);
        var root = InDirectory("directories");
        List<Contender> contenders =
        [
            new("AcodeSftp", () => _ours.ListAsync(host, root, recursive: true, directories), null),
        ];
        if (Programs.Has("lftp"))
            contenders.Add(Contender.Of("lftp find", () => _programs.LftpAsync(host, $"find {root}")));
        if (HasRclone)
            contenders.Add(Contender.Of("rclone lsf -R", () => _programs.RcloneAsync(host, "lsf -R", "", root, isUpload: true)));
        return new BenchCase($"list {directories} directories, {delay} ms", 0, contenders)
        {
            Prepare = () =>
            {
                for (var i = 0; i < directories / 101; i++)
                {
                    for (var j = 0; j < 100; j++)
                        Directory.CreateDirectory(Path.Combine(root, $"{i}", $"{j}"));
                }

                for (var i = directories / 101 * 101; i < directories; i++)
                    Directory.CreateDirectory(Path.Combine(root, $"more-{i}"));
            },
        };
    }

    private BenchCase OpenSession()
    {
        var host = server.At(0);
        return new BenchCase(
            "open a session, 0 ms",
            0,
            [
                Contender.Of("AcodeSftp", () => _ours.OpenAsync(host)),
                Contender.Of("sftp", () => _programs.SftpAsync(host, "bye")),
                Contender.Of("ssh true", () => Programs.ShellAsync($"ssh -F {server.ConfigPath} {host} true")),
            ]);
    }

    // The bare contender is a process for each command, over a master that stands; ours is one session that does.
    private BenchCase Commands(int count)
    {
        var host = server.At(0);
        var ssh = $"ssh -F {server.ConfigPath} -S {InDirectory("control")}";
        var session = _ours.NewSession(host);
        return new BenchCase(
            $"{count} commands on an open session, 0 ms",
            0,
            [
                Contender.Of("AcodeSftp", () => Ours.RunCommandsAsync(session, count)),
                Contender.Of(
                    "ssh true, multiplexed",
                    () => Programs.ShellAsync($"i=0; while [ $i -lt {count} ]; do {ssh} {host} true; i=$((i+1)); done"),
                    1 / 1.3),
            ])
        {
            Prepare = () => Programs.ShellAsync($"{ssh} -M -f -N {host} >/dev/null 2>&1 </dev/null").Wait(),
        };
    }

    private string InDirectory(string name) => Path.Combine(server.Directory, name);

    private static void Delete(params string[] paths)
    {
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            File.Delete(path);
        }
    }

    private static void WriteFiles(string directory, int count, int size = 1024)
    {
        Directory.CreateDirectory(directory);
        for (var i = 0; i < count; i++)
            File.WriteAllBytes(Path.Combine(directory, $"file-{i:d6}.txt"), RandomNumberGenerator.GetBytes(size));
    }

    private static void WriteRandomFile(string path, long size)
    {
        if (File.Exists(path) && new FileInfo(path).Length == size)
            return;
        var block = RandomNumberGenerator.GetBytes(1 << 20);
        using var file = File.Create(path);
        for (var written = 0L; written < size; written += block.Length)
            file.Write(block, 0, (int)Math.Min(block.Length, size - written));
    }

    // Two cases of one preparation.
    private sealed record Pair(BenchCase Up, BenchCase Down) : IEnumerable<BenchCase>
    {
        public Action Prepare
        {
            init
            {
                Up = Up with { Prepare = value };
                Down = Down with { Prepare = value };
            }
        }

        public IEnumerator<BenchCase> GetEnumerator()
        {
            yield return Up;
            yield return Down;
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
