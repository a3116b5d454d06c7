using System.Globalization;

namespace AcodeSftp.Bench;

/// <summary>What is promised of a case.</summary>
/// <param name="Group">What the promise is about.</param>
/// <param name="Text">The promise.</param>
/// <param name="Case">The case.</param>
/// <param name="Contender">In whose row it is shown.</param>
/// <param name="Limit">The least or the most.</param>
/// <param name="IsMost">Whether it is the most.</param>
/// <param name="Unit">The unit of the limit: ×, %, ms or MB.</param>
/// <param name="MeasureOf">Finds what came of it with <see cref="Who"/>; null where that was not measured.</param>
internal sealed record Target(
    string Group, string Text, string Case, string Contender, double Limit, bool IsMost, string Unit,
    Func<Results, string, double?> MeasureOf)
{
    /// <summary>Which contender of ours is to keep it. The promise is AcodeSftp's; of others it is only in the list.</summary>
    public string Who { get; init; } = Names.Ours;

    /// <summary>Of which other contenders of ours it is measured, where they were run.</summary>
    public IReadOnlyList<string> AlsoOf { get; init; } = [];

    public double? Measure(Results results) => MeasureOf(results, Who);

    public bool IsMet(double value) => IsMost ? value <= Limit : value >= Limit;

    /// <summary>What is asked for, in words.</summary>
    public string Asked => $"{(IsMost ? "at most" : "at least")} {Format(Limit, "0.##")}";

    public string Show(double value) => Format(value, Unit switch { "×" => "0.00", "ms" => "0", _ => "0.0" });

    /// <summary>By how much it is met or not, as a share of the limit.</summary>
    public string Margin(double value)
    {
        var better = IsMost ? Limit - value : value - Limit;
        var amount = Unit == "%" ? $"{Format(Math.Abs(better), "0.0")} of the time" : Format(100 * Math.Abs(better) / Limit, "0", "%");
        return $"{amount} {(better >= 0 ? "better" : "worse")}";
    }

    private string Format(double value, string format, string? unit = null) =>
        $"{value.ToString(format, CultureInfo.InvariantCulture)} {unit ?? Unit}";
}

/// <summary>All that is promised.</summary>
internal static class Targets
{
    private const double MostGrowth = 64;
    private static readonly string[] Ways = [Names.Up, Names.Down];

    /// <summary>The case of targets that hold for every case.</summary>
    public const string EveryCase = "all cases";

    public static IReadOnlyList<Target> All(BenchOptions options) =>
        [.. Promised(options).SelectMany(target => target.AlsoOf.Select(who => target with { Who = who }).Prepend(target))];

    private static IEnumerable<Target> Promised(BenchOptions options) =>
    [
        .. LargeOnLoopback(options.Size),
        .. LargeAtDistance(options.Size),
        .. SmallFiles(),
        .. Listings(),
        .. new[] { Names.Ours, Names.OursNative, Names.Cmdlets }.Select(Commands),
        .. new[] { Names.Ours, Names.OursChecked, Names.OursNative, Names.OursNativeChecked, Names.Cmdlets, Names.OursOverSshNet }
            .Select(Memory),
        .. new[] { Names.ProgressOfLarge(options.Size), Names.ProgressOfSmall(1000) }.SelectMany(Progress),
        .. Checksums(options.Size),
        new(
            "Import of the module", "`Import-Module` takes under 150 ms more than an empty `pwsh`", Names.ImportModule, Names.Import,
            150, true, "ms",
            (results, _) => 1000 * (results.Time(Names.ImportModule, Names.Import) - results.Time(Names.ImportModule, Names.EmptyPwsh))),
    ];

    private static IEnumerable<Target> LargeOnLoopback(long size)
    {
        const string group = "Large file on loopback";
        foreach (var way in Ways)
        {
            var name = Names.Large(size, way, 0);
            yield return Faster(group, "0.95 of the speed of the bare `ssh` pipe", name, Names.Pipe, 0.95);
            yield return Faster(group, "1.5 times as fast as `sftp` as it comes", name, Names.Sftp, 1.5);
            yield return Faster(group, "1.5 times as fast as `scp` as it comes", name, Names.Scp, 1.5);
            yield return Faster(group, "not behind `sftp` held to AES-GCM", name, Names.SftpGcm, 1);
            yield return Faster(group, "not behind `scp` held to AES-GCM", name, Names.ScpGcm, 1);
            yield return Faster(group, "not behind SSH.NET held to AES-GCM", name, Names.SshNetAlone, 1);
        }
    }

    private static IEnumerable<Target> LargeAtDistance(long size) =>
        from place in new[] { (Size: size, Delay: 50), (Size: size / 4, Delay: 100) }
        from way in Ways
        select Faster("Large file at a distance", "6 times as fast as `sftp`", Names.Large(place.Size, way, place.Delay), Names.Sftp, 6);

    private static IEnumerable<Target> SmallFiles()
    {
        const string group = "1,000 small files";
        foreach (var way in Ways)
        {
            yield return Faster(group, "30 times as fast as `sftp`", Names.Small(1000, way, 50), Names.Sftp, 30);
            yield return Faster(group, "3 times as fast as `lftp mirror -P 16`", Names.Small(1000, way, 50), Names.Lftp, 3);
            yield return Faster(group, "3 times as fast as `sftp`", Names.Small(1000, way, 0), Names.Sftp, 3);
        }
    }

    private static IEnumerable<Target> Listings()
    {
        const string group = "Listings";
        foreach (var entries in new[] { 1000, 10_000, 100_000 })
        {
            var name = Names.List(entries);
            yield return new Target(
                group, "the whole takes at most 1.2 times as long as `sftp`'s `ls -1`", name, Names.SftpList, 1.2, true, "×",
                (results, ours) => results.Time(name, ours) / results.Time(name, Names.SftpList))
            {
                AlsoOf = [Names.OursNative],
            };
        }

        // 16 MB for 90,000 more would be 180 bytes for each: less than an entry takes.
        var (many, few) = (Names.List(100_000), Names.List(10_000));
        yield return new Target(
            group, "the first object is there in under a fifth of the time of all", many, Names.Ours, 0.2, true, "×",
            (results, ours) => results.Time(many, ours, RunReport.FirstObject) / results.Time(many, ours, RunReport.LastObject))
        {
            AlsoOf = [Names.OursNative],
        };
        yield return new Target(
            group, "memory does not grow with the entries: 100,000 take hardly more than 10,000", many, Names.Ours, 16, true, "MB",
            (results, ours) => results.Find(many, ours)?.GrowthMegabytes - results.Find(few, ours)?.GrowthMegabytes)
        {
            AlsoOf = [Names.OursNative],
        };
    }

    private static Target Commands(string contender)
    {
        var name = Names.Commands(100);
        return new Target(
            "Commands on an open session", $"{contender}: at most 1.3 times as long as the bare multiplexed `ssh host true`", name, contender,
            1.3, true, "×", (results, _) => results.Time(name, contender, RunReport.Connected) / results.Time(name, Names.Multiplexed));
    }

    private static Target Memory(string contender) => new(
        "Memory", $"{contender}: our process grows by less than 64 MB whatever is moved", EveryCase, contender, MostGrowth, true, "MB",
        (results, _) => results.Cases.Select(result => result.Of(contender)?.GrowthMegabytes).Max());

    private static IEnumerable<Target> Progress(string name)
    {
        yield return Of("the bar costs under 3 %", Names.Progress, Names.NoProgress);
        yield return Of("the bar of a second transfer costs under 3 %", Names.ProgressAgain, Names.NoProgressAgain);

        Target Of(string text, string with, string without) => new(
            "Progress", text, name, with, 3, true, "%",
            (results, _) => Cost(results.Time(name, with, RunReport.Connected), results.Time(name, without, RunReport.Connected)));
    }

    private static IEnumerable<Target> Checksums(long size) =>
    [
        .. Ways.Select(way => Checksum(Names.Large(size, way, 0), 0)),
        .. Ways.Select(way => Checksum(Names.Large(size, way, 50), 50)),
        .. Ways.Select(way => Checksum(Names.Large(size / 4, way, 100), 100)),
        .. Ways.Select(way => Checksum(Names.Small(1000, way, 0), 0)),
        .. Ways.Select(way => Checksum(Names.Small(1000, way, 10), 10)),
        .. Ways.Select(way => Checksum(Names.Small(1000, way, 50), 50)),
    ];

    private static Target Checksum(string name, int delay) => new(
        "Checksums", delay == 0 ? "under 15 % on loopback" : "nothing measurable at a distance (3 %)", name, Names.OursChecked,
        delay == 0 ? 15 : 3, true, "%", (results, ours) => Cost(results.Time(name, ours + Names.Checked), results.Time(name, ours)))
    {
        AlsoOf = [Names.OursNative],
    };

    private static Target Faster(string group, string text, string name, string contender, double limit) => new(
        group, text, name, contender, limit, false, "×", (results, ours) => results.Time(name, contender) / results.Time(name, ours))
    {
        AlsoOf = [Names.OursAgain, Names.OursNative],
    };

    private static double? Cost(double? with, double? without) => 100 * (with / without - 1);
}
