#if SSHNET
using System.Diagnostics;
using System.Globalization;
using Renci.SshNet;

namespace AcodeSftp.Bench;

/// <summary>SSH.NET itself, with nothing of ours: as it comes, but for the cipher.</summary>
internal static class SshNetAlone
{
    private const string Cipher = "aes128-gcm@openssh.com";

    /// <summary>Moves one file.</summary>
    /// <param name="arguments">As of <see cref="OursProcess"/>.</param>
    /// <param name="report">Where to put how long it took.</param>
    public static void Run(Dictionary<string, string> arguments, Dictionary<string, double> report)
    {
        using var key = new PrivateKeyFile(arguments["key"]);
        using var login = new PrivateKeyAuthenticationMethod(Environment.UserName, key);
        var info = new ConnectionInfo(
            "127.0.0.1", int.Parse(arguments["port"], CultureInfo.InvariantCulture), Environment.UserName, login);
        foreach (var other in info.Encryptions.Keys.Where(name => name != Cipher).ToList())
            info.Encryptions.Remove(other);
        using var client = new SftpClient(info);
        client.Connect();
        var connected = Stopwatch.GetTimestamp();
        if (arguments["do"] == "upload")
        {
            using var source = File.OpenRead(arguments["source"]);
            client.UploadFile(source, arguments["destination"]);
        }
        else
        {
            using var destination = File.Create(arguments["destination"]);
            client.DownloadFile(arguments["source"], destination);
        }

        report[RunReport.Connected] = Stopwatch.GetElapsedTime(connected).TotalSeconds;
    }
}
#endif
