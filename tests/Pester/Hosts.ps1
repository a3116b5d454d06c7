# What the suites share: the module, and the hosts that each suite runs over. Dot-sourced in BeforeAll.
#   BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }
#   Describe 'Listing over <_>' -ForEach $hostKinds {
#       BeforeAll { . $PSScriptRoot/Hosts.ps1; $server = Start-TestHost $_; $session = Open-TestSession $server }
#       BeforeEach { Skip-WithoutHost $server }
#       AfterAll { Stop-TestHost $server }

. $PSScriptRoot/HostKinds.ps1
. $PSScriptRoot/Sshd.ps1

$moduleManifest = [IO.Path]::GetFullPath("$PSScriptRoot/../../AcodeSftp.psd1")
Import-Module $moduleManifest

# Kind: one of HostKinds.ps1. IsReal: whether it is a real server. Obstacle says why there is none.
function Start-TestHost {
    param([string] $Kind)
    if ($Kind -like 'sshd*') {
        $obstacle = Get-SshdObstacle
        $sshd = if (-not $obstacle) { Start-TestSshd }
        if ($sshd -and $Kind -like '*SSH.NET') { $sshd.Options.Transport = 'SshNet' }
        return [pscustomobject]@{
            Kind = $Kind; IsReal = $true; Obstacle = $obstacle; Options = $sshd.Options; Start = $sshd.Start; Sshd = $sshd
        }
    }
    [pscustomobject]@{
        Kind     = $Kind
        IsReal   = $false
        Obstacle = $null
        Options  = @{ HostName = "box$(Get-Random)"; UserName = 'user'; Transport = 'Memory' }
        Start    = '/home/user'
        Sshd     = $null
    }
}

function Open-TestSession {
    param($TestHost, [string] $Name)
    if ($TestHost.Obstacle) { return }
    $options = $TestHost.Options
    if ($Name) { New-SftpSession @options -Name $Name } else { New-SftpSession @options }
}

function Skip-WithoutHost {
    param($TestHost)
    if ($TestHost.Obstacle) { Set-ItResult -Skipped -Because $TestHost.Obstacle }
}

# For a test of something that SSH.NET does not have.
function Skip-OverSshNet {
    param($TestHost, [string] $Because)
    if ($TestHost.Options.Transport -eq 'SshNet') { Set-ItResult -Skipped -Because $Because }
}

function Stop-TestHost {
    param($TestHost)
    Get-SftpSession | Remove-SftpSession
    Stop-TestSshd $TestHost.Sshd
}

# The relative paths and SHA-256 of all files beneath a local directory, one line each, to compare trees by.
function Get-TreeHash {
    param([string] $Path)
    $root = (Get-Item -LiteralPath $Path -Force).FullName
    Get-ChildItem -LiteralPath $root -Recurse -File -Force | ForEach-Object {
        '{0}  {1}' -f (Get-FileHash -LiteralPath $_.FullName -Algorithm SHA256).Hash, [IO.Path]::GetRelativePath($root, $_.FullName)
    } | Sort-Object
}

# Runs a script in a runspace of its own with the module imported, to stop it as Ctrl+C does.
function Start-Stoppable {
    param([string] $Script, [object[]] $Argument = @())
    $shell = [powershell]::Create()
    $null = $shell.AddScript('param($manifest) Import-Module $manifest').AddArgument($moduleManifest).Invoke()
    $shell.Commands.Clear()
    $null = $shell.AddScript($Script)
    foreach ($value in $Argument) { $null = $shell.AddArgument($value) }
    [pscustomobject]@{ Shell = $shell; Async = $shell.BeginInvoke() }
}

# Stops it and returns how many milliseconds that took.
function Stop-Stoppable {
    param($Running)
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $Running.Shell.Stop()
    $elapsed = $watch.ElapsedMilliseconds
    $Running.Shell.Runspace.Dispose()
    $Running.Shell.Dispose()
    $elapsed
}
