using System.IO.Enumeration;
using System.Text;
using AcodeSftp.Files;

namespace AcodeSftp.Protocol.Embedded;

/// <summary>
/// A server in memory: a file tree behind the real SFTP protocol, and scripted replies to commands. It is what demos, the
/// quick start and tests of runbooks use where there is no server. It lives as long as the <see cref="MemoryTransport"/>
/// that made it, so that a session opened later finds what an earlier one left. Thread-safe.
/// </summary>
public sealed class EmbeddedHost
{
    private readonly object _scriptLock = new();
    private readonly List<ScriptedReply> _replies = [];
    private readonly List<string> _commands = [];
    private readonly HashSet<MemoryConnection> _connections = [];
    private int _channels;

    /// <summary>Creates a host with an empty home directory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">What it is like; null for the defaults.</param>
    public EmbeddedHost(string name, EmbeddedHostOptions? options = null)
    {
        Name = name;
        Options = options ?? new EmbeddedHostOptions();
        Files = new EmbeddedFileSystem(Options);
        lock (Files.Lock)
        {
            Files.CreatePath(Options.HomeDirectory);
            Files.CreatePath("/tmp").SetPermissions(0x3FF);
        }
    }

    internal int NumberOfNextChannel() => Interlocked.Increment(ref _channels);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it is like.</summary>
    public EmbeddedHostOptions Options { get; }

    /// <summary>The command lines it was asked to run, in order.</summary>
    public IReadOnlyList<string> CommandsRun
    {
        get
        {
            lock (_scriptLock)
                return [.. _commands];
        }
    }

    internal EmbeddedFileSystem Files { get; }

    /// <summary>Scripts the reply to a command.</summary>
    /// <param name="commandPattern">
    /// The command line: compared as it is, and then as a pattern with <c>*</c> and <c>?</c>. Replies given later come first.
    /// </param>
    /// <param name="reply">The reply.</param>
    public void AddReply(string commandPattern, EmbeddedReply reply) => AddReply(commandPattern, _ => reply);

    /// <summary>Scripts the reply to a command by a function, which may read its input.</summary>
    /// <param name="commandPattern">As for <see cref="AddReply(string, EmbeddedReply)"/>.</param>
    /// <param name="reply">Makes the reply; called on a thread of the pool.</param>
    public void AddReply(string commandPattern, Func<EmbeddedCommand, EmbeddedReply> reply)
    {
        ArgumentException.ThrowIfNullOrEmpty(commandPattern);
        lock (_scriptLock)
            _replies.Insert(0, new ScriptedReply(commandPattern, reply));
    }

    /// <summary>Puts a file on the host, parents included, as the account's own.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">Its content.</param>
    /// <param name="permissions">Its permission bits; the default is 0644.</param>
    public void WriteFile(string path, ReadOnlySpan<byte> content, uint permissions = 0x1A4)
    {
        lock (Files.Lock)
        {
            var target = new RemotePath(Files.Normalize(path));
            var directory = Files.CreatePath(target.Parent.Value);
            var file = new EmbeddedFile(permissions, Options.UserId, Options.GroupId, Files.Now);
            Files.Write(file, 0, content);
            directory.Entries[target.Name] = file;
        }
    }

    /// <summary>Puts a text file on the host, in UTF-8.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">Its content.</param>
    /// <param name="permissions">Its permission bits; the default is 0644.</param>
    public void WriteFile(string path, string content, uint permissions = 0x1A4) =>
        WriteFile(path, Encoding.UTF8.GetBytes(content).AsSpan(), permissions);

    /// <summary>Adds to the end of a file on the host, as a log grows: whoever has it open sees it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">What to add.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public void AppendFile(string path, ReadOnlySpan<byte> content)
    {
        lock (Files.Lock)
        {
            if (Find(path, followLinks: true) is not EmbeddedFile file)
                throw new FileNotFoundException($"The embedded host '{Name}' has no file '{path}'.");
            Files.Write(file, file.Size, content);
        }
    }

    /// <summary>The content of a file on the host, links followed, whatever its permissions.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>The content.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public byte[] ReadFile(string path)
    {
        lock (Files.Lock)
        {
            if (Find(path, followLinks: true) is not EmbeddedFile file)
                throw new FileNotFoundException($"The embedded host '{Name}' has no file '{path}'.");
            var content = new byte[file.Size];
            file.Read(0, content);
            return content;
        }
    }

    /// <summary>Creates a directory on the host, parents included, as the account's own.</summary>
    /// <param name="path">Its path.</param>
    public void CreateDirectory(string path)
    {
        lock (Files.Lock)
            Files.CreatePath(path);
    }

    /// <summary>Whether anything is at a path, links not followed.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Whether it exists.</returns>
    public bool Exists(string path)
    {
        lock (Files.Lock)
            return Find(path, followLinks: false) is not null;
    }

    /// <summary>What is at a path, links not followed; null where nothing is.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Its attributes.</returns>
    public RemoteFileAttributes? GetAttributes(string path)
    {
        lock (Files.Lock)
            return Find(path, followLinks: false)?.Attributes;
    }

    /// <summary>The names in a directory, in order.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>The names.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    public IReadOnlyList<string> List(string path)
    {
        lock (Files.Lock)
        {
            return Find(path, followLinks: true) is EmbeddedDirectory directory
                ? [.. directory.Entries.Keys]
                : throw new DirectoryNotFoundException($"The embedded host '{Name}' has no directory '{path}'.");
        }
    }

    /// <summary>Breaks every connection to the host, as a cut line would.</summary>
    public void DropConnections()
    {
        MemoryConnection[] connections;
        lock (_connections)
            connections = [.. _connections];
        foreach (var connection in connections)
            connection.Drop();
    }

    internal void Add(MemoryConnection connection)
    {
        lock (_connections)
            _connections.Add(connection);
    }

    internal void Remove(MemoryConnection connection)
    {
        lock (_connections)
            _connections.Remove(connection);
    }

    internal EmbeddedReply Run(EmbeddedCommand command)
    {
        Func<EmbeddedCommand, EmbeddedReply>? script;
        lock (_scriptLock)
        {
            _commands.Add(command.CommandLine);
            script = (_replies.Find(reply => reply.Pattern == command.CommandLine)
                ?? _replies.Find(reply => FileSystemName.MatchesSimpleExpression(reply.Pattern, command.CommandLine, ignoreCase: false)))
                ?.Reply;
        }

        return script is not null ? script(command) : EmbeddedTools.Run(this, command);
    }

    private EmbeddedNode? Find(string path, bool followLinks)
    {
        try
        {
            return Files.Find(path, followLinks);
        }
        catch (EmbeddedRefusal)
        {
            return null;
        }
    }

    private sealed record ScriptedReply(string Pattern, Func<EmbeddedCommand, EmbeddedReply> Reply);
}
