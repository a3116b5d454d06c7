using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace AcodeSftp.Diagnostics;

/// <summary>Writes one log line as one line of JSON.</summary>
internal static class JsonLogLine
{
    private const string TemplateField = "{OriginalFormat}";
    private const int MostItems = 100;
    private const int MostInner = 4;

    // Letters of all scripts stay legible, and so do quotes.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Formats a line.</summary>
    /// <returns>The line in UTF-8, with the line feed at its end.</returns>
    public static byte[] Format(
        DateTimeOffset time,
        LogLevel level,
        string category,
        EventId eventId,
        string message,
        IEnumerable<KeyValuePair<string, object?>>? fields,
        IExternalScopeProvider scopes,
        Exception? exception)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("level", level.ToString());
            json.WriteString("category", Encode(category));
            if (eventId.Id != 0)
                json.WriteNumber("eventId", eventId.Id);
            if (eventId.Name is not null)
                json.WriteString("eventName", Encode(eventId.Name));
            // Meant for people, who print it: unlike the fields it holds nothing that a terminal could take for a command.
            json.WriteString("message", TerminalText.Clean(message));
            var scope = Collect(scopes);
            var own = fields?.Where(static field => field.Key != TemplateField).ToList() ?? [];
            if ((Find(own) ?? Find(scope)) is { } correlationId)
                json.WriteString("correlationId", Encode(Text(correlationId)));
            WriteFields(json, "fields", own);
            WriteFields(json, "scope", scope);
            if (exception is not null)
                WriteException(json, "exception", exception, MostInner);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static object? Find(List<KeyValuePair<string, object?>> fields) =>
        fields.FindLast(static field => field.Key == TransferScope.TransferId).Value;

    private static List<KeyValuePair<string, object?>> Collect(IExternalScopeProvider scopes)
    {
        var collected = new List<KeyValuePair<string, object?>>();
        scopes.ForEachScope(
            static (scope, into) =>
            {
                if (scope is IEnumerable<KeyValuePair<string, object?>> fields)
                    into.AddRange(fields.Where(static field => field.Key != TemplateField));
            },
            collected);
        return collected;
    }

    private static void WriteFields(Utf8JsonWriter json, string name, List<KeyValuePair<string, object?>> fields)
    {
        if (fields.Count == 0)
            return;
        json.WriteStartObject(name);
        // Of fields of the same name the last, which is the innermost scope's, counts.
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in Enumerable.Reverse(fields).Where(field => written.Add(field.Key)).Reverse())
        {
            json.WritePropertyName(Encode(key));
            WriteValue(json, value);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case byte or sbyte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case float or double when double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                json.WriteNumberValue(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case IEnumerable list and not string:
                json.WriteStartArray();
                foreach (var item in list.Cast<object?>().Take(MostItems))
                    json.WriteStringValue(Encode(Text(item)));
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Encode(Text(value)));
                break;
        }
    }

    private static void WriteException(Utf8JsonWriter json, string name, Exception exception, int innerAllowed)
    {
        json.WriteStartObject(name);
        json.WriteString("type", exception.GetType().FullName);
        if (exception is SftpException sftp)
            json.WriteString("code", sftp.Code.ToString());
        json.WriteString("message", TerminalText.Clean(exception.Message));
        if (exception.InnerException is { } inner && innerAllowed > 0)
            WriteException(json, "inner", inner, innerAllowed - 1);
        json.WriteEndObject();
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        DateTimeOffset time => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        DateTime time => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static JsonEncodedText Encode(string text)
    {
        // Lone surrogates stand for bytes of a name that are not UTF-8. JSON has no way to write them; which bytes they
        // were stays readable.
        if (HasLoneSurrogate(text))
            text = TerminalText.Clean(text);
        // The relaxed encoder lets characters through that reorder what is shown.
        var isPlain = ReferenceEquals(TerminalText.Clean(text), text);
        return JsonEncodedText.Encode(text, isPlain ? WriterOptions.Encoder : JavaScriptEncoder.Default);
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return true;
            i++;
        }

        return false;
    }
}
