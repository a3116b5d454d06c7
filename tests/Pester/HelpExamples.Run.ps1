<#
    Runs the examples of the help pages, and writes what came of each as JSON. Started by HelpExamples.Tests.ps1 in a
    process of its own, whose HOME is a temporary directory: examples change known_hosts and write logs.
    ACODE_SFTP_TRANSPORT makes the embedded host the one that New-SftpSession connects to. Hosts, local files and sessions
    are made anew for each example, so that none leans on another.
#>
param([string] $HomePath, [string] $ResultPath, [string] $SkippedNames)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. $PSScriptRoot/HelpPages.ps1

# Where modules lie that PowerShell loads by itself, as it does in runspaces of ForEach-Object -Parallel.
$null = New-Item -ItemType Directory "$HomePath/modules"
$null = New-Item -ItemType SymbolicLink -Path "$HomePath/modules/AcodeSftp" -Value $repository
$env:PSModulePath = "$HomePath/modules$([IO.Path]::PathSeparator)$env:PSModulePath"
Import-Module AcodeSftp
(Get-PSProvider FileSystem).Home = $HomePath
$null = New-Item -ItemType Directory -Force "$HomePath/.ssh"

# Hosts are made by hand, because only so can one be put in place of another of the same name.
$null = New-SftpSession warm-up | Remove-SftpSession
$embedded = (Get-Command New-SftpSession).ImplementingType.Assembly.GetType('AcodeSftp.Shell.Lifecycle.ModuleSessions').
    GetProperty('Embedded', [Reflection.BindingFlags]'Static, Public, NonPublic').GetValue($null)
$hostType = $embedded.GetType().Assembly.GetType('AcodeSftp.Protocol.Embedded.EmbeddedHost')
$hostFiles = @{
    '/etc/os-release'                    = "NAME=Example`nVERSION_ID=12`n"
    '/etc/nginx/nginx.conf'              = "worker_processes auto;`n"
    '/var/log/syslog'                    = "one`ntwo`nthree`nfour`nfive`n"
    '/var/log/nginx/access.log'          = "GET / 200`nGET /missing 404`n"
    '/var/log/nginx/error.log'           = "2026/11/21 [error] something`n"
    '/var/log/nginx/access.log.1.gz'     = 'not really compressed'
    '/srv/app/appsettings.json'          = '{ "Level": "Information" }'
    '/srv/app/app.log'                   = "started`n"
    '/srv/app/cache/page.html'           = '<html/>'
    '/srv/app/releases/1.4.1/app.dll'    = 'old'
    '/srv/app/releases/1.4.2/app.dll'    = 'newer'
    '/srv/app/releases/1.4.2/deploy.sh'  = "#!/bin/sh`n"
    "/srv/reports/it's a report.txt"     = 'numbers'
    '/etc/hosts'                         = "127.0.0.1 localhost`n"
    '/srv/backup/monday.tar'             = 'a backup'
    '/var/www/index.html'                = '<html/>'
    '/home/user/notes.txt'               = "first`nsecond`n"
    '/home/user/old/draft.txt'           = 'draft'
    '/home/user/web/index.html'          = '<html/>'
}

function Reset-Host {
    param([string] $Name)
    $fresh = [Activator]::CreateInstance($hostType, $Name, $null)
    $embedded.SetHost($fresh)
    $session = New-SftpSession "ssh://setup@$Name"

    foreach ($path in $hostFiles.Keys) { $fresh.WriteFile($path, [string]$hostFiles[$path], [uint]420) }
    $null = New-SftpItem /srv/app/current -ItemType SymbolicLink -Value releases/1.4.2 -Session $session
    foreach ($reply in @{ 'systemctl is-active app' = "active`n"; 'systemctl restart *' = ''; 'uptime' = " up 3 days`n"; 'psql app' = "INSERT 0 2`n" }.GetEnumerator()) {
        Register-SshCommandReply $reply.Key -StandardOutput $reply.Value -Session $session
    }

    Remove-SftpSession $session
}

function Reset-LocalFile {
    $here = Join-Path $HomePath "work-$(Get-Random)"
    $null = New-Item -ItemType Directory -Path $here, "$here/release/lib", "$here/logs", "$here/web/css"
    Set-Location $here
    $null = New-Item -ItemType Directory -Path ./site/.git
    '<html/>' | Set-Content ./site/index.html
    'ref' | Set-Content ./site/.git/HEAD
    "sftp:`n  parallelTransfers: 2" | Set-Content ./transfer.yml
    'web1.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl' | Set-Content ./known_hosts
    'some notes' | Set-Content ./notes.txt
    'insert into t values (1);', 'insert into t values (2);' | Set-Content ./seed.sql
    'binary' | Set-Content ./release/app.dll
    'symbols' | Set-Content ./release/app.pdb
    'library' | Set-Content ./release/lib/extra.dll
    '<html/>' | Set-Content ./web/index.html
    'body {}' | Set-Content ./web/css/site.css
    Set-Content "$HomePath/.ssh/id_ed25519" 'only its being there counts on the embedded host'
    Set-Content "$HomePath/.ssh/known_hosts" @'
web1.example.org ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC0v0Wb0D8kzQqvJw0yJH0jq4c6vHkq0nq7ZCj5yW3mJwJ6yZ5Yx3q1yX0m5m4h3r2l1k0j9i8h7g6f5e4d3c2b
web1.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl
[web1.example.org]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl
'@
}

# What a person would type.
function Get-Credential {
    param([string] $UserName)
    [pscredential]::new($UserName, (ConvertTo-SecureString 'typed' -AsPlainText -Force))
}

function Read-Host {
    param([string] $Prompt, [switch] $AsSecureString)
    if ($AsSecureString) { ConvertTo-SecureString 'typed' -AsPlainText -Force } else { 'typed' }
}

# In a scope of its own, as at a prompt that was just opened.
function Invoke-Example {
    param([string] $Code)
    Set-StrictMode -Off
    $ErrorActionPreference = 'Stop'
    & ([scriptblock]::Create($Code))
}

$skipped = $SkippedNames -split ';'
$results = foreach ($example in Get-HelpExample) {
    if ($example.Name -in $skipped) { continue }
    $failure = $null
    $text = ''
    try {
        Reset-LocalFile
        foreach ($server in 'web1.example.org', 'web2.example.org', 'db1.example.org', 'db2.example.org', 'demo') { Reset-Host $server }
        if ($example.Code -notmatch 'New-SftpSession') {
            # Several only where the example names them: a command without -Session wants one.
            $null = if ($example.Code -match '-Session web1, web2') { New-SftpSession web1.example.org -Name web1; New-SftpSession web2.example.org -Name web2 }
            else { New-SftpSession deploy@web1.example.org -Name web }
        }

        $text = Invoke-Example $example.Code 3>&1 | Out-String -Width 200
    }
    catch {
        $failure = "$_ ($($_.FullyQualifiedErrorId))`n$($_.InvocationInfo.PositionMessage)"
    }

    Set-Location $HomePath
    Get-PSDrive -PSProvider Sftp | Remove-PSDrive
    Stop-SftpLog
    Get-SftpSession | Remove-SftpSession
    Remove-Item Env:SFTP_KNOWN_HOST_KEYS -ErrorAction Ignore
    [pscustomobject]@{ Name = $example.Name; Failure = $failure; Output = $text }
}

ConvertTo-Json @($results) | Set-Content -LiteralPath $ResultPath
