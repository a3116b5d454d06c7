using System.Text.Json;

namespace AcodeSftp.Core.Tests.Diagnostics;

/// <summary>A line of a JSON lines log, read as anybody would read it.</summary>
internal sealed record LogLine(JsonElement Json)
{
    public string Level => Json.GetProperty("level").GetString()!;

    public string Category => Json.GetProperty("category").GetString()!;

    public string? EventName => Text(Json, "eventName");

    public string Message => Json.GetProperty("message").GetString()!;

    public string? CorrelationId => Text(Json, "correlationId");

    public JsonElement Exception => Json.GetProperty("exception");

    public static IReadOnlyList<LogLine> ReadAll(string path) =>
        [.. File.ReadAllLines(path).Select(static line => new LogLine(JsonDocument.Parse(line).RootElement))];

    public JsonElement Field(string name) => Json.GetProperty("fields").GetProperty(name);

    public string? FieldText(string name) => Json.TryGetProperty("fields", out var fields) ? Text(fields, name) : null;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}
