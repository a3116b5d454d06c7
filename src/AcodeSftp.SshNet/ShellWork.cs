using AcodeSftp.Files;
using AcodeSftp.FileTransfer.Scp;

namespace AcodeSftp.SshNet;

/// <summary>
/// What SFTP can do and SSH.NET cannot, done by shell commands: reading links, links to any text, hard links, replacing a link
/// in one step. An account that has no POSIX shell gets the refusal that there would be without.
/// </summary>
internal sealed class ShellWork
{
    private const string Greeting = "acode-sftp";
    private const string HardLink =
        "if test -e \"$2\" || test -L \"$2\"; then echo \"File exists\" >&2; exit 1; fi; ln -- \"$1\" \"$2\"";

    // Into a link to a directory, mv would move it, but for -T (GNU, BusyBox) or -h (BSD).
    private const string Replace =
        "if test -d \"$2\" && test ! -L \"$2\"; then echo \"File exists\" >&2; exit 1; fi; "
        + "mv -f -T -- \"$1\" \"$2\" 2>/dev/null || mv -f -h -- \"$1\" \"$2\"";

    private readonly string _host;
    private readonly RemoteShell _shell;
    private readonly LinkBatch _links;
    private readonly object _askLock = new();
    private Task<bool>? _isThere;

    /// <summary>Prepares; no command runs before it is needed.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="timeout">How long a command may take.</param>
    public ShellWork(SshNetConnection connection, TimeSpan timeout)
    {
        _host = connection.HostName;
        _shell = new RemoteShell(connection, timeout);
        _links = new LinkBatch(_shell, _host);
    }

    /// <summary>Reads what a link holds.</summary>
    /// <param name="path">The link, absolute.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The text.</returns>
    public async Task<string> ReadLinkAsync(RemotePath path, CancellationToken cancellationToken)
    {
        await FilesAsync("read what a link leads to", path).ConfigureAwait(false);
        return await _links.ReadAsync(path).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates a link.</summary>
    /// <param name="path">Where, absolute.</param>
    /// <param name="target">What it holds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when it is there.</returns>
    public async Task CreateSymbolicLinkAsync(RemotePath path, string target, CancellationToken cancellationToken) =>
        await (await FilesAsync("create a link to anything but an absolute path without links in it", path).ConfigureAwait(false))
            .CreateSymbolicLinkAsync(path, target, cancellationToken).ConfigureAwait(false);

    /// <summary>Gives a file another name.</summary>
    /// <param name="existing">The file, absolute.</param>
    /// <param name="path">The new name, absolute.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when it is there.</returns>
    public Task CreateHardLinkAsync(RemotePath existing, RemotePath path, CancellationToken cancellationToken) =>
        RunAsync("create hard links", HardLink, existing, path, cancellationToken);

    /// <summary>Puts something in the place of something else, of which one is a link.</summary>
    /// <param name="oldPath">What, absolute.</param>
    /// <param name="newPath">Where to, absolute.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when it is there.</returns>
    public Task ReplaceAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken) =>
        RunAsync("replace a link, or something by a link", Replace, oldPath, newPath, cancellationToken);

    private async Task RunAsync(string what, string script, RemotePath first, RemotePath second, CancellationToken cancellationToken)
    {
        await FilesAsync(what, second).ConfigureAwait(false);
        await _shell.RunAsync(script, [first.Value, second.Value], cancellationToken).ConfigureAwait(false);
    }

    private async Task<ShellFileSystem> FilesAsync(string what, RemotePath path)
    {
        Task<bool> asking;
        lock (_askLock)
            asking = _isThere is null or { IsFaulted: true } ? _isThere = AskAsync() : _isThere;
        return await asking.ConfigureAwait(false)
            ? new ShellFileSystem(_shell)
            : throw SshNetErrors.Unsupported($"{what}, and the account has no shell that could", _host, path.Value);
    }

    // For all who come to ask, so nobody's giving up ends it.
    private async Task<bool> AskAsync()
    {
        try
        {
            return await _shell.RunAsync("printf %s \"$1\"", [Greeting], CancellationToken.None).ConfigureAwait(false) == Greeting;
        }
        catch (SftpException e) when (e.Code != SftpErrorCode.ConnectionLost)
        {
            return false;
        }
    }
}
