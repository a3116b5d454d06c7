using System.Runtime.InteropServices;

namespace AcodeSftp.Bench;

/// <summary>The signals at which the benchmark ends and takes away what it has made.</summary>
internal sealed class StopSignals : IDisposable
{
    private const int Interrupt = 2;
    private const nint Default = 0;

    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Waits for them.</summary>
    /// <param name="stop">Called at each.</param>
    public StopSignals(Action stop)
    {
        // A shell without job control starts what is to run in the background (&) with SIGINT ignored, and .NET registers
        // nothing for a signal that is ignored. SIGHUP stays ignored where it is: that is what nohup is for.
        if (ProcessFiles.Ignores(Environment.ProcessId, Interrupt))
            _ = signal(Interrupt, Default);
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = Array.ConvertAll(signals, number => PosixSignalRegistration.Create(number, context =>
        {
            context.Cancel = true;
            stop();
        }));
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    [DllImport("libc")]
#pragma warning disable IDE1006, SYSLIB1054 // The function's own name; a source generator for one call is too much.
    private static extern nint signal(int number, nint handler);
#pragma warning restore IDE1006, SYSLIB1054
}
