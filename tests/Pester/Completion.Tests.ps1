BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

BeforeAll {
    function Get-Completion {
        param([string] $Line)
        (TabExpansion2 $Line $Line.Length).CompletionMatches
    }
}

Describe 'Completion of remote paths over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server -Name "c$(Get-Random)"
        $local = Join-Path $TestDrive tree
        $files = 'a b.txt', 'a[1].txt', "a'q.txt", 'a$d.txt', 'alone.txt', 'ab/inner.txt', 'other/deep/x', '.hidden', "ctrl`e[31m"
        foreach ($file in $files) {
            $null = New-Item -ItemType File -Force -Path $local/x -Value $file
            $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName("$local/$file"))
            [IO.File]::WriteAllText("$local/$file", $file)
        }
        if ($session) { $null = Send-SftpFile -LiteralPath $local -Destination tree -Recurse }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterAll { Stop-TestHost $server }

    It 'offers what is there, directories first, quoted as needed' {
        $found = Get-Completion 'Get-SftpItem tree/a'
        $found[0].CompletionText | Should -Be 'tree/ab'
        $expected = 'tree/ab', "'tree/a b.txt'", "'tree/a`$d.txt'", "'tree/a``[1``].txt'", "'tree/a''q.txt'", 'tree/alone.txt'
        $found.CompletionText | Sort-Object | Should -Be ($expected | Sort-Object)
        $found[0].ResultType | Should -Be 'ProviderContainer'
        $found[5].ResultType | Should -Be 'ProviderItem'
        $found[5].ToolTip | Should -Be "sftp://$($session.Authority)$($server.Start)/tree/alone.txt"
    }

    It 'offers words that are what they stand for' {
        foreach ($match in Get-Completion 'Get-SftpItem tree/') {
            (Invoke-Expression "Get-SftpItem $($match.CompletionText)").FullPath | Should -Be "$($server.Start)/tree/$(
                if ($match.ListItemText -like 'ctrl*') { "ctrl`e[31m" } else { $match.ListItemText })"
        }
        foreach ($match in Get-Completion 'Get-SftpItem -LiteralPath tree/a') {
            (Invoke-Expression "Get-SftpItem -LiteralPath $($match.CompletionText)").Name | Should -Be $match.ListItemText
        }
    }

    It 'goes on from <line>' -ForEach @(
        @{ line = "Get-SftpItem 'tree/alo"; text = "'tree/alone.txt'" }
        @{ line = 'Get-SftpItem "tree/alo'; text = '"tree/alone.txt"' }
        @{ line = 'Get-SftpItem tree/ab/'; text = 'tree/ab/inner.txt' }
        @{ line = 'Get-SftpItem ./tree/ALO'; text = './tree/alone.txt' }
        @{ line = 'Get-SftpItem ~/tree/alo'; text = '~/tree/alone.txt' }
        @{ line = 'Get-SftpItem tree/*lone'; text = 'tree/alone.txt' }
        @{ line = 'Get-SftpItem tree/.h'; text = 'tree/.hidden' }
        @{ line = 'Get-SftpChildItem tree/oth'; text = 'tree/other' }
        @{ line = 'Receive-SftpFile tree/alo'; text = 'tree/alone.txt' }
        @{ line = 'Send-SftpFile x -Destination tree/oth'; text = 'tree/other' }
        @{ line = 'Copy-SftpItem tree/alone.txt tree/oth'; text = 'tree/other' }
        @{ line = 'Set-SftpContent tree/alo'; text = 'tree/alone.txt' }
        @{ line = 'New-SftpItem tree/ab/'; text = 'tree/ab/inner.txt' }
        @{ line = 'Sync-SftpDirectory -Direction Upload . tree/oth'; text = 'tree/other' }
        @{ line = 'Compare-SftpDirectory -Direction Download tree/oth'; text = 'tree/other' }
    ) {
        @((Get-Completion $line).CompletionText)[0] | Should -Be $text
    }

    It 'leaves local paths to PowerShell' {
        Push-Location $TestDrive
        try {
            (Get-Completion 'Sync-SftpDirectory -Direction Upload tre').CompletionText | Should -Be './tree'
            (Get-Completion 'Send-SftpFile tre').CompletionText | Should -Be './tree'
        }
        finally { Pop-Location }
    }

    It 'names the session, the object or the id that the command names' {
        $other = New-SftpSession other -Transport Memory
        try {
            foreach ($named in $session.Name, $session.Id) {
                (Get-Completion "Get-SftpItem -Session $named tree/alo").CompletionText | Should -Be 'tree/alone.txt'
            }
            (Get-Completion 'Get-SftpItem -Session $session tree/alo').CompletionText | Should -Be 'tree/alone.txt'
        }
        finally { Remove-SftpSession $other }
    }

    It 'shows no control characters' {
        $match = Get-Completion 'Get-SftpItem tree/ctrl'
        $match.CompletionText | Should -Be '"tree/ctrl`u{1b}`[31m"'.Replace('`[', '``[')
        $match.ListItemText | Should -Be 'ctrl\x1b[31m'
        "$($match.CompletionText)$($match.ToolTip)" | Should -Not -Match "`e"
    }

    It 'remembers for a moment only' {
        $null = Get-Completion 'Get-SftpItem tree/other/'
        $null = Send-SftpFile "$local/alone.txt" tree/other/new.txt
        Start-Sleep -Milliseconds 3200
        (Get-Completion 'Get-SftpItem tree/other/n').CompletionText | Should -Be 'tree/other/new.txt'
    }

    It 'completes on a drive' {
        $null = New-PSDrive -Name web -PSProvider Sftp -Root tree -Session $session
        try {
            (Get-Completion 'Get-Content web:/alo').CompletionText | Should -Be 'web:/alone.txt'
            (Get-Completion 'Set-Location web:/ab').CompletionText | Should -Be 'web:/ab'
            (Get-Completion 'Get-Item web:/a').CompletionText | Should -Contain "'web:/a``[1``].txt'"
            Set-Location web:/
            (Get-Completion 'Get-Content ./ab/').CompletionText | Should -Be './ab/inner.txt'
        }
        finally {
            Set-Location $PSScriptRoot
            Remove-PSDrive web
        }
    }
}

Describe 'Completion that has to wait' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $limit = 3000 # Half a second, and room for a busy machine; the session would wait a minute.
        function Measure-Completion {
            param([string] $Line)
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $found = Get-Completion $Line
            [pscustomobject]@{ Text = $found.CompletionText; Elapsed = $watch.ElapsedMilliseconds }
        }
        function Get-Child {
            param($Id)
            foreach ($child in pgrep -P $Id) { $child; Get-Child $child }
        }
        $null = Get-Completion 'Get-SftpItem /'
    }
    AfterEach { Get-SftpSession | Remove-SftpSession }

    It 'opens no connection' {
        $session = New-SftpSession box -Transport Memory -Lazy
        $state = $session.State
        (Measure-Completion 'Get-SftpItem /').Text | Should -Not -Contain '/home'
        $session.State | Should -Be $state
        $null = Get-SftpItem / -Session $session
        (Measure-Completion 'Get-SftpItem /ho').Text | Should -Be '/home'
        $session.CloseAsync().Wait()
        (Measure-Completion 'Get-SftpItem /home/').Text | Should -Not -Contain '/home/user'
        $session.State | Should -Be 'Closed'
    }

    It 'offers nothing of a server that does not answer in time, and does so in time' {
        $obstacle = Get-SshdObstacle
        if ($obstacle) { Set-ItResult -Skipped -Because $obstacle }
        $server = Start-TestHost sshd
        try {
            $session = Open-TestSession $server
            # What sshd started for this session; it goes on being connected, and says nothing.
            $mine = @(Get-Child $server.Sshd.Process.Id)
            $mine | Should -Not -BeNullOrEmpty
            $mine | ForEach-Object { kill -STOP $_ }
            try {
                $result = Measure-Completion 'Get-SftpItem /'
                $result.Elapsed | Should -BeLessThan $limit
                $result.Text | Should -Not -Contain '/tmp'
            }
            finally { $mine | ForEach-Object { kill -CONT $_ } }
            Start-Sleep -Milliseconds 500
            (Measure-Completion 'Get-SftpItem /').Text | Should -Contain '/tmp'
        }
        finally { Stop-TestHost $server }
    }
}

Describe 'Completion of names' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $first = New-SftpSession alpha -Transport Memory -Name "it's alpha"
        $second = New-SftpSession beta -Transport Memory -Name beta
        @'
# comment
Host web db-* !secret "quoted name"
  HostName web.example
host=Equal
Match host other
Include conf.d/*.conf none.conf
'@ | Set-Content $TestDrive/config
        $null = New-Item -ItemType Directory $TestDrive/conf.d
        'Host deep' | Set-Content $TestDrive/conf.d/a.conf
        "Include $TestDrive/config`nInclude $TestDrive/conf.d/[a.conf $TestDrive/conf.d/?.conf" | Set-Content $TestDrive/loop
        'Host hidden' | Set-Content $TestDrive/conf.d/.b.conf
        $key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN6k0E2wUGwMVKFzkEbRzYcYQHkVXIVVxNyFVYrF0PTv'
        @(
            "known.example,10.1.2.3 $key"
            "[ported.example]:2222 $key"
            "[fe80::1]:2200 $key"
            "*.pattern $key"
            "@cert-authority authority.example $key"
            "@revoked revoked.example $key"
        ) | Set-Content $TestDrive/known
        ssh-keygen -H -f $TestDrive/hashed *> $null
    }
    AfterAll { Get-SftpSession | Remove-SftpSession }

    It 'offers sessions by name and id' {
        $id = $first.Id
        (Get-Completion 'Get-SftpItem -Session ').CompletionText | Should -Be "'it''s alpha'", "'beta'", "$id", "$($second.Id)"
        (Get-Completion 'Get-SftpItem -Session be').CompletionText | Should -Be "'beta'"
        (Get-Completion "Get-SftpItem -Session $id").CompletionText | Should -Be "$id"
        (Get-Completion 'Get-SftpSession -Id ').CompletionText | Should -Be "$id", "$($second.Id)"
        (Get-Completion 'Get-SftpSession -Name ').CompletionText | Should -Be "'it''s alpha'", "'beta'"
        (Get-Completion 'New-PSDrive -Name d -PSProvider Sftp -Root / -Session be').CompletionText | Should -Be "'beta'"
        (Get-Completion 'Remove-SftpSession be').CompletionText | Should -Be "'beta'"
        (Get-Completion 'Get-SftpItem -Session be')[0].ToolTip | Should -Match 'beta:22 \(Connected\)'
    }

    It 'offers the hosts of ssh_config, with what it includes, and no patterns' {
        $line = "New-SftpSession -SshConfigPath $TestDrive/{0} -KnownHostsPath $TestDrive/none -HostName "
        (Get-Completion ($line -f 'config')).CompletionText | Should -Be 'Equal', "'quoted name'", 'web'
        (Get-Completion ($line -f 'loop')).CompletionText | Should -Be 'deep', 'Equal', "'quoted name'", 'web'
        (Get-Completion ($line -f 'config' + 'root@w')).CompletionText | Should -Be "'root@web'"
    }

    It 'offers the hosts of known_hosts that can be read' {
        $line = "New-SftpSession -SshConfigPath none -KnownHostsPath $TestDrive/known -HostName "
        (Get-Completion $line).CompletionText | Should -Be "'10.1.2.3'", 'known.example', 'ported.example:2222', "'[fe80::1]:2200'"
        (Get-Completion "Get-SshKnownHost -KnownHostsPath $TestDrive/known -HostName p").CompletionText | Should -Be 'ported.example'
        (Get-Completion "Remove-SshKnownHost -KnownHostsPath $TestDrive/known -HostName k").CompletionText | Should -Be 'known.example'
    }

    It 'offers the environment modules of the session, in time' {
        Register-SshCommandReply '*module -t avail*' "/opt/modules:`ngcc/12.1(default)`ngcc/13.2`nslurm/alpine`n" -Session $first
        (Get-Completion "Invoke-SshCommand hostname -Session $($first.Id) -Module g").CompletionText | Should -Be 'gcc/12.1', 'gcc/13.2'
        (Get-Completion "Invoke-SshCommand hostname -Session $($first.Id) -Module gcc/12.1, sl").CompletionText | Should -Be 'slurm/alpine'
    }
}
