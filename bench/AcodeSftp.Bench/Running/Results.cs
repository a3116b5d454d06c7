using System.Globalization;

namespace AcodeSftp.Bench;

/// <summary>What one contender took for one case: medians of its rounds; of memory, the most.</summary>
/// <param name="Contender">Its name.</param>
/// <param name="Rounds">How many rounds there were; 0 when it was not run.</param>
/// <param name="Seconds">Times by name: the whole, and what the contender reports itself.</param>
/// <param name="Shortest">The shortest whole time.</param>
/// <param name="Longest">The longest whole time.</param>
/// <param name="ClientProcessor">Processor time of the process that was started and of all below it, in seconds.</param>
/// <param name="ServerProcessor">Processor time of <c>sshd</c>, in seconds.</param>
/// <param name="RelayProcessor">Processor time of the relay, in seconds.</param>
/// <param name="PeakMegabytes">What the process and all below it had in memory.</param>
/// <param name="GrowthMegabytes">By how much our process alone grew after it had connected; null for others.</param>
/// <param name="RelativeToOurs">The time that is compared, as a multiple of ours; null where one of them is none.</param>
/// <param name="Note">Why there is no result, or not one of all rounds.</param>
internal sealed record Measurement(
    string Contender,
    int Rounds,
    IReadOnlyDictionary<string, double> Seconds,
    double Shortest,
    double Longest,
    double ClientProcessor,
    double ServerProcessor,
    double RelayProcessor,
    double PeakMegabytes,
    double? GrowthMegabytes,
    double? RelativeToOurs,
    string? Note)
{
    /// <summary>The name of the time from the start of the process to its end.</summary>
    public const string Whole = "whole";

    /// <summary>A time by its name; the whole where the contender reports none of that name; null without a result.</summary>
    public double? Time(string name) =>
        Rounds == 0 ? null : Seconds.TryGetValue(name, out var seconds) ? seconds : Seconds[Whole];
}

/// <summary>What all contenders took for a case.</summary>
/// <param name="Name">The case's name.</param>
/// <param name="Bytes">How much data it moves.</param>
/// <param name="Compared">The time that is compared.</param>
/// <param name="Load">The machine's load (of the last minute) when it began.</param>
/// <param name="Measurements">One of each contender; ours first.</param>
internal sealed record CaseResult(string Name, long Bytes, string Compared, double Load, IReadOnlyList<Measurement> Measurements)
{
    public Measurement? Of(string contender) => Measurements.FirstOrDefault(measurement => measurement.Contender == contender);
}

/// <summary>One run of the benchmark.</summary>
/// <param name="Machine">What it ran on, by name.</param>
/// <param name="Relays">What the relays can carry.</param>
/// <param name="Cases">The cases, in order.</param>
internal sealed record Results(
    IReadOnlyDictionary<string, string> Machine, IReadOnlyList<RelayCapacity> Relays, IReadOnlyList<CaseResult> Cases)
{
    public Measurement? Find(string caseName, string contender) =>
        Cases.FirstOrDefault(result => result.Name == caseName)?.Of(contender);

    public double? Time(string caseName, string contender, string name = Measurement.Whole) =>
        Find(caseName, contender)?.Time(name);
}

/// <summary>
/// What a contender of ours says of its run: a file of lines, each a name, an equals sign and a number. It has no better
/// form, for writing one would cost the contender time that the others do not need.
/// </summary>
internal static class RunReport
{
    public const string Connected = "after connecting";
    public const string Imported = "after import";
    public const string FirstObject = "first object";
    public const string LastObject = "last object";

    /// <summary>The line that is no time but the growth of memory, in bytes.</summary>
    public const string Growth = "growth";

    /// <summary>Reads a report, and nothing where there is none.</summary>
    public static IReadOnlyDictionary<string, double> Read(string path) =>
        File.Exists(path)
            ? File.ReadLines(path).Select(line => line.Split('=')).ToDictionary(
                fields => fields[0], fields => double.Parse(fields[1], CultureInfo.InvariantCulture))
            : new Dictionary<string, double>();

    public static void Write(string path, IEnumerable<KeyValuePair<string, double>> values) =>
        File.WriteAllLines(path, values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Key}={value.Value}")));
}
