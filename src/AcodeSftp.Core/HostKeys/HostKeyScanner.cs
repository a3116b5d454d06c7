using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace AcodeSftp.HostKeys;

/// <summary>
/// Asks a server for its host keys with <c>ssh-keyscan</c>. What it answers proves nothing: whoever is between can answer
/// in its place. It connects by name and port alone; aliases and jump hosts of <c>ssh_config</c> are not known to it.
/// </summary>
public sealed class HostKeyScanner
{
    // A server has a handful of keys of less than 4 KB; the rest of what it may send is its own business.
    private const int MaxOutput = 1024 * 1024;
    private const int MaxErrorText = 4096;

    // ssh-keyscan ends by itself when its own limit is over; this is for the name resolution, which has none.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly string[] Preference =
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

    private readonly string? _program;

    /// <summary>Creates a scanner.</summary>
    /// <param name="program">The program, full path; null to look for it.</param>
    public HostKeyScanner(string? program = null) => _program = program ?? FindProgram();

    /// <summary>Whether there is an <c>ssh-keyscan</c> to use.</summary>
    public bool IsAvailable => _program is not null;

    /// <summary>
    /// Looks for <c>ssh-keyscan</c>: on Windows first where the system has it, then on PATH; never in the current directory.
    /// </summary>
    /// <returns>Its full path, or null.</returns>
    public static string? FindProgram()
    {
        var name = OperatingSystem.IsWindows() ? "ssh-keyscan.exe" : "ssh-keyscan";
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified);
        if (OperatingSystem.IsWindows())
            directories = directories.Prepend(Path.Combine(Environment.SystemDirectory, "OpenSSH"));
        return directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>Asks for the keys.</summary>
    /// <param name="host">Host name or address.</param>
    /// <param name="port">Port, 1 to 65535.</param>
    /// <param name="timeout">How long the server may take.</param>
    /// <param name="keyTypes">
    /// Key types to ask for, such as <c>ssh-ed25519</c> or <c>ed25519</c>; null or none for all that the program asks for.
    /// </param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <returns>The keys, at least one, the preferred types first.</returns>
    /// <exception cref="SftpException">
    /// The host's name or a type is not usable (<see cref="SftpErrorCode.InvalidArgument"/>), there is no
    /// <c>ssh-keyscan</c> or no key came (<see cref="SftpErrorCode.Unavailable"/>), or it took too long
    /// (<see cref="SftpErrorCode.Timeout"/>).
    /// </exception>
    public async Task<IReadOnlyList<SshHostKey>> ScanAsync(
        string host,
        int port,
        TimeSpan timeout,
        IReadOnlyCollection<string>? keyTypes = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        var start = StartInfo(CheckHost(host), port, timeout, keyTypes);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout + Grace);
        using var process = Start(start, host);
        try
        {
            process.StandardInput.Close();
            var errors = ReadAsync(process.StandardError.BaseStream, MaxErrorText, limit.Token);
            var output = await ReadAsync(process.StandardOutput.BaseStream, MaxOutput, limit.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            var keys = KeysOf(output);
            return keys.Count > 0 ? keys : throw NoKeys(host, port, await errors.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SftpException(
                SftpErrorCode.Timeout, $"{Named(host, port)} presented no host key within {timeout.TotalSeconds:0.#} seconds.")
            {
                Host = host,
            };
        }
        finally
        {
            End(process);
        }
    }

    private ProcessStartInfo StartInfo(string host, int port, TimeSpan timeout, IReadOnlyCollection<string>? keyTypes)
    {
        var start = new ProcessStartInfo(_program ?? throw Missing(host))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.ArgumentList.Add("-p");
        start.ArgumentList.Add(port.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add("-T");
        var seconds = (int)Math.Clamp(Math.Ceiling(timeout.TotalSeconds), 1, 3600);
        start.ArgumentList.Add(seconds.ToString(CultureInfo.InvariantCulture));
        if (keyTypes is { Count: > 0 })
        {
            start.ArgumentList.Add("-t");
            start.ArgumentList.Add(string.Join(',', keyTypes.Select(ScanType).Distinct(StringComparer.Ordinal)));
        }

        start.ArgumentList.Add("--");
        start.ArgumentList.Add(host);
        return start;
    }

    // ssh-keyscan takes more than host names: options, lists of names and whole networks.
    private static string CheckHost(string host)
    {
        if (string.IsNullOrWhiteSpace(host))
            throw Invalid("The host name is empty.");
        var name = host.Length > 2 && host[0] == '[' && host[^1] == ']' ? host[1..^1] : host;
        if (name[0] == '-')
            throw Invalid($"The host name '{TerminalText.Clean(host)}' starts with '-', as options do.");
        return name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is ',' or '/' or '[' or ']')
            ? throw Invalid($"'{TerminalText.Clean(host)}' is not the name or address of one host.")
            : name;

        SftpException Invalid(string message) => new(SftpErrorCode.InvalidArgument, message) { Host = host };
    }

    private static string ScanType(string type) => type switch
    {
        "ssh-ed25519" or "ed25519" => "ed25519",
        "ssh-rsa" or "rsa" or "rsa-sha2-256" or "rsa-sha2-512" => "rsa",
        "ecdsa" or "ecdsa-sha2-nistp256" or "ecdsa-sha2-nistp384" or "ecdsa-sha2-nistp521" => "ecdsa",
        "ssh-dss" or "dsa" => "dsa",
        _ => throw new SftpException(
            SftpErrorCode.InvalidArgument, $"'{TerminalText.Clean(type)}' is not a type of host key that can be asked for.")
        {
            Advice = "Ask for ssh-ed25519, ecdsa-sha2-nistp256 or ssh-rsa.",
        },
    };

    private static Process Start(ProcessStartInfo start, string host)
    {
        try
        {
            return Process.Start(start) ?? throw Missing(host);
        }
        catch (Win32Exception e)
        {
            throw Missing(host, e);
        }
    }

    private static IReadOnlyList<SshHostKey> KeysOf(byte[] output) =>
    [
        .. new KnownHostsFile("ssh-keyscan", output).Entries
            .Where(entry => entry.Marker == KnownHostMarker.None)
            .Select(entry => entry.Key)
            .Distinct()
            .OrderBy(key => (uint)Array.IndexOf(Preference, key.Type)),
    ];

    // Keeps the first bytes and reads on, so that the program never waits for someone to take its output.
    private static async Task<byte[]> ReadAsync(Stream stream, int max, CancellationToken cancellationToken)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            kept.Write(buffer, 0, (int)Math.Min(read, max - kept.Length));
        return kept.ToArray();
    }

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It ended by itself in the meantime.
        }
    }

    private static SftpException NoKeys(string host, int port, byte[] errors)
    {
        var said = Encoding.UTF8.GetString(errors)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line[0] != '#')
            .Distinct()
            .ToArray();
        var cause = said.Length > 0 ? $" ssh-keyscan says: {TerminalText.Clean(string.Join(" ", said))}" : "";
        return new SftpException(SftpErrorCode.Unavailable, $"{Named(host, port)} presented no host key.{cause}")
        {
            Host = host,
            Advice = "Make sure that an SSH server listens there and that no firewall is in between.",
        };
    }

    private static SftpException Missing(string host, Exception? cause = null) => new(
        SftpErrorCode.Unavailable, "There is no ssh-keyscan to ask a server for its host keys with.", cause)
    {
        Host = host,
        Advice = "Install an OpenSSH client and make sure that 'ssh-keyscan' is on PATH.",
        IsTransientOverride = false,
    };

    private static string Named(string host, int port) => $"{TerminalText.Clean(host)}, port {port},";
}
