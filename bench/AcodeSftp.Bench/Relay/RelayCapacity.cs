using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AcodeSftp.Bench;

/// <summary>What a relay can carry when nothing but plain TCP goes through it: no result over it can be better.</summary>
/// <param name="RoundTrip">Its distance in milliseconds.</param>
/// <param name="MeasuredRoundTrip">What a single byte takes there and back, in milliseconds, at the median.</param>
/// <param name="MegabytesUp">How much it carries a second towards the server.</param>
/// <param name="MegabytesDown">How much it carries a second from the server.</param>
/// <param name="ProcessorPerGigabyte">The processor time it takes for each gigabyte, in seconds.</param>
/// <param name="PeakMegabytes">The most that it had in memory.</param>
internal sealed record RelayCapacity(
    int RoundTrip,
    double MeasuredRoundTrip,
    double MegabytesUp,
    double MegabytesDown,
    double ProcessorPerGigabyte,
    double PeakMegabytes)
{
    private const int BlockLength = 1 << 20;
    private const long Bytes = 1_000_000_000;

    // Of a relay that is held to a rate, that is what is to be seen, and a few seconds of it are enough.
    private const long Seconds = 5;
    private const int Pings = 9;

    /// <summary>Pushes data through a relay, one direction after the other.</summary>
    public static async Task<RelayCapacity> MeasureAsync(int roundTrip, long bytesPerSecond, CancellationToken cancellationToken)
    {
        var bytes = bytesPerSecond == 0 ? Bytes : Math.Min(Bytes, bytesPerSecond * Seconds);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var target = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var relay = await RelayProcess.StartAsync(target, roundTrip, bytesPerSecond).ConfigureAwait(false);
        using var near = new TcpClient();
        await near.ConnectAsync(IPAddress.Loopback, relay.Port, cancellationToken).ConfigureAwait(false);
        using var far = await listener.AcceptTcpClientAsync(cancellationToken).ConfigureAwait(false);
        // Closing them ends the threads below.
        await using var stop = cancellationToken.Register(() => Close(near, far)).ConfigureAwait(false);
        near.NoDelay = far.NoDelay = true;
        var trips = new List<double>();
        for (var i = 0; i < Pings; i++)
            trips.Add((await TimeAsync(cancellationToken, () => Ping(near.Client, far.Client)).ConfigureAwait(false)).TotalMilliseconds);
        var before = relay.ProcessorTime;
        var up = await TimeAsync(cancellationToken, () => Send(near.Client, bytes), () => Receive(far.Client, bytes)).ConfigureAwait(false);
        var down = await TimeAsync(cancellationToken, () => Send(far.Client, bytes), () => Receive(near.Client, bytes)).ConfigureAwait(false);
        return new RelayCapacity(
            roundTrip,
            trips.Order().ElementAt(Pings / 2),
            bytes / 1e6 / up.TotalSeconds,
            bytes / 1e6 / down.TotalSeconds,
            (relay.ProcessorTime - before).TotalSeconds / (2 * bytes / 1e9),
            relay.PeakMemory / 1e6);
    }

    private static void Close(TcpClient near, TcpClient far)
    {
        near.Close();
        far.Close();
    }

    private static async Task<TimeSpan> TimeAsync(CancellationToken cancellationToken, params Action[] works)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await Task.WhenAll(works.Select(work => Task.Factory.StartNew(
                work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidOperationException("The relay failed.", e);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    private static void Ping(Socket near, Socket far)
    {
        Send(near, 1);
        Receive(far, 1);
        Send(far, 1);
        Receive(near, 1);
    }

    private static void Send(Socket to, long bytes)
    {
        var block = new byte[Math.Min(BlockLength, bytes)];
        for (var sent = 0L; sent < bytes;)
            sent += to.Send(block, (int)Math.Min(block.Length, bytes - sent), SocketFlags.None);
    }

    private static void Receive(Socket from, long bytes)
    {
        var block = new byte[Math.Min(BlockLength, bytes)];
        for (var received = 0L; received < bytes;)
        {
            var length = from.Receive(block);
            if (length == 0)
                throw new InvalidOperationException("The relay ended.");
            received += length;
        }
    }
}
