using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Provider;
using System.Text;
using AcodeSftp.Files.Content;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Shell.Provider;

/// <summary>
/// Writes content for PowerShell at the end of a file: for Set-Content, which has cleared it, as for Add-Content.
/// </summary>
internal sealed class DriveContentWriter : IContentWriter
{
    private readonly SftpProvider _provider;
    private readonly WriteContentParameters _asked;
    private ISftpChannel? _channel;
    private RemoteContentWriter? _writer;
    private Encoding _encoding = TextEncoding.Default;

    /// <summary>Opens a file, which need not be there.</summary>
    /// <param name="provider">Waits for what is written.</param>
    /// <param name="item">The file.</param>
    /// <param name="asked">How to write.</param>
    /// <exception cref="SftpException">It cannot be written.</exception>
    public DriveContentWriter(SftpProvider provider, DriveItem item, WriteContentParameters asked)
    {
        (_provider, _asked) = (provider, asked);
        try
        {
            provider.Wait(() => OpenAsync(item));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IList Write(IList content)
    {
        ArgumentNullException.ThrowIfNull(content);
        foreach (var value in content)
        {
            var bytes = Encode(value is PSObject wrapped ? wrapped.BaseObject : value);
            // Most of the time it is only gathered.
            var writing = _writer!.WriteAsync(bytes, _provider.StopToken);
            if (!writing.IsCompletedSuccessfully)
                _provider.Wait(() => AsTask(writing));
        }

        return content;
    }

    /// <inheritdoc/>
    public void Seek(long offset, SeekOrigin origin)
    {
        // Add-Content goes to the end, which is where everything is written.
    }

    /// <inheritdoc/>
    public void Close()
    {
        try
        {
            _provider.Wait(async () =>
            {
                await _writer!.CompleteAsync(_provider.StopToken).ConfigureAwait(false);
                return true;
            });
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _provider.Wait(async () =>
    {
        if (Interlocked.Exchange(ref _writer, null) is { } writer)
            await writer.DisposeAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _channel, null) is { } channel)
            await channel.DisposeAsync().ConfigureAwait(false);
        return true;
    });

    private async Task<bool> OpenAsync(DriveItem item)
    {
        _channel = await item.Session.OpenSftpAsync(_provider.StopToken).ConfigureAwait(false);
        var (found, isEmpty) = await TextEncoding.OfFileAsync(_channel.FileSystem, item.Path, _provider.StopToken).ConfigureAwait(false);
        _encoding = _asked.Encoding ?? found ?? TextEncoding.Default;
        _writer = await RemoteContentWriter.OpenAsync(_channel.FileSystem, item.Path, RemoteWriteMode.Append, _provider.StopToken)
            .ConfigureAwait(false);
        if (isEmpty && !_asked.AsByteStream)
            await _writer.WriteAsync(_encoding.GetPreamble(), _provider.StopToken).ConfigureAwait(false);
        return true;
    }

    private static async Task<bool> AsTask(ValueTask writing)
    {
        await writing.ConfigureAwait(false);
        return true;
    }

    private byte[] Encode(object? value) => _asked.AsByteStream
        ? value as byte[] ?? [LanguagePrimitives.ConvertTo<byte>(value)]
        : _encoding.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{value}{(_asked.NoNewline ? "" : "\n")}"));
}
