using System.Globalization;
using System.Text;
using AcodeSftp.FileTransfer;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests.Faults;

/// <summary>Trees as people have them: all kinds of names, modes, times, links and empty directories.</summary>
public abstract class TreeTests(SshdFixture sshd, string transport)
{
    private const int Files = 1000;

    private static readonly string[] Names =
    [
        "plain", "two words", " leading", "trailing ", "it's", "\"quoted\"", "[a-z]*?", "#comment", "-dash", "~tilde",
        "back\\slash", "semi;colon&|", "$HOME `id`", "line\nbreak", "tab\there", "emoji 🚀🧪", "naïve 文件", "e\u0301", "%41",
        ".hidden", "..two", "{brace,s}", "a:b", "esc\u001b[31m",
    ];

    private static readonly int[] FileModes = [0x1A4, 0x1ED, 0x180, 0x124, 0x100, 0x1B6, 0x1FF];
    private static readonly int[] DirectoryModes = [0x1ED, 0x1C0, 0x16D, 0x1FF];

    [SkippableFact]
    [Trait("Requirement", "IT-030C-04")]
    [Trait("Requirement", "IT-030C-05")]
    [Trait("Requirement", "IT-030C-10")]
    [Trait("Requirement", "NFR-030C-18")]
    [Trait("Requirement", "NFR-030C-19")]
    [Trait("Requirement", "AC-058")]
    [Trait("Requirement", "SSH-03")]
    [Trait("Requirement", "SSH-28")]
    public async Task A_tree_of_a_thousand_files_goes_there_and_back_and_is_what_it_was()
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(120));
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var tree = Path.Join(ground.Here, "tree");
        Grow(tree);
        var there = Path.Join(ground.There, "tree");
        var back = Path.Join(ground.Here, "back");

        var up = await sftp.UploadAsync(
            tree,
            there,
            ground.Upload with { SymbolicLinks = SymbolicLinkHandling.Preserve, ParallelTransfers = 4 },
            null,
            ground.Token);
        var down = await sftp.DownloadAsync(
            there,
            back,
            ground.Download with { SymbolicLinks = SymbolicLinkHandling.Preserve },
            null,
            ground.Token);

        Assert.True(up.Success, FaultGround.Describe(up));
        Assert.True(down.Success, FaultGround.Describe(down));
        Assert.Empty(up.Warnings);
        Assert.Empty(down.Warnings);
        Assert.Equal((Files, Files), (up.FilesTransferred, down.FilesTransferred));
        Assert.True(up.ChecksumVerified && down.ChecksumVerified);
        foreach (var copy in (string[])[there, back])
        {
            SshdServer.Run("diff", "-r", "--no-dereference", tree, copy);
            Assert.Equal(Describe(tree), Describe(copy));
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_that_is_no_text_is_reported_and_the_others_arrive(bool upload)
    {
        await using var ground = new FaultGround(TimeSpan.FromSeconds(60));
        await using var session = ground.Session(sshd.ConnectionOptions(), transport: transport);
        await using var sftp = await session.OpenSftpAsync(ground.Token);
        var source = Directory.CreateDirectory(Path.Join(upload ? ground.Here : ground.There, "tree")).FullName;
        var destination = Path.Join(upload ? ground.There : ground.Here, "copy");
        SshdServer.Run("sh", "-c", "cd \"$0\" && echo a >\"$(printf 'caf\\351')\" && echo b >plain", source);

        var result = upload
            ? await sftp.UploadAsync(source, destination, ground.Upload, null, ground.Token)
            : await sftp.DownloadAsync(source, destination, ground.Download, null, ground.Token);

        Assert.Single(result.Errors);
        Assert.Equal("plain", Path.GetFileName(Assert.Single(result.Files).LocalPath));
        Assert.Equal(["plain"], Directory.EnumerateFileSystemEntries(destination).Select(Path.GetFileName));
    }

    private static void Grow(string tree)
    {
        var random = new Random(7);
        var directories = new List<string> { Directory.CreateDirectory(tree).FullName };
        foreach (var name in Names)
            directories.Add(Directory.CreateDirectory(Path.Join(directories[random.Next(directories.Count)], $"{name}.d")).FullName);
        foreach (var directory in directories.ToList())
            directories.Add(Directory.CreateDirectory(Path.Join(directory, "empty")).FullName);
        // As long as a name can be: 255 bytes, in letters of one, two and four.
        string[] longNames = [new('x', 255), string.Concat(Enumerable.Repeat("é", 127)), string.Concat(Enumerable.Repeat("🧪", 63))];
        for (var i = 0; i < Files; i++)
        {
            var directory = directories[random.Next(directories.Count / 2)];
            var name = i < longNames.Length ? longNames[i] : $"{Names[i % Names.Length]}{i}";
            var path = Path.Join(directory, name);
            FaultGround.WriteRandom(path, i % 100 == 0 ? 0 : random.Next(20_000), i);
            File.SetUnixFileMode(path, (UnixFileMode)FileModes[i % FileModes.Length]);
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(random.Next(1, 1_700_000_000)));
        }

        File.CreateSymbolicLink(Path.Join(tree, "link to a file"), "plain.d");
        File.CreateSymbolicLink(Path.Join(directories[1], "link"), "empty");
        // The deepest first: what is done in a directory changes its time.
        foreach (var (directory, i) in directories.OrderByDescending(path => path.Count(c => c == '/')).Select((path, i) => (path, i)))
        {
            File.SetUnixFileMode(directory, (UnixFileMode)DirectoryModes[i % DirectoryModes.Length]);
            Directory.SetLastWriteTimeUtc(directory, DateTime.UnixEpoch.AddSeconds(random.Next(1, 1_700_000_000)));
        }
    }

    // Kind, mode, time in whole seconds, target and name of everything in it, and of itself. A link's own time is not kept.
    private static string Describe(string tree)
    {
        var lines = SshdServer.Run("find", tree, "-printf", "%y %m %T@ %l %P\\0").Split('\0').Select(line =>
        {
            var fields = line.Split(' ', 4);
            if (fields.Length < 4)
                return line;
            var seconds = fields[0] == "l" ? 0 : (long)double.Parse(fields[2], CultureInfo.InvariantCulture);
            return $"{fields[0]} {fields[1]} {seconds} {fields[3]}";
        });
        return new StringBuilder().AppendJoin('\n', lines.Order(StringComparer.Ordinal)).ToString();
    }
}
