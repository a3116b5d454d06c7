# What only a real server shows.
Describe 'A real sshd' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost sshd
        function Get-SshProcess { @(Get-Process ssh -ErrorAction Ignore | Where-Object { $_.Parent.Id -eq $PID }) }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterEach { Get-SftpSession | Remove-SftpSession }
    AfterAll { Stop-TestHost $server }

    It 'is not logged in to with a key it does not know' {
        $options = $server.Options.Clone()
        $options.KeyFilePath = "$($server.Sshd.Directory)/stranger_key"
        $options.SshOption = @{ IdentitiesOnly = $true; IdentityAgent = 'none' }
        $e = { New-SftpSession @options } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpAuthenticationFailed,*'
        $e.CategoryInfo.Category | Should -Be 'AuthenticationError'
        Get-SftpSession | Should -BeNullOrEmpty
        Get-SshProcess | Should -BeNullOrEmpty
    }

    It 'is not trusted with a host key that is not known' {
        $options = $server.Options.Clone()
        $options.KnownHostsPath = "$($server.Sshd.Directory)/empty"
        $null = New-Item -ItemType File -Force $options.KnownHostsPath
        $e = { New-SftpSession @options } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpHostKeyRejected,*'
        $e.CategoryInfo.Category | Should -Be 'SecurityError'
    }

    It 'is trusted on first use where that is the policy, and known afterwards' {
        $options = $server.Options.Clone()
        $options.KnownHostsPath = "$($server.Sshd.Directory)/learned"
        New-SftpSession @options -HostKeyPolicy TrustOnFirstUse | Remove-SftpSession
        (New-SftpSession @options).State | Should -Be 'Connected'
    }

    It 'that is not there is told of soon' {
        $options = $server.Options.Clone()
        $options.Port = 1
        $e = { New-SftpSession @options -ConnectTimeout 5 } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpUnavailable,*'
    }

    It 'leaves no ssh process behind when its session is removed' {
        $session = Open-TestSession $server
        Get-SshProcess | Should -Not -BeNullOrEmpty
        Remove-SftpSession $session
        Get-SshProcess | Should -BeNullOrEmpty
    }

    It 'leaves no ssh process behind when the module is removed or PowerShell ends' -ForEach 'Remove-Module AcodeSftp; "removed"; Start-Sleep 3', 'exit', '[Environment]::Exit(0)' {
        $options = $server.Options
        $script = @"
            Import-Module '$moduleManifest'
            `$null = New-SftpSession '$($options.HostName)' -Port $($options.Port) -UserName '$($options.UserName)' -KeyFilePath '$($options.KeyFilePath)' -KnownHostsPath '$($options.KnownHostsPath)' -SshConfigPath none -Transport OpenSsh
            (Get-Process ssh | Where-Object { `$_.Parent.Id -eq `$PID }).Id
            $_
"@
        $id = $null
        & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script | ForEach-Object {
            if ($null -eq $id) { $id = [int]$_ }
            elseif ($_ -eq 'removed') { Get-Process -Id $id -ErrorAction Ignore | Should -BeNullOrEmpty }
        }
        $id | Should -BeGreaterThan 0
        Start-Sleep -Milliseconds 500
        Get-Process -Id $id -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'of an alias in ssh_config is found by it' {
        $config = "$($server.Sshd.Directory)/ssh_config"
        @"
Host the-web
    HostName 127.0.0.1
    Port $($server.Sshd.Port)
    User $($server.Options.UserName)
    IdentityFile $($server.Options.KeyFilePath)
"@ | Set-Content $config
        $session = New-SftpSession the-web -SshConfigPath $config -KnownHostsPath $server.Options.KnownHostsPath -Transport OpenSsh
        $session.HostName | Should -Be '127.0.0.1'
        $session.Port | Should -Be $server.Sshd.Port
        $session.Name | Should -Be 'the-web'
    }
}
