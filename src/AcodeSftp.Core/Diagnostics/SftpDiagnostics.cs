using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AcodeSftp.Diagnostics;

/// <summary>
/// The library's meter and activity source, for <see cref="MeterListener"/>, <see cref="ActivityListener"/> and
/// OpenTelemetry (<c>AddMeter(SftpDiagnostics.MeterName)</c>, <c>AddSource(SftpDiagnostics.ActivitySourceName)</c>).
/// No host name and no path is ever a tag of a metric; spans carry both.
/// </summary>
public static class SftpDiagnostics
{
    /// <summary>The name of the meter; the names of what it measures are in <see cref="SftpMetricNames"/>.</summary>
    public const string MeterName = "AcodeSftp";

    /// <summary>The name of the activity source. It makes one span for each transfer and for each connection made.</summary>
    public const string ActivitySourceName = "AcodeSftp";

    /// <summary>Bounds for histograms of durations, in seconds: from a small file to a day.</summary>
    public static IReadOnlyList<double> DurationBounds { get; } =
        [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 86400];

    /// <summary>Bounds for histograms of rates, in bytes per second: from 1 KiB to 4 GiB a second.</summary>
    public static IReadOnlyList<double> RateBounds { get; } = [.. Enumerable.Range(10, 23).Select(static power => Math.Pow(2, power))];

    internal static string? Version { get; } = typeof(SftpDiagnostics).Assembly.GetName().Version?.ToString(3);

    internal static ActivitySource Activities { get; } = new(ActivitySourceName, Version);
}
