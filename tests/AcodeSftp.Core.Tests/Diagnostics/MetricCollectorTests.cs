using System.Diagnostics.Metrics;
using AcodeSftp.Diagnostics;
using FsCheck;
using FsCheck.Fluent;

namespace AcodeSftp.Core.Tests.Diagnostics;

[Collection(MetricsAlone.Name)]
public sealed class MetricCollectorTests
{
    [Fact]
    public void Values_with_the_same_tags_are_summed_whatever_the_order_of_the_tags()
    {
        using var meter = new Meter(SftpDiagnostics.MeterName);
        using var collector = new SftpMetricCollector();
        var counter = meter.CreateCounter<long>("test.sum", "{thing}", "Things.");

        counter.Add(2, new("b", "y"), new("a", "x"));
        counter.Add(3, new("a", "x"), new("b", "y"));
        counter.Add(5, new KeyValuePair<string, object?>("a", "other"));

        var metrics = collector.Snapshot().Metrics.Where(metric => metric.Name == "test.sum").ToList();
        Assert.Equal(2, metrics.Count);
        Assert.Equal((5.0, 1L), (metrics[0].Sum, metrics[0].Count));
        Assert.Equal((5.0, 2L, 2.0, 3.0, 2.5), (metrics[1].Sum, metrics[1].Count, metrics[1].Min, metrics[1].Max, metrics[1].Average));
        Assert.Equal([new("a", "x"), new("b", "y")], metrics[1].Tags);
        Assert.Equal((SftpMetricKind.Counter, "{thing}", "Things."), (metrics[1].Kind, metrics[1].Unit, metrics[1].Description));
        Assert.Empty(metrics[1].Buckets);
        Assert.Equal(10, collector.Snapshot().Sum("test.sum"));
        Assert.Equal(5, collector.Snapshot().Sum("test.sum", "a", "x"));
    }

    [Fact]
    public void Other_meters_are_none_of_its_business()
    {
        using var meter = new Meter("SomebodyElse");
        using var collector = new SftpMetricCollector();

        meter.CreateCounter<long>("test.other").Add(1);

        Assert.DoesNotContain(collector.Snapshot().Metrics, metric => metric.Name == "test.other");
    }

    [Fact]
    public void Every_value_of_a_histogram_is_in_the_bucket_it_belongs_to() =>
        Prop.ForAll(Gen.NonEmptyListOf(Gen.Choose(0, 200_000).Select(number => number / 2.0)).ToArbitrary(), values =>
        {
            using var meter = new Meter(SftpDiagnostics.MeterName);
            using var collector = new SftpMetricCollector();
            var histogram = meter.CreateHistogram<double>("test.spread", "s");
            foreach (var value in values)
                histogram.Record(value);

            var metric = collector.Snapshot().Metrics.Single(metric => metric.Name == "test.spread");
            var lower = double.NegativeInfinity;
            foreach (var bucket in metric.Buckets)
            {
                if (bucket.Count != values.Count(value => value > lower && value <= bucket.UpperBound))
                    return false;
                lower = bucket.UpperBound;
            }

            return double.IsPositiveInfinity(lower)
                && metric.Count == values.Count
                && metric.Min == values.Min()
                && metric.Max == values.Max()
                && Math.Abs(metric.Sum - values.Sum()) < 0.01;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(50));

    [Fact]
    public void A_reset_forgets_what_was_but_not_what_is()
    {
        using var meter = new Meter(SftpDiagnostics.MeterName);
        using var collector = new SftpMetricCollector();
        var total = meter.CreateCounter<long>("test.total");
        var active = meter.CreateUpDownCounter<long>("test.active");
        total.Add(3);
        active.Add(1);
        var before = collector.Snapshot();

        collector.Reset();
        active.Add(1);
        total.Add(1);

        Assert.Equal(1, collector.Snapshot().Sum("test.total"));
        Assert.Equal(2, collector.Snapshot().Sum("test.active"));
        Assert.Equal(3, before.Sum("test.total"));
        Assert.True(collector.Snapshot().Since >= before.TakenAt);
    }

    [Fact]
    public void Nothing_is_lost_between_threads()
    {
        using var meter = new Meter(SftpDiagnostics.MeterName);
        using var collector = new SftpMetricCollector();
        var counter = meter.CreateCounter<long>("test.parallel");

        Parallel.For(0, 10_000, number => counter.Add(number, new KeyValuePair<string, object?>("tag", number % 7)));

        Assert.Equal(10_000L * 9_999 / 2, collector.Snapshot().Sum("test.parallel"));
    }

    [Fact]
    public void A_disposed_collector_keeps_what_it_had_and_takes_no_more()
    {
        using var meter = new Meter(SftpDiagnostics.MeterName);
        var collector = new SftpMetricCollector();
        var counter = meter.CreateCounter<long>("test.disposed");
        counter.Add(1);

        collector.Dispose();
        counter.Add(1);

        Assert.Equal(1, collector.Snapshot().Sum("test.disposed"));
    }
}

/// <summary>The meter is one for the process: tests that read it run while no other transfers.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MetricsAlone
{
    public const string Name = "Metrics";
}
