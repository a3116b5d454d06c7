using System.Security.Cryptography;

namespace AcodeSftp.Bench;

/// <summary>What is transferred and listed. What is there already is left as it is.</summary>
internal static class TestData
{
    private const int BlockLength = 1 << 20;

    public static void WriteLarge(string path, long size)
    {
        if (File.Exists(path) && new FileInfo(path).Length == size)
            return;
        var block = RandomNumberGenerator.GetBytes(BlockLength);
        using var file = File.Create(path);
        for (var written = 0L; written < size; written += block.Length)
            file.Write(block, 0, (int)Math.Min(block.Length, size - written));
    }

    public static void WriteFiles(string directory, int count, int size)
    {
        if (Directory.Exists(directory))
            return;
        Directory.CreateDirectory(directory);
        for (var i = 0; i < count; i++)
            File.WriteAllBytes(Path.Join(directory, $"file-{i:d6}.txt"), RandomNumberGenerator.GetBytes(size));
    }

    /// <summary>About the shape of the sources of Linux: 12 files to a directory, most of some KB, few of hundreds.</summary>
    public static void WriteTree(string root, int files)
    {
        if (Directory.Exists(root))
            return;
        var random = new Random(1);
        for (var i = 0; i < files; i++)
        {
            var directory = Path.Join(root, $"d{i / 600}", $"d{i / 60 % 10}", i % 60 < 24 ? "" : $"d{i / 12 % 5}");
            Directory.CreateDirectory(directory);
            var size = Math.Exp(6 + (random.NextDouble() + random.NextDouble() + random.NextDouble()) * 2.2);
            var content = new byte[(int)size];
            random.NextBytes(content);
            File.WriteAllBytes(Path.Join(directory, $"f{i}.c"), content);
        }
    }

    /// <summary>Directories in directories, a hundred in each, and so many in all.</summary>
    public static void WriteDirectories(string root, int count)
    {
        const int below = 100;
        for (var i = 0; i < count / (below + 1); i++)
        {
            for (var j = 0; j < below; j++)
                Directory.CreateDirectory(Path.Join(root, $"{i}", $"{j}"));
        }

        for (var i = 0; i < count % (below + 1); i++)
            Directory.CreateDirectory(Path.Join(root, $"more-{i}"));
    }

    public static void Delete(params string[] paths)
    {
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            File.Delete(path);
        }
    }

    /// <summary>Says what is wrong with a copy of a file or of a directory; null when nothing is.</summary>
    public static string? Compare(string source, string copy)
    {
        if (File.Exists(source) && !File.Exists(copy))
            return "no file arrived";
        if (File.Exists(source))
            return new FileInfo(copy).Length == new FileInfo(source).Length ? null : "the file is not whole";
        if (!Directory.Exists(copy))
            return "no directory arrived";
        var (all, arrived) = (SizeOf(source), SizeOf(copy));
        return all == arrived ? null : $"{arrived.Files} of {all.Files} files arrived, {arrived.Bytes} of {all.Bytes} bytes";
    }

    private static (int Files, long Bytes) SizeOf(string directory)
    {
        var files = new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).ToList();
        return (files.Count, files.Sum(file => file.Length));
    }
}
