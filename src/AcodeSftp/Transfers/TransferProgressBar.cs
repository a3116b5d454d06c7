using System.Management.Automation;
using AcodeSftp.FileTransfer;

namespace AcodeSftp.Shell.Transfers;

/// <summary>
/// Shows how far a transfer is. The transfer's threads only leave the latest figures here; the pipeline thread shows them
/// now and then.
/// </summary>
/// <param name="cmdlet">The command.</param>
/// <param name="activity">What is going on.</param>
/// <param name="showsFile">Whether the file that is under way has a line of its own.</param>
internal sealed class TransferProgressBar(Cmdlet cmdlet, string activity, bool showsFile = true) : IProgress<TransferProgress>
{
    private static int _lastActivityId = 7_300_000;

    private readonly int _id = Interlocked.Add(ref _lastActivityId, 2);
    private TransferProgress? _latest;
    private bool _isShown;
    private bool _isFileShown;

    /// <summary>Takes the latest figures. Called by any thread.</summary>
    /// <param name="value">The figures.</param>
    public void Report(TransferProgress value) => Volatile.Write(ref _latest, value);

    /// <summary>Shows the latest figures. Called by the pipeline thread.</summary>
    public void Show()
    {
        if (Volatile.Read(ref _latest) is not { } progress)
            return;
        cmdlet.WriteProgress(new ProgressRecord(_id, activity, TransferProgressText.Status(progress))
        {
            PercentComplete = TransferProgressText.Percent(progress),
            SecondsRemaining = TransferProgressText.SecondsRemaining(progress),
            CurrentOperation = TerminalText.Clean(progress.FilePath),
        });
        _isShown = true;
        if (!showsFile || progress.TotalFiles <= 1 || progress.FilePath.Length == 0)
            return;
        cmdlet.WriteProgress(new ProgressRecord(_id + 1, TerminalText.Clean(progress.FilePath), " ") { ParentActivityId = _id });
        _isFileShown = true;
    }

    /// <summary>Takes the bar away. Called by the pipeline thread, however the transfer ended.</summary>
    public void Complete()
    {
        if (_isFileShown)
            Remove(_id + 1);
        if (_isShown)
            Remove(_id);
        _isShown = _isFileShown = false;
    }

    private void Remove(int id)
    {
        try
        {
            cmdlet.WriteProgress(new ProgressRecord(id, activity, " ") { RecordType = ProgressRecordType.Completed });
        }
        catch (PipelineStoppedException)
        {
            // PowerShell takes the bars of a stopped pipeline away itself.
        }
    }
}
