# The same tests on the embedded host, which needs no server, and on a real sshd. The runbook does not know which it is.
BeforeDiscovery { . $PSScriptRoot/../../tests/Pester/HostKinds.ps1 }

Describe 'The deployment over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/../../tests/Pester/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server

        # A release as a build leaves it.
        function New-Release {
            param([string] $Version, [hashtable] $File = @{})
            $path = Join-Path $TestDrive "build-$Version-$(Get-Random)"
            $null = New-Item -ItemType Directory -Path "$path/lib"
            $Version | Set-Content -NoNewline "$path/VERSION"
            "library of $Version" | Set-Content "$path/lib/app.dll"
            foreach ($name in $File.Keys) { $File[$name] | Set-Content "$path/$name" }
            Get-ChildItem $path -Recurse -File | ForEach-Object {
                '{0}  {1}' -f (Get-FileHash $_ -Algorithm SHA256).Hash.ToLower(), ([IO.Path]::GetRelativePath($path, $_.FullName) -replace '\\', '/')
            } | Set-Content "$path/SHA256SUMS"
            $path
        }

        # The service. It notes each command with the release that the link leads to, and a release with a file named
        # 'broken' does not start; one with a file named 'crashing' starts, and does not go on running.
        # On the embedded host that is a scripted reply; on a real server it is a shell script that is sent there.
        function Install-Service {
            if ($server.IsReal) {
                @'
cd "$(dirname "$0")/app" || exit 1
echo "$1 $(readlink current)" >> ../service.log
case $1 in
    restart) if [ -e current/broken ]; then echo 'cannot start' >&2; exit 1; fi ;;
    status) [ ! -e current/crashing ] ;;
esac
'@ -replace "`r" | AcodeSftp\Set-SftpContent "$($server.Start)/service.sh" -Session $session
                return
            }

            AcodeSftp\Register-SshCommandReply "sh $($server.Start)/service.sh *" -Session $session -ScriptBlock {
                $verb = ($_ -split ' ')[-1]
                $target = (AcodeSftp\Get-SftpItem "$($server.Start)/app/current" -Session $session).LinkTarget
                AcodeSftp\Add-SftpContent "$($server.Start)/service.log" "$verb $target" -Session $session
                $has = { param($name) AcodeSftp\Test-SftpPath "$($server.Start)/app/current/$name" -Session $session }
                if ($verb -eq 'restart' -and (& $has broken)) { return @{ StandardError = "cannot start`n"; ExitCode = 1 } }
                if ($verb -eq 'status' -and (& $has crashing)) { return @{ ExitCode = 1 } }
                @{ ExitCode = 0 }
            }
        }

        function Invoke-Deployment {
            param([string] $Path, [string] $Version, [hashtable] $Option = @{})
            & $PSScriptRoot/Deploy-Release.ps1 -Session $session -Path $Path -Version $Version -Root "$($server.Start)/app" `
                -RestartCommand "sh $($server.Start)/service.sh restart" -StatusCommand "sh $($server.Start)/service.sh status" @Option
        }

        function Get-ServiceLog { AcodeSftp\Get-SftpContent "$($server.Start)/service.log" -Session $session }
        function Get-Current { (AcodeSftp\Get-SftpItem "$($server.Start)/app/current" -Session $session).LinkTarget }
        function Get-Release { (AcodeSftp\Get-SftpChildItem "$($server.Start)/app/releases" -Session $session).Name }
    }

    BeforeEach {
        Skip-WithoutHost $server
        if ($session) {
            AcodeSftp\Get-SftpChildItem $server.Start -Session $session | Where-Object Name -NotLike '.*' |
                AcodeSftp\Remove-SftpItem -Recurse -Force
            Install-Service
        }
    }

    AfterAll {
        Stop-TestHost $server
    }

    It 'puts the first release in place' {
        $path = New-Release 1.0
        $result = Invoke-Deployment $path 1.0
        $result.Version | Should -Be ([version]'1.0')
        $result.Previous | Should -BeNullOrEmpty
        $result.Files | Should -Be 3
        Get-Current | Should -Be 'releases/1.0'
        AcodeSftp\Get-SftpContent "$($server.Start)/app/current/VERSION" -Session $session | Should -Be '1.0'
        AcodeSftp\Compare-SftpDirectory $path "$($server.Start)/app/current/." -Direction Upload -Compare Checksum -Delete -Session $session |
            Should -BeNullOrEmpty
    }

    It 'restarts the service when the link has been switched, and asks whether it runs' {
        $null = Invoke-Deployment (New-Release 1.0) 1.0
        (Invoke-Deployment (New-Release 1.1) 1.1).Previous | Should -Be 'releases/1.0'
        Get-ServiceLog | Should -Be 'restart releases/1.0', 'status releases/1.0', 'restart releases/1.1', 'status releases/1.1'
    }

    It 'goes back to the old release where the new one <what>' -ForEach @(
        @{ what = 'does not start'; file = 'broken'; log = 'restart releases/1.1', 'restart releases/1.0', 'status releases/1.0' }
        @{ what = 'does not keep running'; file = 'crashing'; log = 'restart releases/1.1', 'status releases/1.1', 'restart releases/1.0', 'status releases/1.0' }
    ) {
        $null = Invoke-Deployment (New-Release 1.0) 1.0
        { Invoke-Deployment (New-Release 1.1 @{ $file = 'yes' }) 1.1 } |
            Should -Throw '*1.1 does not run*releases/1.0 runs again.' -ErrorId 'ReleaseRolledBack*'
        Get-Current | Should -Be 'releases/1.0'
        Get-Release | Should -Be '1.0'
        Get-ServiceLog | Select-Object -Skip 2 | Should -Be $log
    }

    It 'says what the service said' {
        $null = Invoke-Deployment (New-Release 1.0) 1.0
        { Invoke-Deployment (New-Release 1.1 @{ broken = 'yes' }) 1.1 } | Should -Throw '*exit code 1: cannot start*'
    }

    It 'leaves nothing of a first release that does not run' {
        { Invoke-Deployment (New-Release 1.0 @{ broken = 'yes' }) 1.0 } | Should -Throw '*nothing runs, as before.' -ErrorId 'ReleaseRolledBack*'
        AcodeSftp\Test-SftpPath "$($server.Start)/app/current" -Session $session | Should -BeFalse
        Get-Release | Should -BeNullOrEmpty
    }

    It 'says so where the old release does not run either' {
        $null = Invoke-Deployment (New-Release 1.0) 1.0
        AcodeSftp\New-SftpItem "$($server.Start)/app/releases/1.0/broken" -Session $session | Out-Null
        { Invoke-Deployment (New-Release 1.1 @{ broken = 'yes' }) 1.1 } | Should -Throw '*taking it back failed, too*' -ErrorId 'RollbackFailed*'
        Get-Current | Should -Be 'releases/1.0'
    }

    It 'switches nothing where a file is <what>' -ForEach @(
        @{ what = 'not what was built'; change = { param($path) 'something else' | Set-Content "$path/lib/app.dll" } }
        @{ what = 'missing'; change = { param($path) Remove-Item "$path/lib/app.dll" } }
        @{ what = 'too much'; change = { param($path) 'stray' | Set-Content "$path/stray" } }
    ) {
        $null = Invoke-Deployment (New-Release 1.0) 1.0
        $path = New-Release 1.1
        & $change $path
        { Invoke-Deployment $path 1.1 } | Should -Throw -ErrorId 'ReleaseRefused*'
        Get-Current | Should -Be 'releases/1.0'
        Get-Release | Should -Be '1.0'
        (Get-ServiceLog).Count | Should -Be 2 -Because 'the service was not touched again'
    }

    It 'refuses a version that is there' {
        $null = Invoke-Deployment (New-Release 1.0) 1.0
        { Invoke-Deployment (New-Release 1.0) 1.0 } | Should -Throw '*already*' -ErrorId 'ReleaseRefused*'
        Get-Release | Should -Be '1.0' -Because 'what was there before is not the failed release'
        Get-Current | Should -Be 'releases/1.0'
    }

    It 'keeps as many releases as it is told, the newest by version' {
        foreach ($version in '1.9', '1.10', '1.11') { $null = Invoke-Deployment (New-Release $version) $version @{ Keep = 2 } }
        Get-Release | Sort-Object { [version]$_ } | Should -Be '1.10', '1.11'
        Get-Current | Should -Be 'releases/1.11'
    }

    It 'keeps the release that it deployed, though it is not the newest' {
        $null = Invoke-Deployment (New-Release 2.0) 2.0
        $null = Invoke-Deployment (New-Release 1.9) 1.9 @{ Keep = 1 }
        Get-Release | Should -Be '1.9'
        Get-Current | Should -Be 'releases/1.9'
    }

    It 'does nothing with -WhatIf' {
        Invoke-Deployment (New-Release 1.0) 1.0 @{ WhatIf = $true } | Should -BeNullOrEmpty
        AcodeSftp\Test-SftpPath "$($server.Start)/app" -Session $session | Should -BeFalse
    }
}
