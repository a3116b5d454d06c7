namespace AcodeSftp.Bench;

/// <summary>The clients a user would pick instead, as command lines.</summary>
internal sealed class Programs(BenchServer server)
{
    /// <summary>The cipher that AcodeSftp chooses, so that what is compared is not the cipher.</summary>
    public const string SameCipher = "-o Ciphers=aes128-gcm@openssh.com ";

    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Join(directory, program)));

    public Task SftpAsync(string host, string command, string options = "") =>
        ShellAsync($"echo '{command}' | sftp -q {options}-F {server.ConfigPath} -b - {host}");

    public Task ScpAsync(string source, string destination, string options = "") =>
        ShellAsync($"scp -q {options}-F {server.ConfigPath} {source} {destination}");

    public Task PipeUpAsync(string host, string local, string remote) =>
        ShellAsync($"ssh {SameCipher}-F {server.ConfigPath} {host} 'cat > {remote}' < {local}");

    public Task PipeDownAsync(string host, string remote, string local) =>
        ShellAsync($"ssh {SameCipher}-F {server.ConfigPath} {host} 'cat {remote}' > {local}");

    /// <summary>rclone with its own SSH, and as many transfers at once as one would ask for.</summary>
    public Task RcloneAsync(string host, string verb, string source, string destination, bool isUpload)
    {
        var there = $":sftp,host=127.0.0.1,port={server.PortOf(host)},user={Environment.UserName},key_file={server.UserKeyPath}:";
        return ShellAsync(
            $"rclone --config /dev/null {verb} --transfers 16 --checkers 16 --no-traverse "
            + (isUpload ? $"{source} {there}{destination}" : $"{there}{source} {destination}"));
    }

    public Task LftpAsync(string host, string command) =>
        ShellAsync($"lftp -e 'set sftp:connect-program \"ssh -a -x -F {server.ConfigPath}\"; {command}; bye' sftp://{host}");

    public static Task ShellAsync(string command) => BenchServer.RunAsync("/bin/sh", "-c", command);
}
