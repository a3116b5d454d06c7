using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcodeSftp.Bench;

/// <summary>Everything as JSON: what was measured, and what came of each target.</summary>
internal sealed record JsonReport(
    IReadOnlyDictionary<string, string> Machine,
    IReadOnlyList<RelayCapacity> Relays,
    IReadOnlyList<CaseResult> Cases,
    IReadOnlyList<JsonTarget> Targets)
{
    private static readonly JsonReportContext Indented = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Writes the whole.</summary>
    public static string Write(Results results, IEnumerable<Target> targets) => JsonSerializer.Serialize(
        new JsonReport(results.Machine, results.Relays, results.Cases, [.. targets.Select(target => JsonTarget.Of(target, results))]),
        Indented.JsonReport);
}

/// <summary>A <see cref="Target"/> and what came of it; both null where it was not measured.</summary>
internal sealed record JsonTarget(
    string Group, string Text, string Case, string Who, string Contender, double Limit, bool IsMost, string Unit, double? Value, bool? IsMet)
{
    public static JsonTarget Of(Target target, Results results)
    {
        var value = target.Measure(results);
        return new JsonTarget(
            target.Group, target.Text, target.Case, target.Who, target.Contender, target.Limit, target.IsMost, target.Unit,
            value, value is null ? null : target.IsMet(value.Value));
    }
}

/// <summary>Writes without reflection, so that a natively compiled benchmark can.</summary>
[JsonSerializable(typeof(JsonReport))]
internal sealed partial class JsonReportContext : JsonSerializerContext;
