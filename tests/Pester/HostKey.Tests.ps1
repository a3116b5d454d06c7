Describe 'Known hosts' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $ed = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
        $other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
        $rsa = 'ssh-rsa ' + [Convert]::ToBase64String([byte[]](0, 0, 0, 7) + [Text.Encoding]::ASCII.GetBytes('ssh-rsa') +
            [byte[]](0, 0, 0, 3, 1, 0, 1) + [byte[]](0, 0, 1, 1, 0) + [byte[]](@(255) * 256))
    }
    BeforeEach {
        $file = Join-Path $TestDrive "known$(Get-Random)"
        "web1,10.0.0.1 $ed", "[db1]:2222 $ed a comment", "web2 $rsa", "@revoked * $other" | Set-Content $file
    }

    It 'are listed with host, port, type and fingerprint' {
        $all = Get-SshKnownHost -KnownHostsPath $file
        $all.HostName | Should -Be 'web1', 'db1', 'web2', '*'
        $all.Port | Should -Be 22, 2222, 22, 22
        $all[0].KeyType | Should -Be 'ssh-ed25519'
        $all[0].Fingerprint | Should -Match '^SHA256:.{43}$'
        $all[1].Comment | Should -Be 'a comment'
        $all[3].Marker | Should -Be 'Revoked'
        $all | Out-String | Should -Match 'HostName\s+Port\s+KeyType\s+Fingerprint'
    }

    It 'are found by name, wildcard and port' {
        (Get-SshKnownHost web1 -KnownHostsPath $file).LineNumber | Should -Contain 1
        (Get-SshKnownHost 10.0.0.1 -KnownHostsPath $file).HostName | Should -Contain '10.0.0.1'
        (Get-SshKnownHost web? -KnownHostsPath $file).HostName | Should -Be 'web1', 'web2'
        (Get-SshKnownHost db1 -Port 2222 -KnownHostsPath $file).LineNumber | Should -Contain 2
        (Get-SshKnownHost db1 -KnownHostsPath $file).LineNumber | Should -Contain 2
        Get-SshKnownHost nowhere? -KnownHostsPath $file | Should -BeNullOrEmpty
        Get-SshKnownHost -KnownHostsPath "$file.not" | Should -BeNullOrEmpty
    }

    It 'are added, hidden where that is asked, and never twice' {
        $added = Add-SshKnownHost new -Port 2200 -Key $ed -Hashed -KnownHostsPath $file -PassThru
        $added.IsHashed | Should -BeTrue
        $added.HostName, $added.Port | Should -Be 'new', 2200
        Get-Content $file -Tail 1 | Should -BeLike '|1|*'
        Add-SshKnownHost new -Port 2200 -Key $ed -KnownHostsPath $file -PassThru | Should -BeNullOrEmpty
        (Get-SshKnownHost new -Port 2200 -KnownHostsPath $file).IsHashed | Should -Contain $true
        (Get-Content $file).Count | Should -Be 5
    }

    It 'are added to a file that is not there yet' {
        Add-SshKnownHost new -Key $ed -KnownHostsPath "$file.new"
        Get-Content "$file.new" | Should -Be "new $ed"
    }

    It 'warn where a host has another key already' {
        Add-SshKnownHost web1 -Key $other -KnownHostsPath $file -WarningVariable warning -WarningAction SilentlyContinue
        "$warning" | Should -BeLike '*web1*another ssh-ed25519 key*'
    }

    It 'refuse what is no key, without repeating it' {
        $e = { Add-SshKnownHost web1 -Key 'geheim 4711' -KnownHostsPath $file -ErrorAction Stop } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpInvalidArgument,*'
        $e.Exception.Message | Should -Not -Match 'geheim'
    }

    It 'are removed by name, port and type, and marked ones stay' {
        Remove-SshKnownHost web1 -KeyType ssh-rsa -KnownHostsPath $file -ErrorVariable e -ErrorAction SilentlyContinue
        $e[0].FullyQualifiedErrorId | Should -BeLike 'SshKnownHostNotFound,*'
        Remove-SshKnownHost web1, web2 -KnownHostsPath $file
        Remove-SshKnownHost db1 -Port 2222 -KnownHostsPath $file
        Get-Content $file | Should -Be "@revoked * $other"
    }

    It 'are removed through the pipeline from where they were read' {
        Get-SshKnownHost web* -KnownHostsPath $file | Remove-SshKnownHost
        (Get-SshKnownHost -KnownHostsPath $file).HostName | Should -Be 'db1', '*'
        Get-SshKnownHost -KnownHostsPath $file | Remove-SshKnownHost -WarningVariable warning -WarningAction SilentlyContinue
        Get-Content $file | Should -Be "@revoked * $other"
        "$warning" | Should -BeLike '*revoked*'
    }

    It 'are not touched with -WhatIf' {
        $before = Get-Content $file -Raw
        Add-SshKnownHost new -Key $ed -KnownHostsPath $file -WhatIf
        Remove-SshKnownHost web1 -KnownHostsPath $file -WhatIf
        Get-SshKnownHost -KnownHostsPath $file | Remove-SshKnownHost -WhatIf -WarningAction SilentlyContinue
        Get-Content $file -Raw | Should -Be $before
    }

    It 'piped into Remove-Item name no file' {
        { Get-SshKnownHost web1 -KnownHostsPath $file | Remove-Item -ErrorAction Stop } | Should -Throw
        $file | Should -Exist
    }
}

Describe 'Host keys of a real server' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost sshd
        function Get-Option { param([hashtable] $Also) $o = $server.Options.Clone(); $o.Remove('KnownHostsPath'); $o + $Also }
        $expected = if (-not $server.Obstacle) { ((ssh-keygen -lf "$($server.Sshd.Directory)/host_key.pub") -split ' ')[1] }
    }
    BeforeEach {
        Skip-WithoutHost $server
        $file = Join-Path $TestDrive "known$(Get-Random)"
    }
    AfterEach { Get-SftpSession | Remove-SftpSession }
    AfterAll { Stop-TestHost $server }

    It 'are asked for, compared and added' -Tag 'SFTP-006' {
        $key = Get-SshHostKey 127.0.0.1 -Port $server.Sshd.Port
        $key.KeyType | Should -Be 'ssh-ed25519'
        $key.Fingerprint | Should -Be $expected
        $key.HostName, $key.Port | Should -Be '127.0.0.1', $server.Sshd.Port
        $key | Add-SshKnownHost -KnownHostsPath $file
        $options = Get-Option @{ KnownHostsPath = $file }
        (New-SftpSession @options).State | Should -Be 'Connected'
    }

    It 'of a host that does not answer are an error of that host alone' {
        $keys = "127.0.0.1:$($server.Sshd.Port)", '127.0.0.1:1' | Get-SshHostKey -ErrorVariable e -ErrorAction SilentlyContinue
        @($keys).Count | Should -Be 1
        $e[0].FullyQualifiedErrorId | Should -BeLike 'SftpUnavailable,*'
        $e[0].TargetObject | Should -Be '127.0.0.1:1'
    }

    It 'accepted without a look are warned of each time' {
        $options = Get-Option @{ KnownHostsPath = $file; HostKeyPolicy = 'AcceptAny' }
        1..2 | ForEach-Object {
            $null = New-SftpSession @options -WarningVariable warning -WarningAction SilentlyContinue
            "$warning" | Should -BeLike '*not checked*tests only*'
        }
    }
}
