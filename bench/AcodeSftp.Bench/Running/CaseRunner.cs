using System.Globalization;

namespace AcodeSftp.Bench;

/// <summary>
/// Runs cases interleaved, so that what else the machine does falls on all alike, and who begins changes with each round.
/// </summary>
internal sealed class CaseRunner(BenchServer server, BenchOptions options)
{
    // Who takes minutes would otherwise be all that the benchmark does.
    private const double OnceFrom = 60;
    private const double ThreeTimesFrom = 20;

    private readonly List<CaseResult> _results = [];

    /// <summary>What has been measured so far.</summary>
    public IReadOnlyList<CaseResult> Results => _results;

    public async Task RunAsync(BenchCase benchCase, CancellationToken cancellationToken)
    {
        var load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
        var runs = benchCase.Contenders.Select(contender => new Runs(contender.Name, WhyNot(benchCase, contender))).ToArray();
        try
        {
            benchCase.Prepare();
            var rounds = Math.Max(options.Rounds, benchCase.LeastRounds);
            for (var round = 0; round < rounds; round++)
            {
                for (var i = 0; i < runs.Length; i++)
                {
                    var turn = (i + round) % runs.Length;
                    if (runs[turn].WantsRound(round))
                        await RunOnceAsync(benchCase, benchCase.Contenders[turn], runs[turn], round, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            benchCase.Finish();
            benchCase.Clear();
            if (runs.Any(run => run.Count > 0))
                _results.Add(Sum(benchCase, load, runs));
        }
    }

    // A figure that was never measured has no place in the table; what speaks for it does.
    private string? WhyNot(BenchCase benchCase, Contender contender)
    {
        var smaller = _results.FirstOrDefault(result => result.Name == benchCase.Smaller?.Name)?.Of(contender.Name);
        var estimate = smaller?.Time(Measurement.Whole) * benchCase.Smaller?.Factor;
        return estimate > options.Limit.TotalSeconds
            ? string.Create(CultureInfo.InvariantCulture, $"not run: about {estimate:0} s, going by {benchCase.Smaller!.Name}")
            : null;
    }

    private async Task RunOnceAsync(
        BenchCase benchCase, Contender contender, Runs runs, int round, CancellationToken cancellationToken)
    {
        benchCase.Clear();
        File.Delete(server.ReportPath);
        using var resources = new Resources(server);
        try
        {
            var whole = await ChildProcess.RunAsync(contender, options.Limit, resources.Watch, cancellationToken).ConfigureAwait(false);
            // The server's processes are counted when they have ended.
            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
            if (benchCase.Check(contender.Name) is { } fault)
                throw new RunFailedException($"failed: {fault}");
            runs.Add(whole, RunReport.Read(server.ReportPath), resources);
            Console.Error.WriteLine($"{benchCase.Name}, round {round + 1}, {contender.Name}: {runs.Last}");
        }
        catch (RunFailedException e)
        {
            runs.Note = e.Message;
            Console.Error.WriteLine($"{benchCase.Name}, round {round + 1}, {contender.Name}: {e.Message}");
        }
    }

    private static CaseResult Sum(BenchCase benchCase, double load, Runs[] runs)
    {
        var measurements = runs.Select(run => run.ToMeasurement()).ToList();
        var ours = measurements[0].Time(benchCase.Compared);
        return new CaseResult(
            benchCase.Name,
            benchCase.Bytes,
            benchCase.Compared,
            load,
            [.. measurements.Select(m => m with { RelativeToOurs = m.Time(benchCase.Compared) / ours })]);
    }

    /// <summary>The runs of one contender.</summary>
    private sealed class Runs(string name, string? note)
    {
        private readonly List<Dictionary<string, double>> _times = [];
        private readonly List<(double Client, double Server, double Relay)> _processor = [];
        private long _peak;
        private double? _growth;

        public int Count => _times.Count;

        /// <summary>Why there are no more rounds, or never were any.</summary>
        public string? Note { get; set; } = note;

        public string Last => string.Join(
            ", ", _times[^1].Select(time => string.Create(CultureInfo.InvariantCulture, $"{time.Key} {time.Value:0.000} s")));

        public bool WantsRound(int round) => Note is null && (round == 0 || _times.Count == 0 || _times[0][Measurement.Whole] switch
        {
            > OnceFrom => false,
            > ThreeTimesFrom => round < 3,
            _ => true,
        });

        public void Add(TimeSpan whole, IReadOnlyDictionary<string, double> report, Resources resources)
        {
            var times = report.Where(value => value.Key != RunReport.Growth).ToDictionary();
            times.TryAdd(Measurement.Whole, whole.TotalSeconds);
            _times.Add(times);
            _processor.Add((
                resources.ClientProcessor.TotalSeconds, resources.ServerProcessor.TotalSeconds, resources.RelayProcessor.TotalSeconds));
            _peak = Math.Max(_peak, resources.PeakMemory);
            if (report.TryGetValue(RunReport.Growth, out var growth))
                _growth = Math.Max(growth, _growth ?? 0);
        }

        public Measurement ToMeasurement() => Count == 0
            ? new Measurement(name, 0, new Dictionary<string, double>(), 0, 0, 0, 0, 0, 0, null, null, Note ?? "not run: the benchmark was stopped")
            : new Measurement(
                name,
                Count,
                _times[0].Keys.ToDictionary(key => key, key => Median(_times.Select(times => times[key]))),
                _times.Min(times => times[Measurement.Whole]),
                _times.Max(times => times[Measurement.Whole]),
                Median(_processor.Select(time => time.Client)),
                Median(_processor.Select(time => time.Server)),
                Median(_processor.Select(time => time.Relay)),
                _peak / 1e6,
                _growth / 1e6,
                null,
                Note);

        // Of an even number, the mean of the two in the middle.
        private static double Median(IEnumerable<double> values)
        {
            var sorted = values.Order().ToList();
            return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
        }
    }
}
