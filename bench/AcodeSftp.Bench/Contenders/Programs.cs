namespace AcodeSftp.Bench;

/// <summary>The clients a user would pick instead, as command lines.</summary>
internal sealed class Programs(BenchServer server)
{
    /// <summary>The cipher that AcodeSftp chooses, so that what is compared is not the cipher.</summary>
    public const string SameCipher = "-o Ciphers=aes128-gcm@openssh.com ";

    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Join(directory, program)));

    public IReadOnlyList<string> Sftp(BenchHost host, string command, string options = "") =>
        Shell($"echo '{command}' | sftp -q {options}-F {server.ConfigPath} -b - {host.Alias} >/dev/null");

    public IReadOnlyList<string> ScpUp(BenchHost host, string local, string remote, string options = "") =>
        Shell($"exec scp -q {options}-F {server.ConfigPath} {local} {host.Alias}:{remote}");

    public IReadOnlyList<string> ScpDown(BenchHost host, string remote, string local, string options = "") =>
        Shell($"exec scp -q {options}-F {server.ConfigPath} {host.Alias}:{remote} {local}");

    public IReadOnlyList<string> PipeUp(BenchHost host, string local, string remote) =>
        Shell($"exec ssh {SameCipher}-F {server.ConfigPath} {host.Alias} 'cat > {remote}' < {local}");

    public IReadOnlyList<string> PipeDown(BenchHost host, string remote, string local) =>
        Shell($"exec ssh {SameCipher}-F {server.ConfigPath} {host.Alias} 'cat {remote}' > {local}");

    /// <summary>Sends what <see cref="SftpRequests"/> has made.</summary>
    public IReadOnlyList<string> Requests(BenchHost host, string requests) =>
        Shell($"exec ssh {SameCipher}-F {server.ConfigPath} -s {host.Alias} sftp < {requests} > /dev/null");

    public IReadOnlyList<string> RcloneUp(BenchHost host, string verb, string local, string remote) =>
        Rclone($"{verb} {local} {RcloneRoot(host)}{remote}");

    public IReadOnlyList<string> RcloneDown(BenchHost host, string verb, string remote, string local) =>
        Rclone($"{verb} {RcloneRoot(host)}{remote} {local}");

    public IReadOnlyList<string> Lftp(BenchHost host, string command) => Shell(
        $"exec lftp -e 'set sftp:connect-program \"ssh -a -x -F {server.ConfigPath}\"; {command}; bye' sftp://{host.Alias} >/dev/null");

    /// <summary>A command over a control master that stands, again and again.</summary>
    public IReadOnlyList<string> MultiplexedCommands(BenchHost host, string socket, int count) => Shell(
        $"i=0; while [ $i -lt {count} ]; do ssh -F {server.ConfigPath} -S {socket} {host.Alias} true || exit 1; i=$((i+1)); done");

    /// <summary>The master, which stays in the foreground and so can be ended as a child.</summary>
    public IReadOnlyList<string> Master(BenchHost host, string socket) =>
        ["ssh", "-F", server.ConfigPath, "-M", "-N", "-S", socket, host.Alias];

    public IReadOnlyList<string> Login(BenchHost host) => ["ssh", "-F", server.ConfigPath, host.Alias, "true"];

    // rclone has its own SSH, and as many transfers at once as one would ask for.
    private static IReadOnlyList<string> Rclone(string arguments) =>
        Shell($"exec rclone --config /dev/null --transfers 16 --checkers 16 --no-traverse {arguments} >/dev/null");

    private string RcloneRoot(BenchHost host) =>
        $":sftp,host=127.0.0.1,port={host.Port},user={Environment.UserName},key_file={server.UserKeyPath}:";

    private static IReadOnlyList<string> Shell(string command) => ["/bin/sh", "-c", command];
}
