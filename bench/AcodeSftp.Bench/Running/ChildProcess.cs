using System.ComponentModel;
using System.Diagnostics;

namespace AcodeSftp.Bench;

/// <summary>Why a run is no result.</summary>
internal sealed class RunFailedException(string message) : Exception(message);

/// <summary>Programs that the benchmark starts. Each is ended with all below it when the benchmark is.</summary>
internal static class ChildProcess
{
    private const int LongestError = 300;

    /// <summary>The command line that starts this program once more.</summary>
    public static IReadOnlyList<string> Self(string verb, IEnumerable<string> arguments)
    {
        var program = Environment.ProcessPath!;
        // Started as `dotnet AcodeSftp.Bench.dll`, the program is dotnet.
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return [program, .. isHost ? [typeof(ChildProcess).Assembly.Location] : Array.Empty<string>(), verb, .. arguments];
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="limit">When it is ended.</param>
    /// <param name="started">Told the process's number.</param>
    /// <param name="cancellationToken">Ends it, too.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="RunFailedException">It failed or was ended.</exception>
    public static async Task<TimeSpan> RunAsync(
        IReadOnlyList<string> command, TimeSpan limit, Action<int>? started = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        started?.Invoke(process.Id);
        process.StandardInput.Close();
        var output = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        TimeSpan took;
        try
        {
            await process.WaitForExitAsync(limited.Token).ConfigureAwait(false);
            took = Stopwatch.GetElapsedTime(begun);
        }
        catch (OperationCanceledException)
        {
            End(process);
            cancellationToken.ThrowIfCancellationRequested();
            throw new RunFailedException($"stopped after {limit.TotalSeconds:0} s");
        }

        if (process.ExitCode == 0)
            return took;
        await output.ConfigureAwait(false);
        var message = (await error.ConfigureAwait(false)).Trim().ReplaceLineEndings(" ");
        throw new RunFailedException($"failed with {process.ExitCode}: {message[..Math.Min(LongestError, message.Length)]}");
    }

    /// <summary>Ends a process and all below it.</summary>
    public static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
    }
}
