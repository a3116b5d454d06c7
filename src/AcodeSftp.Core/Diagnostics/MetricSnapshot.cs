namespace AcodeSftp.Diagnostics;

/// <summary>What was measured from one moment to another.</summary>
/// <param name="Since">From when.</param>
/// <param name="TakenAt">Until when.</param>
/// <param name="Metrics">What was measured, by name and then by tags; what was never measured is not in it.</param>
public sealed record MetricSnapshot(DateTimeOffset Since, DateTimeOffset TakenAt, IReadOnlyList<SftpMetric> Metrics)
{
    /// <summary>The sum of a metric over all sets of tags that have some value.</summary>
    /// <param name="name">A name of <see cref="SftpMetricNames"/>.</param>
    /// <param name="tag">A name of <see cref="SftpTagNames"/>; null for all sets.</param>
    /// <param name="value">The value that the tag must have.</param>
    /// <returns>The sum; 0 where there is none.</returns>
    public double Sum(string name, string? tag = null, string? value = null) =>
        Metrics.Where(metric => metric.Name == name && (tag is null || metric.Tags.GetValueOrDefault(tag) == value))
            .Sum(static metric => metric.Sum);
}
