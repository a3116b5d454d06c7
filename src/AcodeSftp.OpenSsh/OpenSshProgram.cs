using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AcodeSftp.OpenSsh;

/// <summary>The system's <c>ssh</c>: where it is and what version it has.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="VersionText">What it calls itself, such as <c>OpenSSH_9.2p1</c>.</param>
/// <param name="Version">Its version.</param>
internal sealed record OpenSshProgram(string Path, string VersionText, Version Version)
{
    /// <summary>The first version with SSH_ASKPASS_REQUIRE, which passwords depend on.</summary>
    public static readonly Version Oldest = new(8, 4);

    private static readonly TimeSpan QueryTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The ciphers that it offers where no configuration names any, as <c>ssh -G</c> prints them; null if not known.</summary>
    public string? DefaultCiphers { get; init; }

    /// <summary>Whether it knows SessionType, StdinNull and ForkAfterAuthentication.</summary>
    public bool HasSessionType => Version >= new Version(8, 7);

    /// <summary>Whether it knows LogVerbose.</summary>
    public bool HasLogVerbose => Version >= new Version(8, 5);

    /// <summary>Whether it knows KnownHostsCommand.</summary>
    public bool HasKnownHostsCommand => Version >= new Version(8, 5);

    /// <summary>Whether backslashes in the values of options escape.</summary>
    public bool HasArgumentEscapes => Version >= new Version(8, 7);

    /// <summary>Looks for <c>ssh</c> and asks for its version and its ciphers.</summary>
    /// <param name="path">Where it is; null to look for it on PATH.</param>
    /// <returns>What was found; or null, and why.</returns>
    public static (OpenSshProgram? Program, string Detail) Find(string? path)
    {
        var file = path ?? Locate(
            Environment.GetEnvironmentVariable("PATH"),
            OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.System) : null,
            File.Exists);
        if (file is null)
            return (null, "No 'ssh' was found on PATH. " + HowToInstall());

        if (!File.Exists(file))
            return (null, $"There is no program {file}. " + HowToInstall());

        string text, defaults;
        try
        {
            // With -v it tells its version before it prints the configuration, here that without any file.
            (_, defaults, text) = Query(file, ["-v", "-F", "none", "-G", "--", "localhost"]);
            if (ParseVersion(text) is null)
                text = Query(file, ["-V"]).Error.Trim();
        }
        catch (Exception e) when (e is Win32Exception or IOException or TimeoutException)
        {
            return (null, $"{file} could not be run: {e.Message} " + HowToInstall());
        }

        if (ParseVersion(text) is not var (name, version))
            return (null, $"{file} is not OpenSSH; it calls itself \"{TerminalText.Clean(text)}\". " + HowToInstall());
        return version < Oldest
            ? (null, $"{file} is {name}; version {Oldest} or later is needed. " + HowToInstall())
            : (new OpenSshProgram(file, name, version) { DefaultCiphers = SshTarget.Parse(defaults, "localhost").Ciphers },
                $"{name} ({file})");
    }

    /// <summary>Looks for <c>ssh</c> in the directories of PATH, never in the current directory.</summary>
    /// <param name="searchPath">The value of PATH.</param>
    /// <param name="windowsSystem">
    /// On Windows the system directory, whose OpenSSH is preferred: that of Git for Windows has other ideas of paths, agent
    /// and home.
    /// </param>
    /// <param name="exists">Whether there is a file.</param>
    /// <returns>The path, or null.</returns>
    public static string? Locate(string? searchPath, string? windowsSystem, Func<string, bool> exists)
    {
        var name = windowsSystem is null ? "ssh" : "ssh.exe";
        var directories = (searchPath ?? "")
            .Split(windowsSystem is null ? ':' : ';', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => directory.Trim('"'))
            .Where(System.IO.Path.IsPathFullyQualified);
        if (windowsSystem is not null)
            directories = directories.Prepend(System.IO.Path.Combine(windowsSystem, "OpenSSH"));
        return directories.Select(directory => System.IO.Path.Combine(directory, name)).FirstOrDefault(exists);
    }

    /// <summary>Reads what <c>ssh -V</c> says, and <c>ssh -v</c> first.</summary>
    /// <param name="text">
    /// Such as <c>OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17</c>, or <c>OpenSSH_for_Windows_9.5p1, ...</c>.
    /// </param>
    /// <returns>The name up to the version, and the version; or null.</returns>
    public static (string Name, Version Version)? ParseVersion(string text)
    {
        var match = Regex.Match(
            text,
            @"^(OpenSSH_(?:for_Windows_)?(\d{1,3})\.(\d{1,3})[^\s,]*)",
            RegexOptions.CultureInvariant);
        return match.Success
            ? (match.Groups[1].Value, new Version(
                int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture)))
            : null;
    }

    /// <summary>Runs <c>ssh</c> for something it answers by itself, without a connection.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Exit code, output and error output.</returns>
    public (int ExitCode, string Output, string Error) Query(IReadOnlyList<string> arguments) => Query(Path, arguments);

    private static (int ExitCode, string Output, string Error) Query(string file, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new IOException($"{file} could not be started.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(QueryTimeout))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{file} {string.Join(' ', arguments)}' did not end within {QueryTimeout.TotalSeconds:0} s.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private static string HowToInstall() =>
        OperatingSystem.IsWindows()
            ? $"Install OpenSSH {Oldest} or later: Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0"
            : OperatingSystem.IsMacOS()
                ? $"Install OpenSSH {Oldest} or later: brew install openssh"
                : $"Install OpenSSH {Oldest} or later with the system's package manager (openssh-client, openssh-clients or openssh).";
}
