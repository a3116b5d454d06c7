using System.ComponentModel;
using System.Diagnostics;

namespace AcodeSftp.OpenSsh.Processes;

/// <summary>
/// A child on Windows. It has no console, so Ctrl+C does not reach it and it cannot ask anything; it ends when its standard
/// input does. Not verified on Windows here.
/// </summary>
internal sealed class WindowsSshProcess : SshProcess
{
    private readonly Process _process;

    public WindowsSshProcess(SshProcessStart start)
    {
        var information = new ProcessStartInfo(start.File, start.Arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in start.Environment)
            information.Environment[name] = value;
        try
        {
            _process = Process.Start(information)
                ?? throw new IOException($"{start.File} could not be started.");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{start.File}: {e.Message}", e);
        }

        Id = _process.Id;
        _ = WaitForEndAsync();
    }

    public override int Id { get; }

    public override Stream Input => _process.StandardInput.BaseStream;

    public override Stream Output => _process.StandardOutput.BaseStream;

    public override Stream Error => _process.StandardError.BaseStream;

    // Windows has no way to ask a process without windows.
    public override void Terminate() => Kill();

    public override void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended already.
        }
    }

    private async Task WaitForEndAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        Ended.TrySetResult(new SshProcessExit(_process.ExitCode, null));
    }
}
