# Ctrl+C: PowerShell calls StopProcessing, as the Stop method of a [powershell] object does.
BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

BeforeAll {
    # A second, in milliseconds, and what a machine that is busy with other tests adds. What is stopped would take far longer.
    $limit = 4000
}

Describe 'Ctrl+C over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server -Name web
        $big = Join-Path $TestDrive big.bin
        [IO.File]::WriteAllBytes($big, [byte[]]::new(100MB))
        if (-not $server.IsReal) { Register-SshCommandReply 'sleep *' -ScriptBlock { Start-Sleep -Seconds 20 } }

        # Runs, waits, stops, and says how long stopping took. The session has to be usable afterwards.
        function Measure-Stop {
            param([string] $Script, [object[]] $Argument, [int] $After = 600)
            $running = Start-Stoppable -Script $Script -Argument $Argument
            Start-Sleep -Milliseconds $After
            $running.Async.IsCompleted | Should -BeFalse -Because 'it should still be running when it is stopped'
            Stop-Stoppable $running
        }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterEach {
        if ($session) {
            $session.State | Should -Be 'Connected'
            (Get-SftpItem / -Session $session).FullPath | Should -Be '/'
            (Invoke-SshCommand 'echo usable' -Session $session).StandardOutput | Should -Be "usable`n"
        }
    }
    AfterAll { Stop-TestHost $server }

    It 'ends a command within a second' {
        Measure-Stop -Argument $session -Script {
            param($session)
            Invoke-SshCommand 'sleep 20' -Session $session
        } | Should -BeLessThan $limit
    }

    It 'ends sending within a second' {
        Measure-Stop -After 150 -Argument $session, $big -Script {
            param($session, $big)
            while ($true) { Send-SftpFile $big sent.bin -Session $session }
        } | Should -BeLessThan $limit
    }

    It 'ends receiving within a second' {
        $null = Send-SftpFile $big big.bin
        Measure-Stop -After 150 -Argument $session, $TestDrive -Script {
            param($session, $directory)
            while ($true) { Receive-SftpFile big.bin "$directory/back.bin" -Session $session }
        } | Should -BeLessThan $limit
    }

    It 'ends listing within a second' {
        Measure-Stop -Argument $session -Script {
            param($session)
            while ($true) { Get-SftpChildItem / -Recurse -Depth 3 -Session $session -ErrorAction SilentlyContinue }
        } | Should -BeLessThan $limit
    }
}

Describe 'Ctrl+C while connecting' {
    BeforeAll { . $PSScriptRoot/Hosts.ps1 }

    It 'ends within a second, and leaves no session' {
        if (-not (Get-Command ssh -CommandType Application -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'ssh is not on PATH' }
        # A server that accepts and then says nothing.
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            $running = Start-Stoppable -Argument $listener.LocalEndpoint.Port -Script {
                param($port)
                New-SftpSession 127.0.0.1 -Port $port -Transport OpenSsh -SshConfigPath none
            }
            Start-Sleep -Milliseconds 1500
            $running.Async.IsCompleted | Should -BeFalse
            Stop-Stoppable $running | Should -BeLessThan $limit
            Get-SftpSession | Should -BeNullOrEmpty
        }
        finally { $listener.Stop() }
    }
}
