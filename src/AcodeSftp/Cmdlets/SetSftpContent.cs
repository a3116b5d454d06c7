using System.Management.Automation;
using AcodeSftp.Files.Content;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>
/// Writes remote files anew. Where the server can, the new content takes the place of the old in one step when all of it is
/// there, so that nobody ever reads half a file, and a file can be read and written in one pipeline.
/// </summary>
[Cmdlet(VerbsCommon.Set, "SftpContent", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(string), typeof(byte))]
public sealed class SetSftpContentCommand : ContentWriteCmdlet
{
    private protected override RemoteWriteMode WriteMode => RemoteWriteMode.Replace;

    private protected override string Action => "Set content";
}
