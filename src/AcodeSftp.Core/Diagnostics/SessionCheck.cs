using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using AcodeSftp.Connections;
using AcodeSftp.FileTransfer;
using AcodeSftp.HostKeys;
using AcodeSftp.Sessions;

namespace AcodeSftp.Diagnostics;

/// <summary>
/// Looks at a session step by step, from the host's name to the server's clock, and says of each what was found and what
/// can be done about it. A session that is not connected is connected. Leaves nothing behind.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="writes">Whether a file may be made in the start directory, and removed again.</param>
public sealed class SessionCheck(SftpSession session, bool writes = true)
{
    private const string NotConnected = "Not looked at: the session is not connected.";
    private const int Pings = 5;

    private readonly SshConnectionOptions _options = session.Options;

    /// <summary>Goes through the steps.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Each step as it is over, in the order of <see cref="SessionCheckNames.All"/>, every one exactly once.</returns>
    public async IAsyncEnumerable<SessionCheckStep> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var given = new SshRoute(session.HostName, session.Port);
        var route = given;
        var name = await TakeAsync(
            SessionCheckNames.NameResolution,
            _options.ConnectTimeout,
            async token =>
            {
                route = session.RouteFinder is { } finder ? await finder.FindRouteAsync(_options, token).ConfigureAwait(false) : given;
                return await SessionCheckNetwork.FindNameAsync(route, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        yield return name;

        var wasConnected = session.State == SftpSessionState.Connected;
        var tcp = name.Status == SessionCheckStatus.Failed
            ? Skip(SessionCheckNames.Tcp, "Not looked at: there is no address to connect to.")
            : await TakeAsync(
                SessionCheckNames.Tcp,
                _options.ConnectTimeout,
                token => SessionCheckNetwork.ReachAsync(route, token),
                cancellationToken).ConfigureAwait(false);
        yield return tcp;

        var isReachable = wasConnected || (name.Status != SessionCheckStatus.Failed && tcp.Status != SessionCheckStatus.Failed);
        var (hostKey, login, connectError) = isReachable
            ? await ConnectAsync(route, cancellationToken).ConfigureAwait(false)
            : (Skip(SessionCheckNames.HostKey), Skip(SessionCheckNames.Authentication), null);
        yield return hostKey;
        yield return login;

        if (login.Status != SessionCheckStatus.Passed)
        {
            foreach (var step in SessionCheckNames.All.SkipWhile(step => step != SessionCheckNames.Sftp))
                yield return Skip(step);
            yield break;
        }

        yield return await TakeAsync(
            SessionCheckNames.Sftp,
            _options.OperationTimeout,
            _ => Task.FromResult(connectError is null ? DescribeSftp() : SessionFinding.Failed(connectError)),
            cancellationToken).ConfigureAwait(false);
        var exec = await TakeAsync(
            SessionCheckNames.Exec, _options.OperationTimeout, RunCommandAsync, cancellationToken).ConfigureAwait(false);
        yield return exec;

        var runsCommands = exec.Status == SessionCheckStatus.Passed;
        if (connectError is null)
        {
            await foreach (var step in LookAtFilesAsync(runsCommands, cancellationToken).ConfigureAwait(false))
                yield return step;
        }
        else
        {
            foreach (var step in SessionCheckNames.All.SkipWhile(step => step != SessionCheckNames.FreeSpace).SkipLast(1))
                yield return Skip(step, "Not looked at: the server's files cannot be reached.");
        }

        yield return await TakeAsync(
            SessionCheckNames.Latency, _options.OperationTimeout, MeasureAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(SessionCheckStep HostKey, SessionCheckStep Login, SftpException? Error)> ConnectAsync(
        SshRoute route,
        CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        SftpException? error = null;
        try
        {
            await session.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            error = e;
        }

        // Whoever is connected has got past the host key and the login, whatever failed after that.
        var (hostKey, login) = (error, session.State) switch
        {
            (null, _) or (_, SftpSessionState.Connected) => (DescribeHostKey(route), SessionFinding.Passed($"Logged in as {TerminalText.Clean(session.Authority)}.")),
            ({ Code: SftpErrorCode.HostKeyRejected }, _) => (SessionFinding.Failed(error), SessionFinding.Skipped(NotConnected)),
            ({ Code: SftpErrorCode.AuthenticationFailed }, _) => (DescribeHostKey(route), SessionFinding.Failed(error)),
            _ => (SessionFinding.Skipped("Not looked at: the connection ended before the login."), SessionFinding.Failed(error)),
        };
        var duration = Stopwatch.GetElapsedTime(started);
        return (Step(SessionCheckNames.HostKey, hostKey, duration), Step(SessionCheckNames.Authentication, login, duration), error);
    }

    private SessionFinding DescribeHostKey(SshRoute route)
    {
        if (route.IsEmbedded)
            return SessionFinding.Skipped("An embedded host has no host key.");
        if (_options.HostKeyFingerprints.Count > 0)
            return SessionFinding.Passed($"The key has a fingerprint that was given: {string.Join(" or ", _options.HostKeyFingerprints)}.");
        if (_options.HostKeyPolicy == HostKeyPolicy.AcceptAny)
            return SessionFinding.Warning(
                "The host key was not checked (policy AcceptAny).",
                "Whoever is in between can read and change everything. Use this policy for tests only.");
        try
        {
            var source = new KnownHostKeysSource
            {
                Parameter = _options.KnownHostKeys,
                SessionConfiguration = _options.ConfiguredKnownHostKeys,
                KnownHostsPath = _options.KnownHostsPath,
            };
            var known = source.Resolve().Load()
                .Where(entry => entry.Marker == KnownHostMarker.None && entry.IsFor(route.HostName, route.Port))
                .Select(entry => $"{entry.Key} ({entry.Location})")
                .ToList();
            return SessionFinding.Passed(known.Count > 0 ? $"Known: {string.Join(", ", known)}." : $"Accepted (policy {_options.HostKeyPolicy}).");
        }
        catch (SftpException)
        {
            // It was accepted all the same; only where it is known from cannot be told.
            return SessionFinding.Passed($"Accepted (policy {_options.HostKeyPolicy}).");
        }
    }

    private SessionFinding DescribeSftp()
    {
        if (session.FileProtocol == FileProtocol.Scp)
            return SessionFinding.Warning(
                $"SCP is used in place of SFTP: {session.FileProtocolReason}",
                "Fewer things work over SCP. Ask whoever runs the server to enable SFTP.");
        return session.SftpServer is { } server
            ? SessionFinding.Passed($"SFTP version {server.ProtocolVersion} with {server.Extensions.Count} extensions.")
            : SessionFinding.Passed("SFTP.");
    }

    private async Task<SessionFinding> RunCommandAsync(CancellationToken cancellationToken)
    {
        const string Token = "acode-check";
        const string Advice = "Transfers work without commands, but are compared by size only.";
        try
        {
            var result = await session.InvokeCommandAsync($"echo {Token}", null, cancellationToken).ConfigureAwait(false);
            if (result.StandardOutput.Trim() == Token && result.Success)
                return SessionFinding.Passed("Commands can be run.");
            return result.StandardOutput.Contains(Token, StringComparison.Ordinal)
                ? SessionFinding.Warning(
                    $"Commands can be run, but the account's startup files print text: {TerminalText.Clean(Shorten(result.StandardOutput))}",
                    "Have them print only in interactive shells; it gets into the output of every command.")
                : SessionFinding.Warning(
                    $"Commands cannot be run: {TerminalText.Clean(Shorten((result.StandardError + result.StandardOutput).Trim()))} (exit code {result.ExitCode}).",
                    Advice);
        }
        catch (SftpException e) when (e.Code is not (SftpErrorCode.ConnectionLost or SftpErrorCode.Timeout))
        {
            return SessionFinding.Warning($"Commands cannot be run: {e.Message}", Advice);
        }
    }

    private async IAsyncEnumerable<SessionCheckStep> LookAtFilesAsync(
        bool runsCommands,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = await session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            var files = new SessionCheckFiles(session.Connection, channel.FileSystem);
            yield return await TakeAsync(
                SessionCheckNames.FreeSpace, _options.OperationTimeout, files.FindSpaceAsync, cancellationToken).ConfigureAwait(false);
            yield return writes
                ? await TakeAsync(
                    SessionCheckNames.WriteAccess,
                    _options.OperationTimeout,
                    token => files.WriteAsync(runsCommands, token),
                    cancellationToken).ConfigureAwait(false)
                : Skip(SessionCheckNames.WriteAccess, "Not looked at: nothing was to be written.");
            yield return files.Checksum is { } checksum
                ? Step(SessionCheckNames.ChecksumTools, checksum.Finding, checksum.Duration)
                : runsCommands
                    ? await TakeAsync(
                        SessionCheckNames.ChecksumTools, _options.OperationTimeout, files.HashNothingAsync, cancellationToken).ConfigureAwait(false)
                    : Skip(SessionCheckNames.ChecksumTools, "Not looked at: no commands can be run.");
            yield return Step(SessionCheckNames.ClockDifference, files.CompareClocks(), TimeSpan.Zero);
        }
    }

    private async Task<SessionFinding> MeasureAsync(CancellationToken cancellationToken)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < Pings; i++)
            times.Add(await session.Connection.PingAsync(cancellationToken).ConfigureAwait(false));
        times.Sort();
        return SessionFinding.Passed(string.Create(
            CultureInfo.InvariantCulture,
            $"A round trip takes {times[Pings / 2].TotalMilliseconds:0.0} ms ({times[0].TotalMilliseconds:0.0} to {times[^1].TotalMilliseconds:0.0})."));
    }

    private async Task<SessionCheckStep> TakeAsync(
        string name,
        TimeSpan limit,
        Func<CancellationToken, Task<SessionFinding>> body,
        CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(limit);
        SessionFinding finding;
        try
        {
            finding = await body(timer.Token).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            finding = e.Code == SftpErrorCode.Unsupported
                ? SessionFinding.Skipped($"The server does not offer this: {e.Message}")
                : SessionFinding.Failed(e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            finding = SessionFinding.Failed(
                $"There was no answer within {limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s.",
                "Check that the host is up and that no firewall drops the packets.");
        }

        return Step(name, finding, Stopwatch.GetElapsedTime(started));
    }

    private SessionCheckStep Skip(string name, string why = NotConnected) =>
        Step(name, SessionFinding.Skipped(why), TimeSpan.Zero);

    private SessionCheckStep Step(string name, SessionFinding finding, TimeSpan duration) => new()
    {
        Name = name,
        Status = finding.Status,
        Detail = finding.Detail,
        Advice = finding.Advice,
        Duration = finding.Status == SessionCheckStatus.Skipped ? TimeSpan.Zero : duration,
        SessionId = session.Id,
        HostName = session.HostName,
    };

    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";
}
