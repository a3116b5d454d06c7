using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcodeSftp.FileTransfer;

/// <summary>
/// Remembers broken-off transfers in a directory of the user's data, one small file for each, so that another process can
/// go on with them. A file that is damaged counts as none, and one that is old is swept. Thread-safe, also between
/// processes: a file is replaced in one step.
/// </summary>
public sealed class TransferResumeManager : ITransferResumeManager
{
    private const string Suffix = ".resume.json";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan TimeBetweenSweeps = TimeSpan.FromDays(1);

    private readonly TimeSpan _keep;
    private readonly TimeProvider _clock;

    /// <summary>Remembers in a directory.</summary>
    /// <param name="directory">The directory; null for the user's own, <see cref="DefaultDirectory"/>.</param>
    /// <param name="keep">How long a transfer is remembered; null for 14 days.</param>
    /// <param name="clock">The time; null for the system's.</param>
    public TransferResumeManager(string? directory = null, TimeSpan? keep = null, TimeProvider? clock = null)
    {
        StateDirectory = directory ?? DefaultDirectory;
        _keep = keep ?? TimeSpan.FromDays(14);
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>The one that transfers use where none is given.</summary>
    internal static TransferResumeManager Shared { get; } = new();

    /// <summary>Where transfers are remembered if nothing else is said: below the user's local application data.</summary>
    public static string DefaultDirectory
    {
        get
        {
            var data = Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify);
            // An account without a home directory, as services have it.
            return data.Length > 0
                ? Path.Join(data, "AcodeSftp", "resume")
                : Path.Join(Path.GetTempPath(), "AcodeSftp-" + Environment.UserName, "resume");
        }
    }

    /// <summary>Where this one remembers.</summary>
    public string StateDirectory { get; }

    /// <inheritdoc/>
    public async Task<ResumeState?> GetResumeStateAsync(
        string sourcePath,
        string destinationPath,
        CancellationToken cancellationToken = default)
    {
        var state = await ReadAsync(FileOf(sourcePath, destinationPath), cancellationToken).ConfigureAwait(false);
        // The name of the file is only a hash of the two.
        return state is not null && state.SourcePath == sourcePath && state.DestinationPath == destinationPath
            && _clock.GetUtcNow() - state.LastUpdated <= _keep
            ? state
            : null;
    }

    /// <inheritdoc/>
    public async Task SaveResumeStateAsync(ResumeState state, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        var file = FileOf(state.SourcePath, state.DestinationPath);
        var temporary = $"{file}.{Guid.NewGuid():n}.tmp";
        try
        {
            CreateDirectory();
            await using (var stream = new FileStream(temporary, NewFile()))
                await JsonSerializer.SerializeAsync(stream, state, ResumeStateJson.Default.ResumeState, cancellationToken).ConfigureAwait(false);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            TryDelete(temporary);
            throw LocalErrors.From(e, "remember a transfer in", file);
        }
        catch (OperationCanceledException)
        {
            TryDelete(temporary);
            throw;
        }

        SweepNowAndThen();
    }

    /// <inheritdoc/>
    public Task ClearResumeStateAsync(
        string sourcePath,
        string destinationPath,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TryDelete(FileOf(sourcePath, destinationPath));
        return Task.CompletedTask;
    }

    /// <summary>Forgets what is older than transfers are remembered, and what cannot be read.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many were forgotten.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken = default)
    {
        var swept = 0;
        foreach (var file in Files())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isOld = _clock.GetUtcNow() - File.GetLastWriteTimeUtc(file) > _keep;
            var state = file.EndsWith(Suffix, StringComparison.Ordinal) && !isOld
                ? await ReadAsync(file, cancellationToken).ConfigureAwait(false)
                : null;
            // What is being written at this moment is no left-over.
            var isNew = _clock.GetUtcNow() - File.GetLastWriteTimeUtc(file) < TimeSpan.FromHours(1);
            if (isOld || (state is null && !isNew) || (state is not null && _clock.GetUtcNow() - state.LastUpdated > _keep))
                swept += TryDelete(file) ? 1 : 0;
        }

        return swept;
    }

    private static async Task<ResumeState?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = new FileStream(
                file,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
            var state = await JsonSerializer.DeserializeAsync(stream, ResumeStateJson.Default.ResumeState, cancellationToken)
                .ConfigureAwait(false);
            return state is { SourcePath: not null, DestinationPath: not null, PartialChecksum: not null, BytesTransferred: >= 0 }
                && state.TotalBytes >= state.BytesTransferred
                ? state
                : null;
        }
        catch (Exception e) when (e is JsonException || LocalErrors.Includes(e))
        {
            return null;
        }
    }

    private string FileOf(string sourcePath, string destinationPath)
    {
        ArgumentNullException.ThrowIfNull(sourcePath);
        ArgumentNullException.ThrowIfNull(destinationPath);
        var key = SHA256.HashData(Encoding.UTF8.GetBytes(sourcePath + "\n" + destinationPath));
        return Path.Join(StateDirectory, ContentHash.ToText(key)[..32] + Suffix);
    }

    private static FileStreamOptions NewFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return options;
    }

    private void CreateDirectory()
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(StateDirectory);
        else
            Directory.CreateDirectory(StateDirectory, OwnerOnly | UnixFileMode.UserExecute);
    }

    // The mark of the last sweep is the time of a file, so that all processes of a user together sweep once a day.
    private void SweepNowAndThen()
    {
        var mark = Path.Join(StateDirectory, "swept");
        try
        {
            if (File.Exists(mark) && _clock.GetUtcNow() - File.GetLastWriteTimeUtc(mark) < TimeBetweenSweeps)
                return;
            File.WriteAllBytes(mark, []);
            File.SetLastWriteTimeUtc(mark, _clock.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            return;
        }

        SweepAsync().Forget();
    }

    private string[] Files()
    {
        try
        {
            return [.. Directory.EnumerateFiles(StateDirectory, "*" + Suffix + "*")];
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            return [];
        }
    }

    private static bool TryDelete(string file)
    {
        try
        {
            File.Delete(file);
            return true;
        }
        catch (Exception e) when (LocalErrors.Includes(e))
        {
            return false;
        }
    }
}

/// <summary>How a <see cref="ResumeState"/> is read and written, without the reflection that the first use would wait for.</summary>
[JsonSerializable(typeof(ResumeState))]
internal sealed partial class ResumeStateJson : JsonSerializerContext;
