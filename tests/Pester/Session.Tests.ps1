BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Sessions over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterEach { Get-SftpSession | Remove-SftpSession }
    AfterAll { Stop-TestHost $server }

    It 'opens a session that tells what it is' -Tag 'SFTP-003', 'SSH-20' {
        $session = Open-TestSession $server -Name web
        $session.Name | Should -Be 'web'
        $session.State | Should -Be 'Connected'
        $session.HostName | Should -Be $server.Options.HostName
        $session.UserName | Should -Be $server.Options.UserName
        $session.Transport | Should -Be $server.Options.Transport
        $session.TransportReason | Should -Match 'asked for'
        $session.ServerVersion | Should -Not -BeNullOrEmpty
        $session.Extensions.Keys | Should -Contain 'posix-rename@openssh.com'
        $session.ConnectedAt | Should -BeGreaterThan ([DateTimeOffset]::UtcNow.AddMinutes(-1))
    }

    It 'finds sessions by id, name and wildcard' {
        $one = Open-TestSession $server -Name web1
        $two = Open-TestSession $server -Name web2
        (Get-SftpSession).Count | Should -Be 2
        (Get-SftpSession $two.Id).Name | Should -Be 'web2'
        (Get-SftpSession -Id $one.Id, $two.Id).Count | Should -Be 2
        (Get-SftpSession -Name WEB1).Id | Should -Be $one.Id
        (Get-SftpSession -Name web*).Count | Should -Be 2
        (Get-SftpSession web1).Id | Should -Be $one.Id
        (Get-SftpSession "$($two.Id)").Id | Should -Be $two.Id
        Get-SftpSession -Name db* | Should -BeNullOrEmpty
    }

    It 'never gives an id twice' {
        $first = Open-TestSession $server
        Remove-SftpSession $first
        (Open-TestSession $server).Id | Should -BeGreaterThan $first.Id
    }

    It 'refuses a name that is taken' {
        $null = Open-TestSession $server -Name web
        { Open-TestSession $server -Name Web } | Should -Throw -ErrorId 'SftpAlreadyExists*'
        @(Get-SftpSession).Count | Should -Be 1
    }

    It 'removes sessions from the pipeline, by id, by name and by wildcard' {
        $null = Open-TestSession $server -Name web1
        $null = Open-TestSession $server -Name web2
        $three = Open-TestSession $server -Name db
        Remove-SftpSession web*
        (Get-SftpSession).Name | Should -Be 'db'
        Remove-SftpSession $three.Id
        Get-SftpSession | Should -BeNullOrEmpty
        $three.State | Should -Be 'Closed'
        { Remove-SftpSession $three } | Should -Not -Throw
    }

    It 'does not remove anything with -WhatIf' {
        $session = Open-TestSession $server
        $session | Remove-SftpSession -WhatIf
        $session.State | Should -Be 'Connected'
        @(Get-SftpSession).Count | Should -Be 1
    }

    It 'takes the only session where none is named, and sessions by object, id and name' {
        $session = Open-TestSession $server -Name web
        (Get-SftpItem /).FullPath | Should -Be '/'
        (Get-SftpItem / -Session $session).FullPath | Should -Be '/'
        (Get-SftpItem / -Session $session.Id).FullPath | Should -Be '/'
        (Get-SftpItem / -Session web).FullPath | Should -Be '/'
    }

    It 'says what is open where several are' {
        $null = Open-TestSession $server -Name web1
        $null = Open-TestSession $server -Name web2
        $e = { Get-SftpItem / } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpSessionAmbiguous,*'
        $e.Exception.Message | Should -BeLike '*web1*web2*'
        $e.ErrorDetails.RecommendedAction | Should -BeLike '*-Session*'
    }

    It 'goes back through the session that a remote file was seen through' {
        $null = Open-TestSession $server -Name web1
        $two = Open-TestSession $server -Name web2
        (Get-SftpItem / -Session web2 | Get-SftpItem).SessionId | Should -Be $two.Id
        $null = Get-SftpItem / -Session web2 | Get-SftpChildItem -Depth 0
        $item = Get-SftpItem / -Session web2
        Remove-SftpSession web2
        { $item | Get-SftpItem } | Should -Throw -ErrorId 'SftpSessionNotFound*'
        ($item | Get-SftpItem -Session web1).FullPath | Should -Be '/'
    }

    It 'names the open sessions where the one asked for is not' {
        $null = Open-TestSession $server -Name web1
        { Get-SftpItem / -Session db } | Should -Throw "*no session 'db'*'web1'*"
        { Get-SftpSession -Name db -ErrorAction Stop } | Should -Throw -ErrorId 'SftpSessionNotFound*'
        { Get-SftpSession 9999 -ErrorAction Stop } | Should -Throw -ErrorId 'SftpSessionNotFound*'
    }
}

Describe 'Sessions anywhere' {
    BeforeAll { . $PSScriptRoot/Hosts.ps1 }
    AfterEach { Get-SftpSession | Remove-SftpSession }

    It 'says how to open one where none is' {
        $e = { Get-SftpItem / } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpNoSession,*'
        $e.ErrorDetails.RecommendedAction | Should -BeLike '*New-SftpSession*'
    }

    It 'may be opened by an earlier command of the same pipeline' {
        New-SftpSession box -Transport Memory | ForEach-Object { '/' } | Get-SftpItem | ForEach-Object FullPath | Should -Be '/'
    }

    It 'reads the host as <text>' -ForEach @(
        @{ text = 'me@box'; name = 'box'; user = 'me'; port = 22 }
        @{ text = 'me@box:2222'; name = 'box'; user = 'me'; port = 2222 }
        @{ text = 'ssh://me@[::1]:2222'; name = '::1'; user = 'me'; port = 2222 }
    ) {
        $session = New-SftpSession $text -Transport Memory
        $session.HostName, $session.UserName, $session.Port | Should -Be $name, $user, $port
    }

    It 'refuses <why>' -ForEach @(
        @{ why = 'an account given twice'; options = @{ HostName = 'me@box'; UserName = 'you' } }
        @{ why = 'a host that looks like an option'; options = @{ HostName = '-oProxyCommand=evil' } }
        @{ why = 'a password in the host'; options = @{ HostName = 'ssh://me:secret@box' } }
        @{ why = 'an option that is none'; options = @{ HostName = 'box'; SshOption = @{ 'Proxy Command' = 'x' } } }
    ) {
        $e = { New-SftpSession @options -Transport Memory } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpInvalidArgument,*'
        $e.Exception.Message | Should -Not -Match 'secret'
    }

    It 'says which key file is missing' {
        { New-SftpSession box -Transport Memory -KeyFilePath nowhere/id_x } | Should -Throw '*nowhere/id_x*' -ErrorId 'SftpNotFound*'
    }

    It 'refuses <why>, and says which' -ForEach @(
        @{ why = 'a private key that is none'; options = @{ PrivateKey = 'geheim-4711' }; text = '*private key*' }
        @{ why = 'a public key in place of a private one'; options = @{ PrivateKey = 'ssh-ed25519 AAAAgeheim' }; text = '*public key*' }
        @{ why = 'a known key that is none'; options = @{ KnownHostKey = 'nonsense' }; text = '*-KnownHostKey*' }
        @{ why = 'a good known key beside one that is none'; options = @{ KnownHostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl', 'nonsense' }; text = '*-KnownHostKey*' }
        @{ why = 'a fingerprint that is none'; options = @{ HostKeyFingerprint = 'MD5:aa:bb' }; text = '*MD5:aa:bb*SHA-256*' }
        @{ why = 'a jump host that is none'; options = @{ JumpHost = 'a,b' }; text = '*-JumpHost*' }
        @{ why = 'a jump host that looks like an option'; options = @{ JumpHost = '-oProxyCommand=x' }; text = '*-JumpHost*' }
    ) -Tag 'SFTP-005' {
        $e = { New-SftpSession box -Transport Memory @options } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpInvalidArgument,*'
        $e.Exception.Message | Should -BeLike $text
        "$e $($e.ErrorDetails) $($e.Exception)" | Should -Not -Match 'geheim'
        Get-SftpSession | Should -BeNullOrEmpty
    }

    It 'says which certificate is missing' {
        { New-SftpSession box -Transport Memory -CertificatePath nowhere/id-cert.pub } |
            Should -Throw '*nowhere/id-cert.pub*-CertificatePath*' -ErrorId 'SftpNotFound*'
    }

    It 'refuses a private key of another type without showing it' {
        $e = { New-SftpSession box -Transport Memory -PrivateKey @{ secret = 'geheim' } } | Should -Throw -PassThru
        $e.Exception.Message | Should -BeLike '*-KeyFilePath*'
        $e.Exception.Message | Should -Not -Match 'geheim'
    }

    It 'takes a private key as <form>' -Tag 'SFTP-008' -ForEach @(
        @{ form = 'a string'; read = { param($key) $key } }
        @{ form = 'a string with spoiled line breaks'; read = { param($key) $key.Trim().Replace("`n", '\n') } }
        @{ form = 'the lines of Get-Content'; read = { param($key) $key -split "`n" } }
        @{ form = 'a secure string'; read = { param($key) ConvertTo-SecureString $key -AsPlainText -Force } }
    ) {
        $rsa = [Security.Cryptography.RSA]::Create(2048)
        $key = $rsa.ExportPkcs8PrivateKeyPem()
        $session = New-SftpSession box -Transport Memory -PrivateKey (& $read $key)
        $session.Options.PrivateKey.ToString() | Should -Be '********'
        [Text.Encoding]::UTF8.GetString($session.Options.PrivateKey.Reveal().ToArray()).Trim() | Should -Be $key.Trim()
        $secret = $session.Options.PrivateKey
        Remove-SftpSession $session
        { $secret.Reveal() } | Should -Throw
    }

    It 'hands the rest of its parameters on' -Tag 'SFTP-001' {
        $session = New-SftpSession box -Transport Memory -JumpHost 'me@one', 'two:2222', '[::1]:22' -HostKeyFingerprint 'sha256:uNiVztksCsDhcc0u9e8BrcQXTn2QGqwpS8wTQKdHZ4o=' `
            -KnownHostKey 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl' -KeepAliveInterval 0 -OperationTimeout 7
        $session.Options.JumpHosts | Should -Be 'me@one', 'two:2222', '[::1]:22'
        $session.Options.HostKeyFingerprints | Should -Be 'SHA256:uNiVztksCsDhcc0u9e8BrcQXTn2QGqwpS8wTQKdHZ4o'
        $session.Options.KnownHostKeys | Should -BeLike 'ssh-ed25519 *'
        $session.Options.KeepAliveInterval | Should -Be ([timespan]::Zero)
        $session.Options.OperationTimeout | Should -Be ([timespan]::FromSeconds(7))
    }

    It 'waits for its first use with -Lazy' -Tag 'SFTP-004' {
        $session = New-SftpSession box -Transport Memory -Lazy
        $session.State | Should -Be 'Created'
        (Get-SftpItem / -Session $session).FullPath | Should -Be '/'
        $session.State | Should -Be 'Connected'
    }

    It 'tells its story with -Verbose, without secrets' -Tag 'SSH-15', 'SSH-38' {
        $credential = [pscredential]::new('me', (ConvertTo-SecureString 'geheim-4711' -AsPlainText -Force))
        $text = New-SftpSession box -Transport Memory -Credential $credential -Verbose -Debug *>&1 | Out-String -Width 500
        $text | Should -Match 'Created -> Connecting'
        $text | Should -Match 'Connecting -> Connected'
        $text | Should -Match 'with a password'
        $text | Should -Not -Match 'geheim'
        $text = Get-SftpSession | Remove-SftpSession -Verbose *>&1 | Out-String -Width 500
        $text | Should -Match 'Connected -> Closed: removed'
    }

    It 'shows how often it was connected again' -Tag 'SFTP-025' {
        $session = New-SftpSession box -Transport Memory
        $session.CloseAsync().Wait()
        (Get-SftpSession).State | Should -Be 'Closed'
        $null = Get-SftpItem / -Session $session
        (Get-SftpSession).ReconnectCount | Should -Be 1
        Get-SftpSession | Format-List | Out-String | Should -Match 'ReconnectCount +: 1'
    }

    It 'gives its connection to those who need what only a transport has' -Tag 'SFTP-026' {
        $session = New-SftpSession box -Transport Memory
        $session.Unwrap().HostName | Should -Be 'box'
        $session.Unwrap('MemoryConnection').Host.Name | Should -Be 'box'
        $session.Unwrap('ISshConnection').IsConnected | Should -BeTrue
        $session.Unwrap($session.Unwrap().GetType()).ConnectionId | Should -Be $session.Unwrap().ConnectionId
        $e = { $session.Unwrap('OpenSshConnection') } | Should -Throw -PassThru
        $e.Exception.Message | Should -BeLike "*Memory is a MemoryConnection, not a 'OpenSshConnection'*"
    }

    It 'takes the default transport from the environment' {
        $env:ACODE_SFTP_TRANSPORT = 'Memory'
        try { (New-SftpSession box).TransportReason | Should -Match 'ACODE_SFTP_TRANSPORT' }
        finally { $env:ACODE_SFTP_TRANSPORT = $null }
    }

    It 'keeps no password in anything that is shown' {
        $credential = [pscredential]::new('me', (ConvertTo-SecureString 'geheim-4711' -AsPlainText -Force))
        $session = New-SftpSession box -Transport Memory -Credential $credential
        $session.UserName | Should -Be 'me'
        $session | Format-List * | Out-String | Should -Not -Match 'geheim'
        $session.Options | Format-List * | Out-String | Should -Not -Match 'geheim'
    }

    It 'completes session names' {
        $null = New-SftpSession box -Transport Memory -Name 'web one'
        $line = 'Get-SftpItem / -Session we'
        [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches[0].CompletionText |
            Should -Be "'web one'"
    }
}

Describe 'The choice of a transport' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        # What a PowerShell with that PATH says of a session that it does not connect.
        function Get-Choice {
            param([string] $Path, [string] $Option)
            $script = "`$env:PATH = '$Path'; `$env:ACODE_SFTP_TRANSPORT = ''; Import-Module '$moduleManifest'
                try { New-SftpSession 127.0.0.1 -Port 1 -Lazy $Option | ForEach-Object { `$_.Transport; `$_.TransportReason } }
                catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message; `$_.ErrorDetails.RecommendedAction }"
            & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script
        }
    }

    It 'is OpenSSH where it is, and says why' -Tag 'SFTP-003' {
        if (-not (Get-Command ssh -CommandType Application -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'there is no ssh' }
        $transport, $reason = Get-Choice $env:PATH
        $transport | Should -Be 'OpenSsh'
        $reason | Should -BeLike 'chosen automatically: *OpenSSH*'
    }

    It 'is SSH.NET where there is no ssh, or says what is missing' {
        $first, $second, $third = Get-Choice '/nowhere'
        if (Test-SshNetModule) {
            $first | Should -Be 'SshNet'
            $second | Should -BeLike 'chosen automatically: SSH.NET*not OpenSsh:*'
        }
        else {
            $first | Should -BeLike 'SftpUnavailable,*'
            $second | Should -BeLike '*OpenSsh:*SshNet: This module was built without the package SSH.NET. Run ./build.ps1*'
            $third | Should -BeLike 'Install an OpenSSH client*'
        }
    }

    It 'can be SSH.NET by name, where the module has it; elsewhere the error names the remedy' {
        $first, $second, $null = Get-Choice $env:PATH '-Transport SshNet'
        if (Test-SshNetModule) {
            $first | Should -Be 'SshNet'
            $second | Should -BeLike 'asked for with -Transport: SSH.NET*'
        }
        else {
            $first | Should -BeLike 'SftpUnavailable,*'
            $second | Should -BeLike '*built without the package SSH.NET. Run ./build.ps1*'
        }
    }
}
