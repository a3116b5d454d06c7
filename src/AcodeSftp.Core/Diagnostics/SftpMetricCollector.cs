using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace AcodeSftp.Diagnostics;

/// <summary>Keeps sums of what the library measures, for those who have no other collector. Thread-safe.</summary>
public sealed class SftpMetricCollector : IDisposable
{
    // All tags have few values; this only keeps a mistake from taking up memory without end.
    private const int MostSeries = 2000;

    private readonly ConcurrentDictionary<SeriesKey, Series> _series = new();
    private readonly MeterListener _listener;
    private readonly TimeProvider _clock;
    private DateTimeOffset _since;

    /// <summary>Begins to collect.</summary>
    public SftpMetricCollector()
        : this(TimeProvider.System)
    {
    }

    internal SftpMetricCollector(TimeProvider clock)
    {
        _clock = clock;
        _since = clock.GetUtcNow();
        _listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == SftpDiagnostics.MeterName)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What was measured since this was created or last reset.</summary>
    /// <returns>A copy, which does not change any more.</returns>
    public MetricSnapshot Snapshot() => new(
        _since,
        _clock.GetUtcNow(),
        [.. _series
            .OrderBy(static pair => pair.Key.Name, StringComparer.Ordinal)
            .ThenBy(static pair => pair.Key.Tags, StringComparer.Ordinal)
            .Select(static pair => pair.Value.ToMetric())
            .Where(static metric => metric.Count > 0)]);

    /// <summary>Forgets what was measured, except what is under way.</summary>
    public void Reset()
    {
        foreach (var (key, series) in _series)
        {
            if (series.Kind != SftpMetricKind.UpDownCounter)
                _series.TryRemove(key, out _);
        }

        _since = _clock.GetUtcNow();
    }

    /// <summary>Stops collecting. What was collected stays.</summary>
    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, tag) in tags)
            sorted[name] = Convert.ToString(tag, CultureInfo.InvariantCulture) ?? "";
        var key = new SeriesKey(instrument.Name, string.Join('\n', sorted.Select(static tag => $"{tag.Key}={tag.Value}")));
        if (!_series.TryGetValue(key, out var series))
        {
            if (_series.Count >= MostSeries)
                return;
            series = _series.GetOrAdd(key, static (_, from) => new Series(from.instrument, from.sorted), (instrument, sorted));
        }

        series.Record(value);
    }

    private readonly record struct SeriesKey(string Name, string Tags);

    private sealed class Series
    {
        private readonly object _lock = new();
        private readonly Instrument _instrument;
        private readonly IReadOnlyDictionary<string, string> _tags;
        private readonly IReadOnlyList<double> _bounds;
        private readonly long[] _buckets;
        private long _count;
        private double _sum;
        private double _min = double.MaxValue;
        private double _max = double.MinValue;

        public Series(Instrument instrument, SortedDictionary<string, string> tags)
        {
            _instrument = instrument;
            _tags = tags.ToImmutableSortedDictionary(StringComparer.Ordinal);
            Kind = instrument switch
            {
                Histogram<double> => SftpMetricKind.Histogram,
                UpDownCounter<long> => SftpMetricKind.UpDownCounter,
                _ => SftpMetricKind.Counter,
            };
            _bounds = instrument.Unit == "s" ? SftpDiagnostics.DurationBounds : SftpDiagnostics.RateBounds;
            _buckets = Kind == SftpMetricKind.Histogram ? new long[_bounds.Count + 1] : [];
        }

        public SftpMetricKind Kind { get; }

        public void Record(double value)
        {
            lock (_lock)
            {
                _count++;
                _sum += value;
                _min = Math.Min(_min, value);
                _max = Math.Max(_max, value);
                if (_buckets.Length == 0)
                    return;
                var bucket = 0;
                while (bucket < _bounds.Count && value > _bounds[bucket])
                    bucket++;
                _buckets[bucket]++;
            }
        }

        public SftpMetric ToMetric()
        {
            lock (_lock)
            {
                return new SftpMetric
                {
                    Name = _instrument.Name,
                    Description = _instrument.Description ?? "",
                    Unit = _instrument.Unit ?? "",
                    Kind = Kind,
                    Tags = _tags,
                    Count = _count,
                    Sum = _sum,
                    Min = _min,
                    Max = _max,
                    Buckets =
                    [
                        .. _buckets.Select((count, index) =>
                            new SftpMetricBucket(index < _bounds.Count ? _bounds[index] : double.PositiveInfinity, count)),
                    ],
                };
            }
        }
    }
}
