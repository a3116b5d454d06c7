using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using AcodeSftp.Protocol.Embedded;

namespace AcodeSftp.Shell.Pipeline;

/// <summary>Has a script block reply to a command on an embedded host.</summary>
internal static class ScriptedReply
{
    private const string Output = "StandardOutput";
    private const string Error = "StandardError";
    private const string Exit = "ExitCode";

    /// <summary>Runs the script block. Called by the embedded host, which waits for it, on a thread of the pool.</summary>
    /// <param name="script">The script block.</param>
    /// <param name="runspace">The runspace it belongs to.</param>
    /// <param name="command">The command.</param>
    /// <returns>The reply.</returns>
    public static EmbeddedReply Run(ScriptBlock script, Guid runspace, EmbeddedCommand command)
    {
        try
        {
            return Read(ScriptHost.RunAsync(script, runspace, command.CommandLine).GetAwaiter().GetResult());
        }
        catch (RuntimeException e)
        {
            return new EmbeddedReply(StandardError: e.Message + "\n", ExitCode: 1);
        }
        catch (OperationCanceledException)
        {
            return new EmbeddedReply(ExitCode: 130);
        }
    }

    /// <summary>Makes a reply of what a script block wrote.</summary>
    /// <param name="written">What it wrote.</param>
    /// <returns>The reply.</returns>
    public static EmbeddedReply Read(IReadOnlyList<PSObject> written)
    {
        if (written is [var only] && ReadParts(only) is { } reply)
            return reply;
        var text = new StringBuilder();
        foreach (var line in written)
            text.Append(line).Append('\n');
        return new EmbeddedReply(text.ToString());
    }

    private static EmbeddedReply? ReadParts(PSObject item)
    {
        Func<string, object?> get = item.BaseObject is IDictionary table
            ? name => table[name]
            : name => item.Properties[name]?.Value;
        var (output, error, exit) = (get(Output), get(Error), get(Exit));
        return output is null && error is null && exit is null
            ? null
            : new EmbeddedReply(Text(output), Text(error), exit is null ? 0 : LanguagePrimitives.ConvertTo<int>(exit));
    }

    private static string Text(object? value) => value is null ? "" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
