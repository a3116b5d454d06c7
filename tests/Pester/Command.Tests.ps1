BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Commands over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server -Name web
        if (-not $server.IsReal) {
            Register-SshCommandReply 'echo out; echo err >&2; exit 3' -StandardOutput "out`n" -StandardError "err`n" -ExitCode 3
            Register-SshCommandReply 'sleep *' -ScriptBlock { Start-Sleep -Milliseconds 1500 }
        }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterAll { Stop-TestHost $server }

    It 'returns output, error output and exit code apart' {
        $result = Invoke-SshCommand 'echo out; echo err >&2; exit 3'
        $result.StandardOutput | Should -Be "out`n"
        $result.StandardError | Should -Be "err`n"
        $result.ExitCode | Should -Be 3
        $result.Success | Should -BeFalse
        $result.Signal | Should -BeNullOrEmpty
        $result.Command | Should -Be 'echo out; echo err >&2; exit 3'
        $result.SessionId | Should -Be $session.Id
        $result.Duration | Should -BeGreaterThan ([timespan]::Zero)
    }

    It 'runs on every session of the pipeline' {
        $second = Open-TestSession $server -Name second
        $results = Get-SftpSession | Invoke-SshCommand 'echo hi'
        $results.SessionId | Sort-Object | Should -Be $session.Id, $second.Id
        $results.StandardOutput | Should -Be "hi`n", "hi`n"
        (Invoke-SshCommand 'echo hi' -Session web, second).Count | Should -Be 2
        Remove-SftpSession second
    }

    It 'ends a command that takes too long' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $e = { Invoke-SshCommand 'sleep 30' -TimeoutSec 1 -ErrorAction Stop } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpTimeout,*'
        $e.CategoryInfo.Category | Should -Be 'OperationTimeout'
        $watch.ElapsedMilliseconds | Should -BeLessThan 5000
        (Invoke-SshCommand 'echo still here').StandardOutput | Should -Be "still here`n"
    }

    It 'takes arguments as words, whatever is in them' -Tag 'SSH-24' {
        (Invoke-SshCommand echo -ArgumentList 'a  b', "it's", '$HOME', '*').StandardOutput | Should -Be "a  b it's `$HOME *`n"
        Invoke-SshCommand echo 'a  b' -WhatIf
    }

    It 'writes lines as they arrive with -Stream' -Tag 'SSH-25' {
        $lines = Invoke-SshCommand 'echo out; echo err >&2; exit 3' -Stream -WarningVariable warning -WarningAction SilentlyContinue
        $lines | ForEach-Object { $_.GetType().Name } | Select-Object -Unique | Should -Be 'SshOutputLine'
        ($lines | Where-Object Stream -EQ StandardOutput).Text | Should -Be 'out'
        ($lines | Where-Object Stream -EQ StandardError).Text | Should -Be 'err'
        $lines.HostName | Select-Object -Unique | Should -Be $session.HostName
        "$($lines | Where-Object Stream -EQ StandardOutput)" | Should -Be 'out'
        "$warning" | Should -BeLike '*exit code 3*err*'
        $lines | Out-String | Should -Match "$([regex]::Escape($session.HostName)): out"
    }

    It 'makes an error of a bad exit code with -ErrorOnNonZero, and writes the result all the same' -Tag 'SSH-36' {
        $result = Invoke-SshCommand 'echo out; echo err >&2; exit 3' -ErrorOnNonZero -ErrorVariable e -ErrorAction SilentlyContinue
        $result.ExitCode | Should -Be 3
        $e[0].FullyQualifiedErrorId | Should -BeLike 'SshCommandFailed,*'
        $e[0].CategoryInfo.Category | Should -Be 'InvalidResult'
        $e[0].Exception.Message | Should -BeLike "$($session.HostName)*exit code 3*err*"
        $e[0].TargetObject.StandardOutput | Should -Be "out`n"
        { Invoke-SshCommand 'echo out; echo err >&2; exit 3' -Stream -ErrorOnNonZero -ErrorAction Stop } | Should -Throw -ErrorId 'SshCommandFailed*'
        { Invoke-SshCommand 'echo out; echo err >&2; exit 3' -AsByteStream -ErrorOnNonZero -ErrorAction Stop } | Should -Throw -ErrorId 'SshCommandFailed*'
        { Invoke-SshCommand 'echo fine' -ErrorOnNonZero -ErrorAction Stop } | Should -Not -Throw
    }

    It 'writes bytes as Get-Content does with -AsByteStream' {
        $bytes = Invoke-SshCommand 'echo abc' -AsByteStream
        $bytes | Should -BeOfType byte
        $bytes | Should -Be 97, 98, 99, 10
        $whole = Invoke-SshCommand 'echo abc' -AsByteStream -ReadCount 0
        , $whole | Should -BeOfType 'byte[]'
        $whole.Count | Should -Be 4
        $pairs = @(Invoke-SshCommand 'echo ab' -AsByteStream -ReadCount 2)
        $pairs.Count | Should -Be 2
        $pairs[0], $pairs[1] | ForEach-Object Count | Should -Be 2, 1
    }

    It 'writes results in the order of -Session, each with its host, at most so many at a time' {
        $second = Open-TestSession $server -Name second
        $results = Invoke-SshCommand 'echo hi' -Session second, web -ThrottleLimit 1
        $results.SessionId | Should -Be $second.Id, $session.Id
        $results.HostName | Should -Be $second.HostName, $session.HostName
        Remove-SftpSession second
    }

    It 'fails for one session without failing for the others' {
        $gone = Open-TestSession $server -Name gone
        Remove-SftpSession $gone
        $results = Invoke-SshCommand 'echo hi' -Session $gone, $session -ErrorVariable e -ErrorAction SilentlyContinue
        $results.SessionId | Should -Be $session.Id
        $e.Count | Should -Be 1
        $e[0].FullyQualifiedErrorId | Should -BeLike 'SftpConnectionLost,*'
        $e[0].TargetObject | Should -Be $gone
    }

    It 'refuses <why>' -ForEach @(
        @{ why = 'a name that no variable can have'; options = @{ Environment = @{ 'a b' = '1' } } }
        @{ why = 'a NUL in an argument'; options = @{ ArgumentList = "a`0b" } }
    ) {
        { Invoke-SshCommand 'echo hi' @options } | Should -Throw -ErrorId 'SftpInvalidArgument*'
    }

    It 'runs nothing where the pipeline brings no session' {
        Get-SftpSession -Name nothing* | Invoke-SshCommand 'echo hi' | Should -BeNullOrEmpty
    }

    It 'refuses the bytes of several sessions at once' {
        $null = Open-TestSession $server -Name second
        try { { Invoke-SshCommand 'echo hi' -AsByteStream -Session web, second } | Should -Throw -ErrorId 'SshByteStreamAmbiguous*' }
        finally { Remove-SftpSession second }
    }

    It 'runs nothing with -WhatIf' {
        Invoke-SshCommand 'exit 1' -WhatIf | Should -BeNullOrEmpty
    }

    It 'shows output without what the terminal would obey' {
        $result = Invoke-SshCommand 'echo hi'
        $result | Out-String | Should -Match 'StandardOutput : hi'
        $result | Out-String | Should -Match 'ExitCode +: 0'
    }
}

Describe 'Commands of a real server' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost sshd
        $session = Open-TestSession $server
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterAll { Stop-TestHost $server }

    It 'tells the signal that ended a command' {
        $result = Invoke-SshCommand 'kill -KILL $$'
        $result.Signal | Should -Be 'KILL'
        $result.ExitCode | Should -BeNullOrEmpty
        $result.Success | Should -BeFalse
    }

    It 'returns a megabyte of output whole, with an end of input for what reads' {
        (Invoke-SshCommand 'head -c 1000000 /dev/zero | tr "\0" x; cat').StandardOutput.Length | Should -Be 1000000
    }

    It 'gives text and bytes of the pipeline to the command' {
        ('one', 'two' | Invoke-SshCommand cat).StandardOutput | Should -Be "one`ntwo`n"
        (Invoke-SshCommand cat -InputObject 'ä').StandardOutput | Should -Be "ä`n"
        $bytes = [byte[]](0..255) * 1000
        $back = Invoke-SshCommand cat -InputObject $bytes -AsByteStream -ReadCount 0
        [Linq.Enumerable]::SequenceEqual([byte[]]$back, [byte[]]$bytes) | Should -BeTrue
        ([byte[]](0, 255, 10) | Invoke-SshCommand 'od -An -tx1').StandardOutput.Trim() | Should -Be '00 ff 0a'
    }

    It 'gives each session all of the input' {
        $second = Open-TestSession $server -Name second
        ('x' | Invoke-SshCommand cat -Session $session, $second).StandardOutput | Should -Be "x`n", "x`n"
        Remove-SftpSession second
    }

    It 'sets the environment and the directory' {
        $result = Invoke-SshCommand 'echo "$A|$PWD"' -Environment @{ A = "it's `$HOME" } -WorkingDirectory /tmp
        $result.StandardOutput | Should -Be "it's `$HOME|/tmp`n"
        { Invoke-SshCommand 'echo no' -WorkingDirectory /nowhere/x -ErrorAction Stop } | Should -Throw '*/nowhere/x*' -ErrorId 'SftpNotFound*'
    }

    It 'runs a login shell' {
        (Invoke-SshCommand 'shopt -q login_shell 2>/dev/null && echo login; echo "$0"' -LoginShell).Success | Should -BeTrue
    }

    It 'says that an environment module cannot be loaded' -Tag 'SSH-27' {
        $e = { Invoke-SshCommand 'echo no' -Module slurm/alpine -ErrorAction Stop } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -Match '^Sftp(Unsupported|NotFound),'
    }

    It 'writes lines while the command runs' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $first = Invoke-SshCommand 'echo first; sleep 20' -Stream | Select-Object -First 1
        $first.Text | Should -Be 'first'
        $watch.ElapsedMilliseconds | Should -BeLessThan 8000
    }

    It 'leaves no process behind when it is stopped' -Tag 'SSH-26' {
        $mark = Get-Random -Minimum 100000 -Maximum 999999
        $running = Start-Stoppable -Argument $session, $mark -Script {
            param($session, $mark)
            Invoke-SshCommand "sleep 600.$mark" -Session $session -Stream
        }
        $deadline = [DateTime]::UtcNow.AddSeconds(10)
        while (-not (pgrep -f "^sleep 600.$mark") -and [DateTime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 50 }
        pgrep -f "^sleep 600.$mark" | Should -Not -BeNullOrEmpty
        Stop-Stoppable $running | Should -BeLessThan 4000
        $deadline = [DateTime]::UtcNow.AddSeconds(10)
        while ((pgrep -f "^sleep 600.$mark") -and [DateTime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 50 }
        pgrep -f "^sleep 600.$mark" | Should -BeNullOrEmpty
    }

    It 'passes # and quotes as they are' {
        (Invoke-SshCommand "echo 'a # b' ""c""").StandardOutput | Should -Be "a # b c`n"
    }
}

Describe 'Scripted replies' {
    BeforeAll { . $PSScriptRoot/Hosts.ps1 }
    BeforeEach { $session = New-SftpSession "box$(Get-Random)" -Transport Memory }
    AfterEach { Get-SftpSession | Remove-SftpSession }

    It 'answer patterns, the later first' {
        Register-SshCommandReply 'systemctl *' -StandardOutput 'any'
        Register-SshCommandReply 'systemctl is-active app' -StandardOutput 'active' -ExitCode 0
        (Invoke-SshCommand 'systemctl is-active app').StandardOutput | Should -Be 'active'
        (Invoke-SshCommand 'systemctl restart app').StandardOutput | Should -Be 'any'
    }

    It 'fail where nothing is scripted' {
        $result = Invoke-SshCommand 'reboot'
        $result.ExitCode | Should -Be 127
        $result.StandardError | Should -Match 'no reply is scripted'
    }

    It 'may be script blocks that see the command and their own variables' {
        $seen = [Collections.Generic.List[string]]::new()
        Register-SshCommandReply 'deploy *' -ScriptBlock { $seen.Add($_); "done: $($args[0])" }
        (Invoke-SshCommand 'deploy v1').StandardOutput | Should -Be "done: deploy v1`n"
        $seen | Should -Be 'deploy v1'
    }

    It 'may be script blocks that make the whole reply' {
        Register-SshCommandReply 'check' -ScriptBlock { @{ StandardOutput = 'o'; StandardError = 'e'; ExitCode = 4 } }
        $result = Invoke-SshCommand 'check'
        $result.StandardOutput, $result.StandardError, $result.ExitCode | Should -Be 'o', 'e', 4
    }

    It 'are an error of the command where the script block fails' {
        Register-SshCommandReply 'boom' -ScriptBlock { throw 'it broke' }
        $result = Invoke-SshCommand 'boom'
        $result.ExitCode | Should -Be 1
        $result.StandardError | Should -Be "it broke`n"
    }

    It 'run for several sessions at once without waiting for each other forever' {
        $null = New-SftpSession $session.HostName -Transport Memory
        Register-SshCommandReply 'slow' -Session $session -ScriptBlock { Start-Sleep -Milliseconds 100; 'ok' }
        (Get-SftpSession | Invoke-SshCommand 'slow').StandardOutput | Should -Be "ok`n", "ok`n"
    }

    It 'run apart where another runspace runs the command' {
        Register-SshCommandReply 'apart' -ScriptBlock { "apart: $_ $($args[0])" }
        Start-ThreadJob { Import-Module $using:moduleManifest; (Invoke-SshCommand apart -Session $using:session).StandardOutput } |
            Receive-Job -Wait | Should -Be "apart: apart apart`n"
    }

    It 'are refused for a real server' {
        $obstacle = Get-SshdObstacle
        if ($obstacle) { Set-ItResult -Skipped -Because $obstacle }
        $server = Start-TestHost sshd
        try {
            $real = Open-TestSession $server
            $e = { Register-SshCommandReply 'x' -Session $real -ErrorAction Stop } | Should -Throw -PassThru
            $e.FullyQualifiedErrorId | Should -BeLike 'SftpSessionNotEmbedded,*'
            $e.ErrorDetails.RecommendedAction | Should -BeLike '*-Transport Memory*'
        }
        finally { Stop-TestHost $server }
    }
}
