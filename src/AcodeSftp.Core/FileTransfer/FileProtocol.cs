namespace AcodeSftp.FileTransfer;

/// <summary>What carries the files of a session.</summary>
public enum FileProtocol
{
    /// <summary>The SFTP subsystem of the server.</summary>
    Sftp = 0,

    /// <summary>
    /// Commands on the server: <c>scp</c> for the content of files, and programs of a POSIX shell for the rest where the
    /// server runs them.
    /// </summary>
    Scp,
}
