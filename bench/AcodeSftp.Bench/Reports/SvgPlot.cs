using System.Globalization;
using System.Net;
using System.Text;

namespace AcodeSftp.Bench;

/// <summary>
/// The results as a plot: for each case a bar for each contender, as long as the time that is compared, and beside it how
/// many times ours that is. Each case has a scale of its own. Readable on light and on dark.
/// </summary>
internal sealed class SvgPlot
{
    private const int ColumnWidth = 588;
    private const int Columns = 2;
    private const int Margin = 16;
    private const int LabelWidth = 290;
    private const int FigureWidth = 112;
    private const int BarWidth = ColumnWidth - LabelWidth - FigureWidth - Margin;
    private const int RowHeight = 17;
    private const int TitleHeight = 26;
    private const int Gap = 18;
    private const int HeadHeight = 52;

    private const string Explanation =
        "Shorter is better. Medians; each case has a scale of its own; the dotted line is where AcodeSftp ends.";

    private readonly StringBuilder _text = new();

    /// <summary>Draws the plot.</summary>
    public static string Draw(Results results)
    {
        var plot = new SvgPlot();
        var bottoms = Enumerable.Repeat(HeadHeight, Columns).ToArray();
        foreach (var result in results.Cases)
        {
            // Each goes where there is most room.
            var column = Array.IndexOf(bottoms, bottoms.Min());
            bottoms[column] = plot.DrawCase(result, Margin + column * ColumnWidth, bottoms[column]) + Gap;
        }

        const int width = 2 * Margin + Columns * ColumnWidth;
        var height = bottoms.Max();
        return string.Create(CultureInfo.InvariantCulture, $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" width="{{width}}" height="{{height}}"
                font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="11">
            <style>
            .title { font-weight: 600; font-size: 12px } .head { font-weight: 600; font-size: 15px } .bold { font-weight: 600 }
            .ground { fill: #ffffff } text { fill: #24292f } .faint { fill: #656d76 }
            .ours { fill: #0a6cce } .kin { fill: #74b3ee } .other { fill: #a4acb5 } .one { stroke: #0a6cce; stroke-dasharray: 2 3 }
            @media (prefers-color-scheme: dark) {
            .ground { fill: #0d1117 } text { fill: #e6edf3 } .faint { fill: #9198a1 }
            .ours { fill: #4493f8 } .kin { fill: #2a5a94 } .other { fill: #59626d } .one { stroke: #4493f8 }
            }
            </style>
            <rect class="ground" width="{{width}}" height="{{height}}"/>
            <text class="head" x="{{Margin}}" y="22">Time, and how many times that of AcodeSftp</text>
            <text class="faint" x="{{Margin}}" y="39">{{Explanation}}</text>
            {{plot._text}}</svg>

            """);
    }

    private int DrawCase(CaseResult result, int left, int top)
    {
        var measured = result.Measurements.Where(row => row.Rounds > 0).ToList();
        var longest = measured.Max(row => row.Time(result.Compared)!.Value);
        var compared = result.Compared == Measurement.Whole ? "" : $" ({result.Compared})";
        Text("title", left, top + 14, result.Name + compared);
        var y = top + TitleHeight;
        foreach (var row in result.Measurements)
        {
            Text(row == result.Measurements[0] ? "bold" : "", left, y + 10, row.Contender);
            if (row.Time(result.Compared) is { } seconds)
            {
                var length = Math.Max(1, BarWidth * seconds / longest);
                var place = $"x=\"{left + LabelWidth}\" y=\"{y}\"";
                Line($"""<rect class="{ClassOf(row, result)}" {place} width="{length:0.0}" height="{RowHeight - 5}" rx="1.5"/>""");
                var ratio = row.RelativeToOurs is { } times ? string.Create(CultureInfo.InvariantCulture, $" · {times:0.00} ×") : "";
                Text("faint", left + LabelWidth + BarWidth + 8, y + 10, Duration(seconds) + ratio);
            }
            else
            {
                Text("faint", left + LabelWidth, y + 10, row.Note ?? "");
            }

            y += RowHeight;
        }

        if (result.Measurements[0].Time(result.Compared) is { } ours)
        {
            var at = left + LabelWidth + BarWidth * ours / longest;
            Line($"""<line class="one" x1="{at:0.0}" x2="{at:0.0}" y1="{top + TitleHeight - 3}" y2="{y - 2}"/>""");
        }

        return y;
    }

    private static string ClassOf(Measurement row, CaseResult result) =>
        row == result.Measurements[0] ? "ours"
        : row.GrowthMegabytes is not null || row.Contender is Names.Cmdlets or Names.OursNative ? "kin"
        : "other";

    private static string Duration(double seconds) => seconds switch
    {
        >= 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        >= 10 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms"),
    };

    private void Text(string @class, int x, int y, string text) =>
        Line($"""<text class="{@class}" x="{x}" y="{y}">{WebUtility.HtmlEncode(text)}</text>""");

    private void Line(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
