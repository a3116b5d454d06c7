using System.Management.Automation;
using AcodeSftp.Files.Content;

namespace AcodeSftp.Shell.Cmdlets;

/// <summary>Adds to remote files, which are created where they are not there.</summary>
[Cmdlet(VerbsCommon.Add, "SftpContent", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(string), typeof(byte))]
public sealed class AddSftpContentCommand : ContentWriteCmdlet
{
    private protected override RemoteWriteMode WriteMode => RemoteWriteMode.Append;

    private protected override string Action => "Add content";
}
