using System.Text;
using AcodeSftp.Connections;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace AcodeSftp.SshNet;

/// <summary>Logs SSH.NET's clients in. Each of them is a connection of its own, so a session may need it twice.</summary>
internal sealed class SshNetLogin
{
    // More than a server allows, so that the server refuses: SSH.NET's own limit makes callers wait without a word.
    private const int MoreSessionsThanAllowed = 10_000;

    private const string NoSubsystem = "has no SFTP subsystem";
    private const string SftpServer = "The SFTP server of";

    // SSH.NET's own limits are to be over first, for they tell what was waited for.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private readonly SshConnectionOptions _options;
    private readonly HostKeyGate _gate;
    private readonly IReadOnlyList<IPrivateKeySource> _keys;

    /// <summary>Prepares logins.</summary>
    /// <param name="options">How.</param>
    /// <param name="target">Where to.</param>
    /// <param name="userName">As whom.</param>
    /// <param name="gate">Judges the host's keys.</param>
    /// <exception cref="SftpException">A key cannot be used.</exception>
    public SshNetLogin(SshConnectionOptions options, SshRoute target, string userName, HostKeyGate gate)
    {
        (_options, Target, UserName, _gate) = (options, target, userName, gate);
        _keys = LoginKeys.Load(options);
        if (_keys.Count == 0 && options.Password is null)
            throw new SftpException(SftpErrorCode.AuthenticationFailed, $"There is nothing to log in to {target.HostName} with.")
            {
                Host = target.HostName,
                Advice = "Give a key with -KeyFilePath, or a password with -Credential. Keys of an agent are used by the OpenSSH "
                    + "transport only (-Transport OpenSsh).",
            };
    }

    /// <summary>Where to.</summary>
    public SshRoute Target { get; }

    /// <summary>As whom.</summary>
    public string UserName { get; }

    /// <summary>The options the login was prepared from.</summary>
    public SshConnectionOptions Options => _options;

    /// <summary>Whether a login went well, and SFTP on it did not.</summary>
    /// <param name="failure">What <see cref="ConnectAsync"/> failed with.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsOfSftp(SftpException failure) =>
        IsRefusedSubsystem(failure) || failure.Message.StartsWith(SftpServer, StringComparison.Ordinal);

    /// <summary>Whether the server said that it has no SFTP.</summary>
    /// <param name="failure">What <see cref="ConnectAsync"/> failed with.</param>
    /// <returns>Whether it did.</returns>
    public static bool IsRefusedSubsystem(SftpException failure) => failure.Message.Contains(NoSubsystem, StringComparison.Ordinal);

    /// <summary>Connects a client and logs it in.</summary>
    /// <typeparam name="T">Which client.</typeparam>
    /// <param name="create">Creates it.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <returns>The client, connected.</returns>
    /// <exception cref="SftpException">It could not be; the code tells why.</exception>
    public async Task<T> ConnectAsync<T>(Func<ConnectionInfo, T> create, CancellationToken cancellationToken)
        where T : BaseClient
    {
        SftpException? refusal = null;
        while (true)
        {
            var refused = _gate.NotPinnedTypes.Count;
            try
            {
                return await ConnectOnceAsync(create, cancellationToken).ConfigureAwait(false);
            }
            catch (SftpException e) when (e.Code == SftpErrorCode.HostKeyRejected)
            {
                // The pinned key may be another of the server's, so it is asked for the types that are left.
                refusal ??= e;
                if (_gate.NotPinnedTypes.Count == refused)
                    throw refusal;
            }
        }
    }

    private async Task<T> ConnectOnceAsync<T>(Func<ConnectionInfo, T> create, CancellationToken cancellationToken)
        where T : BaseClient
    {
        cancellationToken.ThrowIfCancellationRequested();
        var isSshServer = false;
        var description = Describe(out var password);
        var client = create(description);
        _gate.Guard(client);
        client.ServerIdentificationReceived += (_, _) => isSshServer = true;
        client.KeepAliveInterval = _options.KeepAliveInterval > TimeSpan.Zero ? _options.KeepAliveInterval : Timeout.InfiniteTimeSpan;
        var connecting = Blocking.RunAsync(client.Connect);
        // The password is used by the login only, whichever way it ends.
        var wiped = connecting.ContinueWith(
            _ => Array.Clear(password ?? []),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        try
        {
            await connecting.WaitAsync(_options.ConnectTimeout + Slack, cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch (Exception e)
        {
            Blocking.Forget(client.Dispose);
            connecting.Forget();
            if (e is OperationCanceledException)
                throw;
            if (_gate.Refusal is { } refusal)
                throw refusal.WithHost(Target.HostName);
            throw Explain(e, isSshServer, description.IsAuthenticated);
        }
    }

    private SftpException Explain(Exception failure, bool isSshServer, bool isLoggedIn) => failure switch
    {
        SshException { Message: var text } when text.Contains("ubsystem", StringComparison.Ordinal) =>
            NoSftp($"{Target.HostName} {NoSubsystem}.", failure),
        SshException and not (SshConnectionException or SshOperationTimeoutException) when isLoggedIn =>
            NoSftp($"{SftpServer} {Target.HostName} ended at once: {TerminalText.Clean(failure.Message).TrimEnd('.')}.", failure),
        SshOperationTimeoutException or TimeoutException when isLoggedIn => new SftpException(
            SftpErrorCode.Timeout,
            $"{SftpServer} {Target.HostName} did not begin within {_options.ConnectTimeout.TotalSeconds:0.#} s.",
            failure) { Host = Target.HostName, Advice = "The login worked. Allow the server more time with -ConnectTimeout." },
        _ => SshNetErrors.FromLogin(failure, Target, _options.ConnectTimeout, isSshServer, _options.Password is not null),
    };

    private SftpException NoSftp(string message, Exception cause) => new(SftpErrorCode.Unavailable, message, cause)
    {
        Host = Target.HostName,
        IsTransientOverride = false,
        Advice = "The login worked. Ask whoever runs the server to enable SFTP: Subsystem sftp internal-sftp in sshd_config.",
    };

    private ConnectionInfo Describe(out byte[]? password)
    {
        password = _options.Password?.Reveal().ToArray();
        var methods = new List<AuthenticationMethod>();
        if (_keys.Count > 0)
            methods.Add(new PrivateKeyAuthenticationMethod(UserName, [.. _keys]));
        if (password is not null)
        {
            methods.Add(new PasswordAuthenticationMethod(UserName, password));
            var interactive = new KeyboardInteractiveAuthenticationMethod(UserName);
            interactive.AuthenticationPrompt += (_, prompts) => Answer(prompts);
            methods.Add(interactive);
        }

        var info = new ConnectionInfo(Target.HostName, Target.Port, UserName, [.. methods])
        {
            Timeout = _options.ConnectTimeout,
            MaxSessions = MoreSessionsThanAllowed,
            RetryAttempts = 1,
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        PutFirst(info.Encryptions, name => name.Contains("-gcm", StringComparison.Ordinal));
        PutFirst(info.HostKeyAlgorithms, name => IsOfType(name, _gate.KnownTypes), name => IsOfType(name, _gate.NotPinnedTypes));
        return info;
    }

    // An RSA key has several signature algorithms.
    private static bool IsOfType(string algorithm, IEnumerable<string> types) =>
        types.Contains(algorithm, StringComparer.Ordinal)
        || (algorithm.StartsWith("rsa-sha2-", StringComparison.Ordinal)
            && !algorithm.Contains("-cert-", StringComparison.Ordinal)
            && types.Contains("ssh-rsa", StringComparer.Ordinal));

    // A dictionary that nothing was removed from lists its entries in the order they were added in, which is the order that
    // SSH.NET proposes them in.
    private static void PutFirst<T>(IDictionary<string, T> algorithms, Func<string, bool> isFirst, Func<string, bool>? isLeftOut = null)
    {
        KeyValuePair<string, T>[] ordered =
        [
            .. algorithms
                .Where(algorithm => isLeftOut?.Invoke(algorithm.Key) != true)
                .OrderByDescending(algorithm => isFirst(algorithm.Key)),
        ];
        algorithms.Clear();
        foreach (var (name, algorithm) in ordered)
            algorithms.Add(name, algorithm);
    }

    // Questions for anything but a password get an empty answer, for SSH.NET has no way to give none.
    private void Answer(AuthenticationPromptEventArgs prompts)
    {
        foreach (var prompt in prompts.Prompts)
        {
            prompt.Response = !prompt.IsEchoed && prompt.Request.Contains("password", StringComparison.OrdinalIgnoreCase)
                ? Encoding.UTF8.GetString(_options.Password!.Reveal().Span)
                : "";
        }
    }
}
