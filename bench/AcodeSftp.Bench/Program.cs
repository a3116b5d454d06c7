using System.Runtime.InteropServices;
using AcodeSftp.Bench;

// Contenders and relays are this program, too.
switch (args)
{
    case [OursProcess.Verb, .. var rest]:
        return await OursProcess.RunAsync(rest);
    case [RelayProcess.Verb, .. var rest]:
        return RelayProcess.Run(rest);
    case [NativeProgram.RuntimeVerb]:
        Console.Write(RuntimeInformation.FrameworkDescription);
        return 0;
}

BenchOptions options;
try
{
    options = BenchOptions.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

if (options.WantsHelp)
{
    Console.WriteLine(BenchOptions.Help);
    return 0;
}

// What it has started and made is taken away at the end, however it comes to it.
using var stop = new CancellationTokenSource();
using var signals = new StopSignals(stop.Cancel);
try
{
    await Benchmark.RunAsync(options, stop.Token);
    return 0;
}
catch (Exception e) when (e is ArgumentException or InvalidOperationException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}
