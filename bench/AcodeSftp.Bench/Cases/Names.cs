using System.Globalization;

namespace AcodeSftp.Bench;

/// <summary>Names of contenders and cases, by which targets refer to them.</summary>
internal static class Names
{
    public const string Ours = "AcodeSftp";
    public const string Checked = ", with checksum";
    public const string OursChecked = Ours + Checked;
    public const string OursAgain = "AcodeSftp, second time in a session";
    public const string OursNative = "AcodeSftp, compiled natively";
    public const string OursNativeChecked = OursNative + Checked;
    public const string OursOverSshNet = "AcodeSftp over SSH.NET";
    public const string SshNetAlone = "SSH.NET alone, AES-GCM";
    public const string Cmdlets = "cmdlets in pwsh";
    public const string Sftp = "sftp";
    public const string SftpGcm = "sftp, AES-GCM";
    public const string Scp = "scp";
    public const string ScpGcm = "scp, AES-GCM";
    public const string Pipe = "ssh pipe, AES-GCM";
    public const string Requests = "requests made beforehand, ssh -s sftp, AES-GCM";
    public const string Rclone = "rclone";
    public const string Lftp = "lftp mirror -P 16";
    public const string LftpGet = "lftp pget -n 8";
    public const string LftpFind = "lftp find";
    public const string SftpList = "sftp ls -1";
    public const string Multiplexed = "ssh true, multiplexed";
    public const string Login = "ssh true";
    public const string NoProgress = "Send-SftpFile, no progress";
    public const string Progress = "Send-SftpFile, progress";
    public const string NoProgressAgain = "Send-SftpFile, no progress, second time in a session";
    public const string ProgressAgain = "Send-SftpFile, progress, second time in a session";
    public const string Import = "pwsh, Import-Module";
    public const string EmptyPwsh = "pwsh, exit";

    public const string Up = "up";
    public const string Down = "down";

    public const string OpenSession = "open a session, 0 ms";
    public const string ImportModule = "import of the module";

    public static string Large(long size, string way, int delay) => $"{Megabytes(size)} {way}, {delay} ms";

    public static string Small(int count, string way, int delay) => $"{count} x 1 KB {way}, {delay} ms";

    public static string Tree(int count, string way, int delay) => $"tree of {count} files {way}, {delay} ms";

    public static string List(int entries) => $"list {entries} entries, 0 ms";

    public static string ListDirectories(int directories, int delay) => $"list {directories} directories, {delay} ms";

    public static string Commands(int count) => $"{count} commands on an open session, 0 ms";

    public static string ProgressOfLarge(long size) => $"progress of {Megabytes(size)} up, 0 ms";

    public static string ProgressOfSmall(int count) => $"progress of {count} x 1 KB up, 0 ms";

    private static string Megabytes(long size) => string.Create(CultureInfo.InvariantCulture, $"{size / 1e6:0} MB");
}
