namespace AcodeSftp.Diagnostics;

/// <summary>What kind of thing a metric counts.</summary>
public enum SftpMetricKind
{
    /// <summary>Something that only grows: <see cref="SftpMetric.Sum"/> is how much there was.</summary>
    Counter,

    /// <summary>Something that comes and goes: <see cref="SftpMetric.Sum"/> is how much there is.</summary>
    UpDownCounter,

    /// <summary>Values that are spread: all members apply.</summary>
    Histogram,
}

/// <summary>What was measured under one name with one set of tags.</summary>
public sealed record SftpMetric
{
    /// <summary>A name of <see cref="SftpMetricNames"/>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, for a person.</summary>
    public required string Description { get; init; }

    /// <summary>Its unit as in OpenTelemetry: <c>By</c>, <c>s</c>, <c>By/s</c>, or what is counted in braces.</summary>
    public required string Unit { get; init; }

    /// <summary>What kind of thing it is.</summary>
    public required SftpMetricKind Kind { get; init; }

    /// <summary>The tags, names of <see cref="SftpTagNames"/>, in the order of their names.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>The tags in one line, for a person.</summary>
    public string TagText => string.Join(' ', Tags.Select(static tag => $"{ShortName(tag.Key)}={tag.Value}"));

    /// <summary>How many times it was measured.</summary>
    public required long Count { get; init; }

    /// <summary>The sum of what was measured.</summary>
    public required double Sum { get; init; }

    /// <summary>The least that was measured.</summary>
    public required double Min { get; init; }

    /// <summary>The most that was measured.</summary>
    public required double Max { get; init; }

    /// <summary>The mean of what was measured.</summary>
    public double Average => Count == 0 ? 0 : Sum / Count;

    /// <summary>How a histogram's values are spread, in rising order; empty for counters.</summary>
    public IReadOnlyList<SftpMetricBucket> Buckets { get; init; } = [];

    private static string ShortName(string tag) => tag switch
    {
        SftpTagNames.Protocol => "protocol",
        SftpTagNames.ErrorType => "error",
        _ => tag.StartsWith("sftp.", StringComparison.Ordinal) ? tag["sftp.".Length..] : tag,
    };
}

/// <summary>A part of a histogram.</summary>
/// <param name="UpperBound">The largest value in it; infinite for the last.</param>
/// <param name="Count">How many values are above the bucket before and not above this bound.</param>
public sealed record SftpMetricBucket(double UpperBound, long Count);
