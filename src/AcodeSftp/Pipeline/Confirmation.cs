using System.Management.Automation;
using AcodeSftp.Shell.Errors;

namespace AcodeSftp.Shell.Pipeline;

/// <summary>
/// Asks about what cannot be undone, unless the command was told not to: by -Force, by -Confirm, which then has asked or was
/// told not to ask, or by <c>$ConfirmPreference = 'None'</c>. Used by the pipeline thread alone.
/// </summary>
/// <param name="cmdlet">The command.</param>
internal sealed class Confirmation(PSCmdlet cmdlet)
{
    private bool _yesToAll;
    private bool _noToAll;

    /// <summary>Asks.</summary>
    /// <param name="isForced">Whether -Force was given.</param>
    /// <param name="question">What to ask.</param>
    /// <param name="target">What it is about, for the error where nobody can be asked.</param>
    /// <returns>Whether to go on. Where nobody can be asked an error is written, and the answer is no.</returns>
    public bool Ask(bool isForced, string question, string target)
    {
        if (isForced
            || cmdlet.MyInvocation.BoundParameters.ContainsKey("Confirm")
            || cmdlet.GetVariableValue("ConfirmPreference") is ConfirmImpact.None or "None")
            return true;
        try
        {
            return cmdlet.ShouldContinue(question, "Confirm", ref _yesToAll, ref _noToAll);
        }
        catch (Exception e) when (e is PSInvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException)
        {
            cmdlet.WriteError(SftpErrorRecord.Create(
                "SftpConfirmationNeeded",
                ErrorCategory.InvalidOperation,
                $"Nobody can be asked: {question}",
                target,
                "Use -Force or -Confirm:$false where nobody is there to answer."));
            return false;
        }
    }
}
