namespace AcodeSftp.Bench;

/// <summary>The whole benchmark.</summary>
internal sealed class Benchmark
{
    private readonly BenchOptions _options;
    private readonly IReadOnlyList<Target> _targets;
    private Results _results;

    private Benchmark(BenchOptions options, string directory)
    {
        _options = options;
        _targets = Targets.All(options);
        _results = new Results(Machine.Describe(options, directory), [], []);
    }

    /// <summary>Measures what was asked for, and writes it down.</summary>
    public static async Task RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        await using var server = await BenchServer.StartAsync(options.Directory, options.BytesPerSecond).ConfigureAwait(false);
        var cases = new Cases(server, options).Chosen().ToList();
        if (cases.Count == 0)
            throw new ArgumentException("No case has such a name; --list names them all.");
        if (options.OnlyList)
        {
            foreach (var benchCase in cases)
                Console.WriteLine($"{benchCase.Name}: {string.Join("; ", benchCase.Contenders.Select(contender => contender.Name))}");
            return;
        }

        var benchmark = new Benchmark(options, server.Directory);
        if (Cmdlets.UnavailableReason is { } reason)
            Console.Error.WriteLine($"The cmdlets take no part: {reason}");
        if (NativeProgram.UnavailableReason is { } none)
            Console.Error.WriteLine($"AcodeSftp, compiled natively, takes no part: {none}");
        try
        {
            await benchmark.MeasureAsync(server, cases, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (benchmark._results.Cases.Count > 0)
                Console.WriteLine(MarkdownReport.Write(benchmark._results, benchmark._targets));
        }
    }

    private async Task MeasureAsync(BenchServer server, IReadOnlyList<BenchCase> cases, CancellationToken cancellationToken)
    {
        if (cases.Any(benchCase => benchCase.Delay > 0))
            await MeasureRelaysAsync(cancellationToken).ConfigureAwait(false);
        var runner = new CaseRunner(server, _options);
        foreach (var benchCase in cases)
        {
            try
            {
                await runner.RunAsync(benchCase, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _results = _results with { Cases = [.. runner.Results] };
                // After each case: who ends it hard after an hour has what there was.
                await WriteFilesAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task MeasureRelaysAsync(CancellationToken cancellationToken)
    {
        foreach (var roundTrip in new[] { 0, 50, 100 })
        {
            var capacity = await RelayCapacity.MeasureAsync(roundTrip, _options.BytesPerSecond, cancellationToken).ConfigureAwait(false);
            Console.Error.WriteLine(
                $"The relay alone at {roundTrip} ms ({capacity.MeasuredRoundTrip:0.0} measured): {capacity.MegabytesUp:0} MB/s up, {capacity.MegabytesDown:0} MB/s down, "
                + $"{capacity.ProcessorPerGigabyte:0.00} s of processor time for each GB");
            _results = _results with { Relays = [.. _results.Relays, capacity] };
        }
    }

    private async Task WriteFilesAsync()
    {
        if (_results.Cases.Count == 0)
            return;
        if (_options.MarkdownPath is { } markdown)
            await File.WriteAllTextAsync(markdown, MarkdownReport.Write(_results, _targets)).ConfigureAwait(false);
        if (_options.PlotPath is { } plot)
            await File.WriteAllTextAsync(plot, SvgPlot.Draw(_results)).ConfigureAwait(false);
        if (_options.JsonPath is { } json)
            await File.WriteAllTextAsync(json, JsonReport.Write(_results, _targets)).ConfigureAwait(false);
    }
}
