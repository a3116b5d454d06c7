using System.Collections;
using System.Management.Automation.Provider;
using System.Runtime.CompilerServices;
using AcodeSftp.Files.Content;

namespace AcodeSftp.Shell.Provider;

/// <summary>Reads the content of a file for PowerShell, which asks for a number of lines, or bytes, at a time.</summary>
internal sealed class DriveContentReader : IContentReader
{
    private readonly SftpProvider _provider;
    private readonly IAsyncEnumerator<object> _units;
    private Task<bool> _moving;

    /// <summary>Opens a file and begins to read it.</summary>
    /// <param name="provider">Waits for what is read.</param>
    /// <param name="item">The file.</param>
    /// <param name="asked">What of it is asked for.</param>
    /// <exception cref="SftpException">It cannot be read.</exception>
    public DriveContentReader(SftpProvider provider, DriveItem item, ReadContentParameters asked)
    {
        _provider = provider;
        _units = ReadAsync(item, asked, provider.StopToken).GetAsyncEnumerator(CancellationToken.None);
        _moving = _units.MoveNextAsync().AsTask();
        provider.Wait(() => _moving);
    }

    /// <inheritdoc/>
    public IList Read(long readCount)
    {
        var units = new List<object>();
        while ((readCount <= 0 || units.Count < readCount) && MoveNext())
        {
            units.Add(_units.Current);
            _moving = _units.MoveNextAsync().AsTask();
        }

        return units;
    }

    /// <inheritdoc/>
    public void Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Remote files are read from their start on.");

    /// <inheritdoc/>
    public void Close() => Dispose();

    /// <inheritdoc/>
    public void Dispose() => _provider.Wait(async () =>
    {
        await ((Task)_moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _units.DisposeAsync().ConfigureAwait(false);
        return true;
    });

    // Most units are there already, with a piece of the file.
    private bool MoveNext() => _moving.IsCompletedSuccessfully ? _moving.Result : _provider.Wait(() => _moving);

    private static async IAsyncEnumerable<object> ReadAsync(
        DriveItem item,
        ReadContentParameters asked,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = await item.Session.OpenSftpAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = channel.ConfigureAwait(false);
        var reader = new RemoteContentReader(channel.FileSystem, item.Path);
        var encoding = asked.Encoding ?? TextEncoding.Default;
        if (asked is { AsByteStream.IsPresent: false, Raw.IsPresent: true })
        {
            yield return await reader.ReadTextAsync(encoding, cancellationToken).ConfigureAwait(false);
        }
        else if (!asked.AsByteStream)
        {
            await foreach (var line in reader.ReadLinesAsync(encoding, cancellationToken).ConfigureAwait(false))
                yield return line;
        }
        else
        {
            using var all = new MemoryStream();
            await foreach (var piece in reader.ReadBytesAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                if (asked.Raw)
                    all.Write(piece);
                else
                    foreach (var value in piece)
                        yield return value;
            }

            if (asked.Raw)
                yield return all.ToArray();
        }
    }
}
