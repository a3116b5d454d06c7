using System.Globalization;
using System.Text;

namespace AcodeSftp.Bench;

/// <summary>The results as Markdown: the machine, what the relay carries, a table for each case, and the targets.</summary>
internal sealed class MarkdownReport(Results results, IReadOnlyList<Target> targets)
{
    private readonly StringBuilder _text = new();

    /// <summary>Writes the whole.</summary>
    public static string Write(Results results, IReadOnlyList<Target> targets)
    {
        var report = new MarkdownReport(results, targets);
        report.WriteMachine();
        report.WriteRelays();
        foreach (var result in results.Cases)
            report.WriteCase(result);
        report.WriteTargets();
        return report._text.ToString();
    }

    private void WriteMachine()
    {
        Line($"## Machine").Line($"");
        foreach (var (name, value) in results.Machine)
            Line($"- {name}: {value}");
        Line($"");
    }

    private void WriteRelays()
    {
        if (results.Relays.Count == 0)
            return;
        Line($"## What the relay alone carries").Line($"");
        Header("round trip", "measured", "up", "down", "its processor time", "its memory");
        foreach (var relay in results.Relays)
        {
            Row(
                $"{relay.RoundTrip} ms",
                Text($"{relay.MeasuredRoundTrip:0.0} ms"),
                Text($"{relay.MegabytesUp:0} MB/s"),
                Text($"{relay.MegabytesDown:0} MB/s"),
                Text($"{relay.ProcessorPerGigabyte:0.00} s/GB"),
                Text($"{relay.PeakMegabytes:0} MB"));
        }

        Line($"");
    }

    private void WriteCase(CaseResult result)
    {
        Line($"## {result.Name}").Line($"");
        var compared = result.Compared == Measurement.Whole ? "" : $", compared by the time {result.Compared}";
        Line($"Load when it began: {result.Load:0.0}{compared}.").Line($"");
        Header(
            "", "median", "from – to", "rounds", "rate", "time relative to ours", "target", "processor: client + server + relay",
            "memory, all", "our growth", "parts");
        foreach (var row in result.Measurements)
            WriteMeasurement(result, row);
        Line($"");
    }

    private void WriteMeasurement(CaseResult result, Measurement row)
    {
        if (row.Rounds == 0)
        {
            Row(row.Contender, row.Note ?? "", "", "0", "", "", "", "", "", "", "");
            return;
        }

        var whole = row.Seconds[Measurement.Whole];
        Row(
            row.Contender,
            Text($"{whole:0.000} s") + (row.Note is null ? "" : $" ({row.Note})"),
            Text($"{row.Shortest:0.00} – {row.Longest:0.00} s"),
            $"{row.Rounds}",
            result.Bytes > 0 ? Text($"{result.Bytes / 1e6 / whole:0} MB/s") : "",
            Text($"{row.RelativeToOurs:0.00}"),
            TargetsOf(result, row),
            Text($"{row.ClientProcessor:0.00} + {row.ServerProcessor:0.00} + {row.RelayProcessor:0.00} s"),
            Text($"{row.PeakMegabytes:0} MB"),
            row.GrowthMegabytes is { } growth ? Text($"{growth:0.0} MB") : "",
            PartsOf(row, result.Measurements[0]));
    }

    private string TargetsOf(CaseResult result, Measurement row) => string.Join("; ", targets
        .Where(target => target.Who == Names.Ours && target.Case == result.Name && target.Contender == row.Contender)
        .Select(target => (Target: target, Value: target.Measure(results)))
        .Where(pair => pair.Value is not null)
        .Select(pair => $"{pair.Target.Show(pair.Value!.Value)}, {pair.Target.Asked}: {Verdict(pair.Target, pair.Value.Value)}"));

    // Times that ours reports too are compared, and what the cmdlets take after the import to our whole.
    private static string PartsOf(Measurement row, Measurement ours) => string.Join(", ", row.Seconds
        .Where(part => part.Key != Measurement.Whole)
        .Select(part =>
        {
            var other = part.Key == RunReport.Imported ? ours.Time(Measurement.Whole) : ours.Time(part.Key);
            var ratio = row == ours ? "" : Text($" ({part.Value / other:0.00})");
            return Text($"{part.Key} {part.Value:0.000} s{ratio}");
        }));

    private void WriteTargets()
    {
        Line($"## Targets").Line($"");
        Line($"Transfers are compared without a checksum, for the others make none. The second time in a session is without the login,");
        Line($"which is in the time of the others.").Line($"");
        Header("", "case", "asked", "measured", "", "");
        foreach (var target in targets)
        {
            var who = target.Who == Names.Ours ? "" : $"{target.Who}: ";
            var name = $"{target.Group}: {who}{target.Text}";
            if (target.Measure(results) is { } value)
                Row(name, CaseOf(target), target.Asked, target.Show(value), Verdict(target, value), target.Margin(value));
            else if (target.Who == Names.Ours)
                Row(name, CaseOf(target), target.Asked, "not measured", "", "");
        }
    }

    // Of a target of all cases, the worst is of interest.
    private string CaseOf(Target target)
    {
        var worst = results.Cases.MaxBy(result => result.Of(target.Contender)?.GrowthMegabytes ?? 0);
        return target.Case == Targets.EveryCase && worst is not null ? $"{target.Case}, the worst: {worst.Name}" : target.Case;
    }

    private static string Verdict(Target target, double value) => target.IsMet(value) ? "met" : "**not met**";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Header(params string[] cells)
    {
        Row(cells);
        Row([.. cells.Select(_ => "---")]);
    }

    private void Row(params string[] cells) => _text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");

    private MarkdownReport Line(FormattableString line)
    {
        _text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
        return this;
    }
}
