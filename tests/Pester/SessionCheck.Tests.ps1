BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Test-SftpSession over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $names = 'NameResolution', 'Tcp', 'HostKey', 'Authentication', 'Sftp', 'Exec', 'FreeSpace', 'WriteAccess', 'ChecksumTools', 'ClockDifference', 'Latency'
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterEach { Get-SftpSession | Remove-SftpSession }
    AfterAll { Stop-TestHost $server }

    It 'goes through all steps of a good session and leaves nothing behind' -Tag 'SSH-07', 'SSH-38' {
        $session = Open-TestSession $server
        $steps = Test-SftpSession
        $steps.Name | Should -Be $names
        $steps.Status | Should -Not -Contain 'Failed'
        ($steps | Where-Object Name -In Authentication, Sftp, Exec, WriteAccess, ChecksumTools, ClockDifference, Latency).Status |
            Select-Object -Unique | Should -Be 'Passed'
        $steps.SessionId | Select-Object -Unique | Should -Be $session.Id
        Get-SftpChildItem $server.Start | Should -BeNullOrEmpty
        if ($server.Sshd) { Get-ChildItem $server.Start -Force | Should -BeNullOrEmpty }
        $steps | Out-String | Should -Match 'Authentication'
    }

    It 'makes no file with -SkipWrite' {
        $null = Open-TestSession $server
        $steps = Test-SftpSession -SkipWrite
        $steps.Name | Should -Be $names
        ($steps | Where-Object Name -In WriteAccess, ClockDifference).Status | Should -Be 'Skipped', 'Skipped'
    }

    It 'connects a lazy session' -Tag 'SFTP-004' {
        $options = $server.Options
        $session = New-SftpSession @options -Lazy
        $session.State | Should -Be 'Created'
        ($session | Test-SftpSession | Where-Object Name -EQ Authentication).Status | Should -Be 'Passed'
        $session.State | Should -Be 'Connected'
    }
}

Describe 'Test-SftpSession of a session that cannot be connected' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost sshd
        function Test-With {
            param([hashtable] $Changes)
            $options = $server.Options.Clone()
            foreach ($name in $Changes.Keys) { $options[$name] = $Changes[$name] }
            $steps = @{}
            New-SftpSession @options -Lazy | Test-SftpSession | ForEach-Object { $steps[$_.Name] = $_ }
            $steps.Count | Should -Be 11
            $steps
        }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterEach { Get-SftpSession | Remove-SftpSession }
    AfterAll { Stop-TestHost $server }

    It 'says that there is no such host' {
        $steps = Test-With @{ HostName = 'no-such-host.invalid' }
        $steps.NameResolution.Status | Should -Be 'Failed'
        $steps.NameResolution.Advice | Should -Not -BeNullOrEmpty
        $steps.Tcp.Status, $steps.Authentication.Status, $steps.Latency.Status | Should -Be 'Skipped', 'Skipped', 'Skipped'
    }

    It 'says that nothing listens' -Tag 'SSH-07' {
        $steps = Test-With @{ Port = 1 }
        $steps.NameResolution.Status | Should -Be 'Passed'
        $steps.Tcp.Status | Should -Be 'Failed'
        $steps.Authentication.Status | Should -Be 'Skipped'
    }

    It 'says that the host key is unknown' -Tag 'SSH-07' {
        $steps = Test-With @{ KnownHostsPath = (Join-Path $TestDrive empty) }
        $steps.Tcp.Status | Should -Be 'Passed'
        $steps.HostKey.Status | Should -Be 'Failed'
        $steps.Authentication.Status | Should -Be 'Skipped'
    }

    It 'says that the login is refused' -Tag 'SSH-07' {
        $steps = Test-With @{
            KeyFilePath = "$($server.Sshd.Directory)/stranger_key"
            SshOption   = @{ IdentitiesOnly = $true; IdentityAgent = 'none' }
        }
        $steps.HostKey.Status | Should -Be 'Passed'
        $steps.HostKey.Detail | Should -BeLike "*$($server.Options.KnownHostsPath)*"
        $steps.Authentication.Status | Should -Be 'Failed'
        $steps.Authentication.Advice | Should -Not -BeNullOrEmpty
        $steps.Sftp.Status | Should -Be 'Skipped'
    }
}
