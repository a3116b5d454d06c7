namespace AcodeSftp.Connections;

/// <summary>A transport and why it was taken.</summary>
/// <param name="Transport">The transport.</param>
/// <param name="Reason">Why, for a person.</param>
public sealed record SshTransportChoice(ISshTransport Transport, string Reason);

/// <summary>Chooses a transport by name, by the environment variable, or by what is there.</summary>
public sealed class SshTransportSelector
{
    /// <summary>The environment variable that names the default transport.</summary>
    public const string EnvironmentVariable = "ACODE_SFTP_TRANSPORT";

    /// <summary>The name that leaves the choice to the selector.</summary>
    public const string Auto = "Auto";

    private readonly IReadOnlyList<ISshTransport> _transports;
    private readonly Func<string, string?> _environment;

    /// <summary>Creates a selector.</summary>
    /// <param name="transports">
    /// The transports there are, those that <see cref="Auto"/> may take first and in order of preference.
    /// </param>
    /// <param name="isAutomatic">Whether <see cref="Auto"/> may take a transport; null for any.</param>
    /// <param name="environment">Reads an environment variable; null for the process's own.</param>
    public SshTransportSelector(
        IEnumerable<ISshTransport> transports,
        Func<ISshTransport, bool>? isAutomatic = null,
        Func<string, string?>? environment = null)
    {
        _transports = [.. transports];
        Automatic = [.. _transports.Where(isAutomatic ?? (_ => true))];
        _environment = environment ?? Environment.GetEnvironmentVariable;
    }

    private IReadOnlyList<ISshTransport> Automatic { get; }

    /// <summary>The names that can be asked for, <see cref="Auto"/> among them.</summary>
    public IEnumerable<string> Names => _transports.Select(transport => transport.Name).Prepend(Auto);

    /// <summary>Chooses a transport.</summary>
    /// <param name="name">Its name; null, empty or <c>Auto</c> for the environment variable's, and then for what is there.</param>
    /// <param name="options">What it is for.</param>
    /// <returns>The choice.</returns>
    /// <exception cref="SftpException">
    /// There is none of that name (<see cref="SftpErrorCode.InvalidArgument"/>), or it cannot be used here
    /// (<see cref="SftpErrorCode.Unavailable"/>).
    /// </exception>
    public SshTransportChoice Choose(string? name, SshConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!IsAuto(name))
            return Named(name!, "asked for with -Transport", options);
        var fromEnvironment = _environment(EnvironmentVariable);
        if (!IsAuto(fromEnvironment))
            return Named(fromEnvironment!, $"set by the environment variable {EnvironmentVariable}", options);

        foreach (var transport in Automatic)
        {
            if (transport.Availability is { IsAvailable: true } found)
                return new SshTransportChoice(transport, $"chosen automatically: {found.Detail}");
        }

        var details = string.Join(" ", Automatic.Select(transport => $"{transport.Name}: {transport.Availability.Detail}"));
        throw Unusable($"No SSH transport can be used here. {details}", options);
    }

    private static bool IsAuto(string? name) =>
        string.IsNullOrWhiteSpace(name) || string.Equals(name, Auto, StringComparison.OrdinalIgnoreCase);

    private SshTransportChoice Named(string name, string reason, SshConnectionOptions options)
    {
        var transport = _transports.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new SftpException(
                SftpErrorCode.InvalidArgument,
                $"There is no transport named '{name}' ({reason}). There are: {string.Join(", ", Names)}.")
            {
                Host = options.HostName,
            };
        var availability = transport.Availability;
        return availability.IsAvailable
            ? new SshTransportChoice(transport, $"{reason}: {availability.Detail}")
            : throw Unusable($"The transport {transport.Name} ({reason}) cannot be used here. {availability.Detail}", options);
    }

    private static SftpException Unusable(string message, SshConnectionOptions options) =>
        new(SftpErrorCode.Unavailable, message)
        {
            Host = options.HostName,
            Advice = "Install an OpenSSH client of version 8.4 or later and make sure that 'ssh' is on PATH.",
            IsTransientOverride = false,
        };
}
