using System.Diagnostics;
using System.Globalization;

namespace AcodeSftp.Bench;

/// <summary>One of those that are compared in a case.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="RunAsync">Does the work once and gives its own times by name, or an empty list for the whole alone.</param>
internal sealed record Contender(string Name, Func<Task<IReadOnlyDictionary<string, TimeSpan>>> RunAsync)
{
    public static Contender Of(string name, Func<Task> work) => new(name, async () =>
    {
        await work().ConfigureAwait(false);
        return new Dictionary<string, TimeSpan>();
    });
}

/// <summary>Something that several contenders do, each in turn, round after round.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Bytes">How much data it moves; 0 where that is not the point.</param>
/// <param name="Contenders">Who does it; the first is ours, to which the others are compared.</param>
internal sealed record BenchCase(string Name, long Bytes, IReadOnlyList<Contender> Contenders);

/// <summary>The times of one contender in one case.</summary>
internal sealed record Measurement(string Case, string Contender, long Bytes, IReadOnlyDictionary<string, TimeSpan> Medians)
{
    public TimeSpan Whole => Medians[BenchRunner.Whole];
}

/// <summary>Runs cases interleaved, so that what else the machine does falls on all alike.</summary>
internal static class BenchRunner
{
    public const string Whole = "whole";

    public static async Task<IReadOnlyList<Measurement>> RunAsync(IReadOnlyList<BenchCase> cases, int rounds)
    {
        var results = new List<Measurement>();
        foreach (var benchCase in cases)
        {
            var times = benchCase.Contenders.ToDictionary(c => c, _ => new List<IReadOnlyDictionary<string, TimeSpan>>());
            for (var round = 0; round < rounds; round++)
            {
                foreach (var contender in benchCase.Contenders)
                {
                    var started = Stopwatch.GetTimestamp();
                    var parts = await contender.RunAsync().ConfigureAwait(false);
                    var all = new Dictionary<string, TimeSpan>(parts) { [Whole] = Stopwatch.GetElapsedTime(started) };
                    times[contender].Add(all);
                    Console.Error.WriteLine(
                        $"{benchCase.Name}, round {round + 1}, {contender.Name}: "
                        + string.Join(", ", all.Select(t => $"{t.Key} {t.Value.TotalSeconds:0.000} s")));
                }
            }

            results.AddRange(times.Select(t => new Measurement(benchCase.Name, t.Key.Name, benchCase.Bytes, Medians(t.Value))));
        }

        return results;
    }

    public static string ToMarkdown(IReadOnlyList<Measurement> results)
    {
        var text = new System.Text.StringBuilder();
        foreach (var group in results.GroupBy(result => result.Case))
        {
            var ours = group.First();
            text.AppendLine(CultureInfo.InvariantCulture, $"### {group.Key}").AppendLine();
            text.AppendLine("| | median | rate | time relative to ours | parts |").AppendLine("|---|---|---|---|---|");
            foreach (var result in group)
            {
                var rate = result.Bytes > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"{result.Bytes / 1e6 / result.Whole.TotalSeconds:0} MB/s")
                    : "";
                var parts = string.Join(", ", result.Medians.Where(m => m.Key != Whole).Select(
                    m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value.TotalSeconds:0.000} s")));
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {result.Contender} | {result.Whole.TotalSeconds:0.00} s | {rate} | {result.Whole / ours.Whole:0.00} | {parts} |");
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    private static Dictionary<string, TimeSpan> Medians(List<IReadOnlyDictionary<string, TimeSpan>> rounds) =>
        rounds[0].Keys.ToDictionary(
            name => name,
            name => rounds.Select(round => round[name]).Order().ElementAt(rounds.Count / 2));
}
