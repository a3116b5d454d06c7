<#
.SYNOPSIS
    Puts a release of an application on a server, and takes it back where it does not run.
.DESCRIPTION
    The application's directory on the server has this form:

        releases/1.0/      one directory for each release
        releases/1.1/
        current            a symbolic link to the release that runs: releases/1.1

    The runbook
      1. sends the release to a directory of its own, where it disturbs nobody;
      2. verifies on the server that it is what was built, by the SHA256SUMS that the build made;
      3. switches the link, in one step;
      4. restarts the service, and asks whether it runs;
      5. removes old releases.

    Where step 3 or 4 fails, the link is switched back and the service restarted with what it had. Where any step fails, the
    new release is removed and the runbook ends with an error: ReleaseRefused where nothing was switched, ReleaseRolledBack
    where it was, RollbackFailed where the old release does not run either.

    It needs the module AcodeSftp. Commands have the module's name before them, because other modules have commands of the
    same names.
.EXAMPLE
    $web = New-SftpSession deploy@web1.example.org
    ./Deploy-Release.ps1 -Session $web -Path ./build/1.1 -Version 1.1 -Root /srv/app -RestartCommand 'sudo systemctl restart app' -StatusCommand 'systemctl is-active app'
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The session to the server: an object, an id or a name.
    [Parameter(Mandatory)]
    [object] $Session,

    # The directory with the release, with a file SHA256SUMS in it as sha256sum writes it.
    [Parameter(Mandatory)]
    [ValidateScript({ Test-Path -LiteralPath "$_/SHA256SUMS" }, ErrorMessage = "There is no SHA256SUMS in '{0}'.")]
    [string] $Path,

    # The release's version, which is the name of its directory on the server.
    [Parameter(Mandatory)]
    [version] $Version,

    # The application's directory on the server.
    [Parameter(Mandatory)]
    [string] $Root,

    # The command that restarts the service.
    [Parameter(Mandatory)]
    [string] $RestartCommand,

    # The command that ends with exit code 0 where the service runs.
    [Parameter(Mandatory)]
    [string] $StatusCommand,

    # How many releases stay on the server, the one that runs among them.
    [ValidateRange(1, 100)]
    [int] $Keep = 3
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$release = "$Root/releases/$Version"
$current = "$Root/current"
$at = @{ Session = $Session }

function Stop-Runbook {
    param([string] $Id, [string] $Message, [Exception] $Cause)
    $exception = [InvalidOperationException]::new($Message, $Cause)
    $PSCmdlet.ThrowTerminatingError([Management.Automation.ErrorRecord]::new($exception, $Id, 'OperationStopped', $release))
}

function Restart-Service {
    AcodeSftp\Invoke-SshCommand $RestartCommand @at -ErrorOnNonZero | Out-Null
    AcodeSftp\Invoke-SshCommand $StatusCommand @at -ErrorOnNonZero | Out-Null
}

if (-not $PSCmdlet.ShouldProcess($release, "Deploy '$Path'")) { return }
if (AcodeSftp\Test-SftpPath -LiteralPath $release @at) {
    Stop-Runbook ReleaseRefused "Version $Version is on the server already: $release."
}

$previous = if (AcodeSftp\Test-SftpPath -LiteralPath $current @at) { (AcodeSftp\Get-SftpItem -LiteralPath $current @at).LinkTarget }
$isSwitched = $false
try {
    # 1. A connection that is lost on the way is made again, and the transfer goes on.
    $sent = AcodeSftp\Send-SftpFile -LiteralPath $Path -Destination $release -Recurse -Summary @at

    # 2. What is on the server is compared with what was built, not with what lies here.
    $found = AcodeSftp\Get-SftpChildItem -LiteralPath $release -Recurse -File @at | Where-Object Name -NE SHA256SUMS
    $hashes = @{}
    foreach ($hash in $found | AcodeSftp\Get-SftpFileHash -Algorithm SHA256) { $hashes[$hash.FullPath] = $hash.Hash }
    $directory = (AcodeSftp\Get-SftpItem -LiteralPath $release @at).FullPath
    $expected = @(Get-Content -LiteralPath "$Path/SHA256SUMS" | Where-Object { $_ })
    foreach ($line in $expected) {
        $sum, $name = $line -split ' [ *]', 2
        if ($hashes["$directory/$($name -replace '^\./')"] -ne $sum) { throw "'$name' is not what was built." }
    }

    if ($hashes.Count -ne $expected.Count) { throw "There are $($hashes.Count) files where $($expected.Count) were built." }

    # 3. The link's text is relative, so that the directory can be moved.
    AcodeSftp\New-SftpItem -LiteralPath $current -ItemType SymbolicLink -Value "releases/$Version" -Force @at | Out-Null
    $isSwitched = $true

    # 4.
    Restart-Service
}
catch {
    $cause = $_.Exception
    if (-not $isSwitched) {
        try { AcodeSftp\Remove-SftpItem -LiteralPath $release -Recurse -Force @at }
        catch { Write-Warning "What was sent of version $Version stays in $release`: $($_.Exception.Message)" }
        Stop-Runbook ReleaseRefused "Version $Version was not put in place: $($cause.Message)" $cause
    }

    $state = 'nothing runs, as before'
    try {
        if ($previous) {
            AcodeSftp\New-SftpItem -LiteralPath $current -ItemType SymbolicLink -Value $previous -Force @at | Out-Null
            Restart-Service
            $state = "$previous runs again"
        }
        else {
            AcodeSftp\Remove-SftpItem -LiteralPath $current @at
        }

        AcodeSftp\Remove-SftpItem -LiteralPath $release -Recurse -Force @at
    }
    catch {
        Stop-Runbook RollbackFailed "Version $Version does not run ($($cause.Message)), and taking it back failed, too: $($_.Exception.Message)" $_.Exception
    }

    Stop-Runbook ReleaseRolledBack "Version $Version does not run: $($cause.Message) It was taken back; $state." $cause
}

# 5. By version, not by time, and never the one that runs. What cannot be removed is worth a warning, not a failure.
$old = AcodeSftp\Get-SftpChildItem -LiteralPath "$Root/releases" -Directory @at |
    Where-Object { $_.Name -as [version] -and $_.Name -ne "$Version" } |
    Sort-Object { [version]$_.Name } -Descending |
    Select-Object -Skip ($Keep - 1)
foreach ($directory in $old) {
    try { AcodeSftp\Remove-SftpItem -LiteralPath $directory.FullPath -Recurse -Force @at }
    catch { Write-Warning "The old release $($directory.Name) stays: $($_.Exception.Message)" }
}

[pscustomobject]@{
    Version  = $Version
    Previous = $previous
    Files    = $sent.FilesTransferred
    Bytes    = $sent.BytesTransferred
    Removed  = @($old | ForEach-Object Name)
}
