using System.ComponentModel;
using System.Diagnostics;

namespace AcodeSftp.Bench;

/// <summary>Why a run is no result.</summary>
internal sealed class RunFailedException(string message) : Exception(message);

/// <summary>Programs that the benchmark starts. Each is ended with all below it when the benchmark is.</summary>
internal static class ChildProcess
{
    private const int LongestError = 300;
    private static readonly byte[] WhereIsTheCursor = "\e[6n"u8.ToArray();
    private static readonly byte[] CursorIsHere = "\e[20;1R"u8.ToArray();

    /// <summary>The command line that starts this program once more.</summary>
    public static IReadOnlyList<string> Self(string verb, IEnumerable<string> arguments)
    {
        var program = Environment.ProcessPath!;
        // Started as `dotnet AcodeSftp.Bench.dll`, the program is dotnet.
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] assembly = isHost ? [Path.Join(AppContext.BaseDirectory, $"{typeof(ChildProcess).Assembly.GetName().Name}.dll")] : [];
        return [program, .. assembly, verb, .. arguments];
    }

    /// <summary>Runs a contender to its end.</summary>
    /// <param name="contender">The program and its arguments.</param>
    /// <param name="limit">When it is ended.</param>
    /// <param name="started">Told the process's number.</param>
    /// <param name="cancellationToken">Ends it, too.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="RunFailedException">It failed or was ended.</exception>
    public static async Task<TimeSpan> RunAsync(
        Contender contender, TimeSpan limit, Action<int> started, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(contender.Command[0], contender.Command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        started(process.Id);
        if (!contender.IsOnTerminal)
            process.StandardInput.Close();
        var output = contender.IsOnTerminal
            ? AnswerAsync(process.StandardOutput.BaseStream, process.StandardInput.BaseStream)
            : process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
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

    // PowerShell asks where the cursor is before it draws its bar, and waits for the answer that a terminal would give.
    private static async Task AnswerAsync(Stream output, Stream input)
    {
        var buffer = new byte[64 * 1024];
        var kept = 0;
        int read;
        try
        {
            while ((read = await output.ReadAsync(buffer.AsMemory(kept), CancellationToken.None).ConfigureAwait(false)) > 0)
            {
                var length = kept + read;
                var questions = buffer.AsSpan(0, length).Count(WhereIsTheCursor);
                for (; questions > 0; questions--)
                    await input.WriteAsync(CursorIsHere, CancellationToken.None).ConfigureAwait(false);
                await input.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                // One may be cut in two.
                kept = Math.Max(0, Math.Min(WhereIsTheCursor.Length - 1, length - 1 - buffer.AsSpan(0, length).LastIndexOf((byte)'n')));
                buffer.AsSpan(length - kept, kept).CopyTo(buffer);
            }
        }
        catch (IOException)
        {
            // It has ended and wants no answer any more.
        }
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
