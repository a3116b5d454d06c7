using AcodeSftp.Files;

namespace AcodeSftp.FileTransfer;

/// <summary>Tells servers at which round trips are what takes time from those at which the work for each file is.</summary>
internal static class ServerDistance
{
    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(5);

    /// <summary>Whether the server is far away, as far as is known by now.</summary>
    /// <param name="fileSystem">The files of the server.</param>
    /// <returns>False also while nothing is known.</returns>
    public static bool IsFar(this IRemoteFileSystem fileSystem) => fileSystem.RoundTrip >= Far;
}
