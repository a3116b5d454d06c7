using System.Management.Automation;
using AcodeSftp.Files;
using AcodeSftp.Shell.Completion;
using AcodeSftp.Shell.Errors;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Pipeline;
using AcodeSftp.Shell.Transfers;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>What moving and copying on a server share.</summary>
public abstract class RelocationCmdlet : RemoteItemCmdlet
{
    // What is held back goes on when it is known to be the only source.
    private readonly Dictionary<int, (DestinationPlanner Planner, RemoteItem? Held)> _routes = [];

    /// <summary>
    /// Where they go on the same server: a directory, existing or with a slash at its end, or the new path of the one source.
    /// </summary>
    [Parameter(
        Mandatory = true,
        Position = 1,
        HelpMessage = "A remote directory, existing or with a slash at its end, or the new path of the one source.")]
    [RemotePathArgument]
    [ArgumentCompleter(typeof(RemoteLiteralPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Writes what is at the destination.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What is done, for -WhatIf and -Confirm.</summary>
    private protected abstract string Action { get; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (planner, held) in _routes.Values)
        {
            if (held is not null && planner.Complete() is var (_, destination))
                Run((output, cancellationToken) => RelocateHeldAsync(held, destination, output, cancellationToken));
        }

        base.EndProcessing();
    }

    private protected override async Task ProcessItemAsync(RemoteItem item, CmdletOutput output, CancellationToken cancellationToken)
    {
        if (!_routes.TryGetValue(item.Session.Id, out var route))
            route = (await DestinationPlanner.CreateAsync(item.Channel, Destination, cancellationToken).ConfigureAwait(false), null);
        string? destination;
        try
        {
            destination = route.Planner.Add(item.Path.Value, item.Path.IsRoot ? "" : item.Path.Name);
        }
        catch (SftpException e) when (route.Held is not null)
        {
            // Nothing has happened yet, and nothing does.
            await output.InvokeAsync(() =>
            {
                ThrowTerminatingError(SftpErrorRecord.From(e));
                return 0;
            }).ConfigureAwait(false);
            return;
        }

        _routes[item.Session.Id] = destination is null ? (route.Planner, item) : route;
        if (destination is not null)
            await RelocateAsync(item, new RemotePath(destination), output, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does it.</summary>
    /// <param name="item">The source.</param>
    /// <param name="destination">Its new path.</param>
    /// <param name="output">Has the pipeline thread write.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A task that ends when it is done.</returns>
    private protected abstract Task RelocateAsync(
        RemoteItem item,
        string destination,
        CmdletOutput output,
        CancellationToken cancellationToken);

    private async Task RelocateHeldAsync(RemoteItem held, string destination, CmdletOutput output, CancellationToken cancellationToken)
    {
        try
        {
            await RelocateAsync(held, new RemotePath(destination), output, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            await output.ErrorAsync(e, held.Path.Value).ConfigureAwait(false);
        }
    }

    private async Task RelocateAsync(RemoteItem item, RemotePath destination, CmdletOutput output, CancellationToken cancellationToken)
    {
        if (!await output.ShouldProcessAsync($"{item.Url} -> {destination.Value}", Action).ConfigureAwait(false))
            return;
        if (Destination.EndsWith('/'))
            await item.Channel.CreateDirectoryAsync(destination.Parent.Value, cancellationToken: cancellationToken).ConfigureAwait(false);
        await RelocateAsync(item, destination.Value, output, cancellationToken).ConfigureAwait(false);
        if (PassThru)
            await output.WriteAsync(
                await LookAsync(item.Session, item.Channel, destination, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
