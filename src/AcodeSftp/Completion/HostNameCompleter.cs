using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AcodeSftp.HostKeys;
using AcodeSftp.Shell.HostKeys;

namespace AcodeSftp.Shell.Completion;

/// <summary>Completes host names: those that ssh_config files name, and those of known_hosts files that are not hashed.</summary>
public class HostNameCompleter : IArgumentCompleter
{
    private const string ConfigParameter = "SshConfigPath";
    private const string KnownHostsParameter = "KnownHostsPath";
    private const int DefaultPort = 22;

    /// <summary>Whether the aliases of ssh_config are offered too.</summary>
    private protected virtual bool HasAliases => true;

    /// <summary>Whether a port other than 22 is part of what is written.</summary>
    private protected virtual bool HasPorts => true;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var (typed, quote) = CompletionText.Read(wordToComplete);
        var user = typed[..(typed.LastIndexOf('@') + 1)];
        var aliases = HasAliases ? SshConfigHosts.Read(Bound(fakeBoundParameters, ConfigParameter)) : [];
        return aliases.Concat(KnownHosts(Bound(fakeBoundParameters, KnownHostsParameter)))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(name => name.StartsWith(typed[user.Length..], StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(name => CompletionText.Write(user + name, quote) is { } word
                ? new CompletionResult(word, TerminalText.Clean(name), CompletionResultType.ParameterValue, TerminalText.Clean(user + name))
                : null)
            .OfType<CompletionResult>()
            .ToList();
    }

    private static string? Bound(IDictionary bound, string parameter) =>
        bound[parameter] is { } value && value.ToString() is { Length: > 0 } text ? text : null;

    private IEnumerable<string> KnownHosts(string? file) =>
        (file is null ? KnownHostsFile.UserFiles.Concat(KnownHostsFile.GlobalFiles) : [file])
            .SelectMany(EntriesOf)
            .Where(entry => !entry.IsHashed && entry.Marker == KnownHostMarker.None)
            .SelectMany(SshKnownHost.NamesOf)
            .Where(host => host.HostName.AsSpan().IndexOfAny("*?!") < 0)
            .Select(host => HasPorts && host.Port != DefaultPort ? WithPort(host.HostName, host.Port) : host.HostName);

    private static string WithPort(string host, int port) =>
        host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";

    private static IReadOnlyList<KnownHostEntry> EntriesOf(string file)
    {
        try
        {
            return KnownHostsFile.Load(file).Entries;
        }
        catch (SftpException)
        {
            return [];
        }
    }
}

/// <summary>Completes the hosts of known_hosts files.</summary>
public sealed class KnownHostNameCompleter : HostNameCompleter
{
    private protected override bool HasAliases => false;

    private protected override bool HasPorts => false;
}
