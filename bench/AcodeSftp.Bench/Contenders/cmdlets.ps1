# One run of the cmdlets, for the benchmark: imports the module, opens a session, does one thing, and reports the times
# after the import and after connecting, and by how much the memory of this process grew while it worked. With -Again an
# upload is done twice, and the second one counts.
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $Report,
    [Parameter(Mandatory)] [string] $Do,
    [string] $HostName,
    [string] $Config,
    [string] $Source,
    [string] $Destination,
    [string] $Verify = 'None',
    [string] $Progress = 'SilentlyContinue',
    [int] $Count,
    [switch] $Again
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = $Progress

function Get-Memory([string] $Name) {
    [long] ([IO.File]::ReadAllText('/proc/self/status') -replace "(?s).*$Name`:\s*(\d+) kB.*", '$1') * 1024
}

Import-Module $Module
$imported = [Diagnostics.Stopwatch]::StartNew()
$session = New-SftpSession $HostName -SshConfigPath $Config
if ($Again) {
    $null = Send-SftpFile $Source -Destination $Destination -Recurse -Verify $Verify -Session $session
    # The server is this machine.
    Remove-Item -LiteralPath $Destination -Recurse
}
$connected = [Diagnostics.Stopwatch]::StartNew()
[IO.File]::WriteAllText('/proc/self/clear_refs', '5')
$before = Get-Memory VmRSS
$listing = @{ Seen = 0; First = $null }
switch ($Do) {
    upload { $null = Send-SftpFile $Source -Destination $Destination -Recurse -Verify $Verify -Session $session }
    download { $null = Receive-SftpFile $Source -Destination $Destination -Recurse -Verify $Verify -Session $session }
    list {
        Get-SftpChildItem $Source -Recurse:($Destination -eq 'recursive') -Session $session | & {
            process { if ($listing.Seen++ -eq 0) { $listing.First = $connected.Elapsed.TotalSeconds } }
        }
        if ($listing.Seen -ne $Count) { throw "$($listing.Seen) entries were listed, there are $Count." }
    }
    commands {
        for ($i = 0; $i -lt $Count; $i++) {
            if (-not (Invoke-SshCommand true -Session $session).Success) { throw 'The command failed.' }
        }
    }
}
$work = $connected.Elapsed.TotalSeconds
$growth = (Get-Memory VmHWM) - $before
Remove-SftpSession $session

$lines = @("after import=$($imported.Elapsed.TotalSeconds)")
if ($Do -ne 'open') { $lines += "after connecting=$work", "growth=$growth" }
if ($listing.First) { $lines += "first object=$($listing.First)", "last object=$work" }
[IO.File]::WriteAllLines($Report, [string[]] $lines)
