using System.Globalization;
using System.Runtime.CompilerServices;
using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer.Scp;

/// <summary>
/// File operations by POSIX shell scripts. Paths are arguments of a script and never part of its text; what programs print
/// is read only where POSIX says how it looks, whatever the names of files are.
/// </summary>
internal sealed class ShellFileSystem(RemoteShell shell) : CommandFileSystem(shell)
{
    private const int MaxFieldLength = 64 * 1024;

    // Programs that print the time of the last change in seconds are not in POSIX; without one it stays unknown.
    // $o is -L or nothing.
    private const string FindTimeTool =
        "if stat -c %Y / >/dev/null 2>&1; then m=\"stat $o -c %Y\"; elif stat -f %m / >/dev/null 2>&1; then m=\"stat $o -f %m\"; else m=:; fi; ";

    private const string IsTaken = "test -e \"$2\" || test -L \"$2\"";

    /// <summary>
    /// Puts <c>$1</c> in the place of <c>$2</c>. Into a directory, or a link to one, <c>mv</c> would move it.
    /// </summary>
    public const string Replace =
        "if test -d \"$2\"; then echo \"File exists\" >&2; exit 1; fi; mv -f -- \"$1\" \"$2\"";

    /// <summary>
    /// Gives <c>$1</c> the free name <c>$2</c>. A second name for a file is refused where something has it already, in one
    /// step; what cannot have one (directories, links, some file systems) is moved after a look.
    /// </summary>
    public const string MoveToFreePath =
        $"if {IsTaken}; then echo \"File exists\" >&2; exit 1; fi; "
        + "if test -f \"$1\" && test ! -L \"$1\" && ln -- \"$1\" \"$2\" 2>/dev/null; then rm -f -- \"$1\"; exit; fi; "
        + $"if {IsTaken}; then echo \"File exists\" >&2; exit 1; fi; mv -f -- \"$1\" \"$2\"";

    public override Task<RemoteFileAttributes> StatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        LookAsync("o=-L; ", path, cancellationToken);

    public override Task<RemoteFileAttributes> LStatAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        LookAsync("o=; ", path, cancellationToken);

    public override async Task SetAttributesAsync(
        RemotePath path,
        RemoteFileAttributes attributes,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        if (attributes.Size is not null)
            throw Unsupported("cut a file", path);
        var commands = new List<string>();
        // The owner first: giving a file away takes set-user-id and set-group-id from it.
        if (attributes is { UserId: { } user, GroupId: { } group })
            commands.Add(string.Create(CultureInfo.InvariantCulture, $"chown {user}:{group} -- \"$1\""));
        if (attributes.Permissions is { } permissions)
            commands.Add($"chmod {Octal(permissions)} -- \"$1\"");
        if (attributes.Accessed is { } accessed)
            commands.Add($"TZ=UTC0 touch -c -a -t {TouchTime(accessed)} -- \"$1\"");
        if (attributes.Modified is { } modified)
            commands.Add($"TZ=UTC0 touch -c -m -t {TouchTime(modified)} -- \"$1\"");
        if (commands.Count > 0)
            await RunAsync(string.Join(" && ", commands), path, cancellationToken).ConfigureAwait(false);
    }

    // Each entry comes as one line of ls, a time, and the name as it is; NUL ends each of them.
    public override async IAsyncEnumerable<RemoteDirectoryEntry> ReadDirectoryAsync(
        RemotePath path,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        const string Script =
            "o=; " + FindTimeTool + "CDPATH= cd -- \"$1\" || exit 1; "
            + "for f in .* *; do case \"$f\" in .|..) continue;; esac; test -e \"$f\" || test -L \"$f\" || continue; "
            + "ls -dn -- \"$f\" 2>/dev/null; printf \"\\0\"; $m -- \"$f\" 2>/dev/null; printf \"\\0%s\\0\" \"$f\"; done; "
            + "test -r . || { echo \"Permission denied\" >&2; exit 1; }";
        var program = await Shell.StartScriptAsync(Script, ScpCommandLines.Argument(path), cancellationToken).ConfigureAwait(false);
        await using var _ = program.ConfigureAwait(false);
        while (await ReadFieldAsync(program, cancellationToken).ConfigureAwait(false) is { } line)
        {
            var time = await ReadFieldAsync(program, cancellationToken).ConfigureAwait(false);
            var name = await ReadFieldAsync(program, cancellationToken).ConfigureAwait(false);
            if (time is null || name is null)
                throw await program.DescribeEndAsync().ConfigureAwait(false);
            // One that went away meanwhile.
            if (line.Length > 0)
                yield return new RemoteDirectoryEntry(name, "", ListedAttributes.Parse(line, time, path));
        }

        var (exit, errors) = await program.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (exit.ExitCode != 0)
            throw errors.Length > 0 ? program.Refusal(errors) : await program.DescribeEndAsync().ConfigureAwait(false);
    }

    public override Task RemoveFileAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        RunAsync(
            "test -e \"$1\" || test -L \"$1\" || { echo \"No such file or directory\" >&2; exit 1; }; rm -f -- \"$1\"",
            path,
            cancellationToken);

    public override Task CreateDirectoryAsync(
        RemotePath path,
        uint? permissions = null,
        CancellationToken cancellationToken = default) =>
        RunAsync(permissions is { } mode ? $"mkdir -m {Octal(mode)} -- \"$1\"" : "mkdir -- \"$1\"", path, cancellationToken);

    public override Task RemoveDirectoryAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        RunAsync("rmdir -- \"$1\"", path, cancellationToken);

    public override Task RenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        RunAsync(MoveToFreePath, oldPath, cancellationToken, ScpCommandLines.Argument(newPath));

    public override Task PosixRenameAsync(RemotePath oldPath, RemotePath newPath, CancellationToken cancellationToken = default) =>
        RunAsync(Replace, oldPath, cancellationToken, ScpCommandLines.Argument(newPath));

    public override async Task<RemotePath> RealPathAsync(RemotePath path, CancellationToken cancellationToken = default)
    {
        var real = await RunAsync(
            "if test -d \"$1\"; then CDPATH= cd -P -- \"$1\" && pwd -P; else readlink -f -- \"$1\"; fi",
            path,
            cancellationToken).ConfigureAwait(false);
        return new RemotePath(WithoutLineEnd(real));
    }

    public override async Task<string> ReadLinkAsync(RemotePath path, CancellationToken cancellationToken = default) =>
        WithoutLineEnd(await RunAsync("readlink -- \"$1\"", path, cancellationToken).ConfigureAwait(false));

    public override Task CreateSymbolicLinkAsync(
        RemotePath linkPath,
        string target,
        CancellationToken cancellationToken = default) =>
        RunAsync(
            "if test -e \"$1\" || test -L \"$1\"; then echo \"File exists\" >&2; exit 1; fi; ln -s -- \"$2\" \"$1\"",
            linkPath,
            cancellationToken,
            target);

    /// <summary>Permission bits as programs take them.</summary>
    public static string Octal(uint permissions) => Convert.ToString(permissions & UnixMode.PermissionMask, 8).PadLeft(4, '0');

    private async Task<RemoteFileAttributes> LookAsync(string options, RemotePath path, CancellationToken cancellationToken)
    {
        var output = await RunAsync(
            options + FindTimeTool + "ls -dn $o -- \"$1\" || exit 1; printf \"\\0\"; $m -- \"$1\" 2>/dev/null; :",
            path,
            cancellationToken).ConfigureAwait(false);
        var end = output.IndexOf('\0', StringComparison.Ordinal);
        return end < 0
            ? throw ListedAttributes.NotUnderstood(output, path)
            : ListedAttributes.Parse(output[..end], output[(end + 1)..], path);
    }

    private Task<string> RunAsync(
        string script,
        RemotePath path,
        CancellationToken cancellationToken,
        params string[] furtherArguments) =>
        Shell.RunAsync(script, [ScpCommandLines.Argument(path), .. furtherArguments], cancellationToken);

    private async Task<string?> ReadFieldAsync(RemoteProgram program, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(Shell.Timeout);
        try
        {
            return await program.ReadToAsync(0, MaxFieldLength, timer.Token).ConfigureAwait(false) is { } field
                ? ScpText.Decode(field.Span)
                : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Shell.TimedOut(program.Path);
        }
    }

    // POSIX gives touch a form with seconds in it that every system takes.
    private static string TouchTime(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyyMMddHHmm.ss", CultureInfo.InvariantCulture);

    // A name may end in a line break of its own.
    private static string WithoutLineEnd(string output) => output.EndsWith('\n') ? output[..^1] : output;
}
