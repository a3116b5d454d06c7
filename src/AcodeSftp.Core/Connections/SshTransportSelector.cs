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
    private readonly Func<ISshTransport, SshConnectionOptions, string?> _reservation;
    private readonly Func<string, string?> _environment;

    /// <summary>Creates a selector.</summary>
    /// <param name="transports">
    /// The transports there are, those that <see cref="Auto"/> may take first and in order of preference.
    /// </param>
    /// <param name="isAutomatic">Whether <see cref="Auto"/> may take a transport; null for any.</param>
    /// <param name="environment">Reads an environment variable; null for the process's own.</param>
    /// <param name="reservation">
    /// Why <see cref="Auto"/> takes a transport for some options only if there is no other; null where there is no reason.
    /// </param>
    public SshTransportSelector(
        IEnumerable<ISshTransport> transports,
        Func<ISshTransport, bool>? isAutomatic = null,
        Func<string, string?>? environment = null,
        Func<ISshTransport, SshConnectionOptions, string?>? reservation = null)
    {
        _transports = [.. transports];
        _reservation = reservation ?? ((_, _) => null);
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

        var passedOver = new List<string>();
        ISshTransport? second = null;
        foreach (var transport in Automatic)
        {
            var found = transport.Availability;
            var reservation = found.IsAvailable ? _reservation(transport, options) : null;
            if (found.IsAvailable && reservation is null)
                return Automatically(transport, passedOver);
            second ??= found.IsAvailable ? transport : null;
            passedOver.Add($"{transport.Name}: {reservation ?? found.Detail}");
        }

        return second is not null
            ? Automatically(second, [])
            : throw Unusable(
                $"No SSH transport can be used here. {string.Join(" ", passedOver)}",
                "Install an OpenSSH client of version 8.4 or later and make sure that 'ssh' is on PATH.",
                options);
    }

    private static SshTransportChoice Automatically(ISshTransport transport, List<string> passedOver) => new(
        transport,
        $"chosen automatically: {transport.Availability.Detail}{(passedOver.Count == 0 ? "" : $" (not {string.Join(" ", passedOver)})")}");

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
            : throw Unusable(
                $"The transport {transport.Name} ({reason}) cannot be used here. {availability.Detail}",
                "Or leave the choice to what is there: -Transport Auto.",
                options);
    }

    private static SftpException Unusable(string message, string advice, SshConnectionOptions options) =>
        new(SftpErrorCode.Unavailable, message)
        {
            Host = options.HostName,
            Advice = advice,
            IsTransientOverride = false,
        };
}
