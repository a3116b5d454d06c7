using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AcodeSftp.Bench;

/// <summary>One of those that are compared in a case.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="RunAsync">Does the work once and gives its own times by name, or an empty list for the whole alone.</param>
/// <param name="Target">How many times our time it is to take at least; null where nothing is promised.</param>
internal sealed record Contender(string Name, Func<Task<IReadOnlyDictionary<string, TimeSpan>>> RunAsync, double? Target)
{
    public static Contender Of(string name, Func<Task> work, double? target = null) => new(
        name,
        async () =>
        {
            await work().ConfigureAwait(false);
            return new Dictionary<string, TimeSpan>();
        },
        target);
}

/// <summary>Something that several contenders do, each in turn, round after round.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Bytes">How much data it moves; 0 where that is not the point.</param>
/// <param name="Contenders">Who does it; the first is ours, to which the others are compared.</param>
internal sealed record BenchCase(string Name, long Bytes, IReadOnlyList<Contender> Contenders)
{
    /// <summary>Done before the first round.</summary>
    public Action Prepare { get; init; } = () => { };

    /// <summary>Done before each run of each contender, untimed: nobody finds what the one before has left.</summary>
    public Action Clear { get; init; } = () => { };
}

/// <summary>What one contender took for one case, as medians; the memory is the highest.</summary>
internal sealed record Measurement(
    string Case,
    string Contender,
    long Bytes,
    IReadOnlyDictionary<string, double> Seconds,
    double ClientProcessorSeconds,
    double ServerProcessorSeconds,
    double PeakMegabytes,
    double RatioToOurs,
    double? Target);

/// <summary>Runs cases interleaved, so that what else the machine does falls on all alike.</summary>
internal static class BenchRunner
{
    public const string Whole = "whole";
    private const string Client = "client processor";
    private const string Server = "server processor";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchCase benchCase, int rounds, int server)
    {
        var times = benchCase.Contenders.ToDictionary(c => c, _ => new List<Dictionary<string, double>>());
        var peaks = benchCase.Contenders.ToDictionary(c => c, _ => 0L);
        benchCase.Prepare();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in benchCase.Contenders)
            {
                benchCase.Clear();
                using var resources = new Resources(server);
                var started = Stopwatch.GetTimestamp();
                var parts = await contender.RunAsync().ConfigureAwait(false);
                var whole = Stopwatch.GetElapsedTime(started);
                // The server's processes are counted when they have ended.
                await Task.Delay(100).ConfigureAwait(false);
                var all = parts.ToDictionary(part => part.Key, part => part.Value.TotalSeconds);
                all[Whole] = whole.TotalSeconds;
                all[Client] = resources.ClientProcessor.TotalSeconds;
                all[Server] = resources.ServerProcessor.TotalSeconds;
                times[contender].Add(all);
                peaks[contender] = Math.Max(peaks[contender], resources.PeakMemory);
                Console.Error.WriteLine(
                    $"{benchCase.Name}, round {round + 1}, {contender.Name}: "
                    + string.Join(", ", all.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Key} {t.Value:0.000} s"))));
            }
        }

        var medians = times.ToDictionary(t => t.Key, t => Medians(t.Value));
        var ours = medians[benchCase.Contenders[0]][Whole];
        return [.. benchCase.Contenders.Select(contender => new Measurement(
            benchCase.Name,
            contender.Name,
            benchCase.Bytes,
            medians[contender].Where(m => m.Key is not (Client or Server)).ToDictionary(m => m.Key, m => m.Value),
            medians[contender][Client],
            medians[contender][Server],
            peaks[contender] / 1e6,
            medians[contender][Whole] / ours,
            contender.Target))];
    }

    public static string ToJson(IReadOnlyList<Measurement> results) => JsonSerializer.Serialize(results, Indented);

    public static string ToMarkdown(IReadOnlyList<Measurement> results)
    {
        var text = new StringBuilder();
        foreach (var group in results.GroupBy(result => result.Case))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"### {group.Key}").AppendLine();
            text.AppendLine("| | median | rate | time relative to ours | target | processor, client + server | memory | parts |");
            text.AppendLine("|---|---|---|---|---|---|---|---|");
            foreach (var result in group)
            {
                var whole = result.Seconds[Whole];
                var rate = result.Bytes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{result.Bytes / 1e6 / whole:0} MB/s") : "";
                var target = result.Target is { } least
                    ? string.Create(CultureInfo.InvariantCulture, $"{least:0.##}: {(result.RatioToOurs >= least ? "met" : "not met")}")
                    : "";
                var parts = string.Join(", ", result.Seconds.Where(m => m.Key != Whole).Select(
                    m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:0.000} s")));
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {result.Contender} | {whole:0.00} s | {rate} | {result.RatioToOurs:0.00} | {target} | {result.ClientProcessorSeconds:0.00} + {result.ServerProcessorSeconds:0.00} s | {result.PeakMegabytes:0} MB | {parts} |");
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    private static Dictionary<string, double> Medians(List<Dictionary<string, double>> rounds) =>
        rounds[0].Keys.ToDictionary(
            name => name,
            name => rounds.Select(round => round[name]).Order().ElementAt(rounds.Count / 2));
}
