using System.Globalization;
using System.Management.Automation;
using AcodeSftp.Diagnostics;

namespace AcodeSftp.Shell.Display;

/// <summary>How the view shows the steps of Test-SftpSession. Named by AcodeSftp.Types.ps1xml, hence public and static.</summary>
public static class SessionCheckDisplay
{
    /// <summary>The status.</summary>
    /// <param name="item">The step.</param>
    /// <returns>The text, coloured where the host shows colours.</returns>
    public static string StatusText(PSObject item)
    {
        var status = ((SessionCheckStep)item.BaseObject).Status;
        return status switch
        {
            SessionCheckStatus.Passed => $"\x1b[32m{status}\x1b[0m",
            SessionCheckStatus.Failed => $"\x1b[31m{status}\x1b[0m",
            SessionCheckStatus.Warning => $"\x1b[33m{status}\x1b[0m",
            _ => status.ToString(),
        };
    }

    /// <summary>How long it took.</summary>
    /// <param name="item">The step.</param>
    /// <returns>The text; empty where nothing was done.</returns>
    public static string DurationText(PSObject item)
    {
        var step = (SessionCheckStep)item.BaseObject;
        return step.Status == SessionCheckStatus.Skipped
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{step.Duration.TotalMilliseconds:0} ms");
    }

    /// <summary>What was found, and what can be done about it.</summary>
    /// <param name="item">The step.</param>
    /// <returns>The text.</returns>
    public static string DetailText(PSObject item)
    {
        var step = (SessionCheckStep)item.BaseObject;
        var text = TerminalText.Clean(step.Detail);
        return step.Advice is null ? text : $"{text} {TerminalText.Clean(step.Advice)}";
    }
}
