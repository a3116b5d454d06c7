using System.Management.Automation;
using System.Text;
using AcodeSftp.Sessions;
using AcodeSftp.Shell.Paths;
using AcodeSftp.Shell.Sessions;

namespace AcodeSftp.Shell.Provider;

/// <summary>What New-PSDrive takes besides for a drive of this provider.</summary>
public sealed class NewDriveParameters
{
    /// <summary>The session to use, as an object, an id or a name. May be left out while exactly one is open.</summary>
    [Parameter]
    [SessionArgument]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNull]
    public SftpSession? Session { get; set; }
}

/// <summary>What Get-ChildItem takes besides on a drive of this provider.</summary>
public sealed class ChildItemParameters
{
    /// <summary>Only what is not a directory.</summary>
    [Parameter]
    public SwitchParameter File { get; set; }

    /// <summary>Only directories.</summary>
    [Parameter]
    public SwitchParameter Directory { get; set; }
}

/// <summary>What Get-Content takes besides on a drive of this provider.</summary>
public sealed class ReadContentParameters
{
    /// <summary>The encoding where no byte order mark tells another. Default: UTF-8.</summary>
    [Parameter]
    [EncodingArgument]
    [ValidateNotNull]
    public Encoding? Encoding { get; set; }

    /// <summary>Reads bytes.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>Reads the whole content as one object.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }
}

/// <summary>What Set-Content and Add-Content take besides on a drive of this provider.</summary>
public sealed class WriteContentParameters
{
    /// <summary>
    /// The encoding. Default: that of the file that is added to, as its byte order mark tells it, and UTF-8 without a mark
    /// otherwise.
    /// </summary>
    [Parameter]
    [EncodingArgument]
    [ValidateNotNull]
    public Encoding? Encoding { get; set; }

    /// <summary>Takes bytes, which are written as they are.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>Writes nothing between and behind the values.</summary>
    [Parameter]
    public SwitchParameter NoNewline { get; set; }
}
