Describe 'The module' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1

        # A pwsh of its own, so that nothing is loaded already. Returns what the script writes.
        function Invoke-FreshShell {
            param([string] $Script)
            $text = "`$ErrorActionPreference = 'Stop'; `$manifest = '$moduleManifest'; $Script"
            & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $text
        }
    }

    It 'imports faster than a shell starts' {
        $ratios = 1..3 | ForEach-Object {
            $shell = (Measure-Command { Invoke-FreshShell '' }).TotalMilliseconds
            [double](Invoke-FreshShell '(Measure-Command { Import-Module $manifest }).TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)') / $shell
        }
        ($ratios | Measure-Object -Minimum).Minimum | Should -BeLessThan 1
    }

    It 'exports its cmdlets and nothing else' {
        $module = Get-Module AcodeSftp
        $module.ExportedCmdlets.Count | Should -BeGreaterThan 0
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
    }

    It 'passes Test-ModuleManifest' {
        Test-ModuleManifest $moduleManifest | Should -Not -BeNullOrEmpty
    }

    It 'loads what it depends on into a load context of its own' {
        $contexts = Invoke-FreshShell @'
            Import-Module $manifest
            $null = New-SftpSession box -Transport Memory
            foreach ($context in [Runtime.Loader.AssemblyLoadContext]::All) {
                foreach ($assembly in $context.Assemblies) {
                    $name = $assembly.GetName().Name
                    if ($name -like 'AcodeSftp*' -or $name -like 'Microsoft.Extensions.Logging*' -or $name -like 'Polly*') { "$name=$($context.Name)" }
                }
            }
'@
        $contexts | Should -Contain 'AcodeSftp=Default'
        $contexts | Should -Contain 'AcodeSftp.Core=AcodeSftp'
        $contexts | Should -Contain 'AcodeSftp.Protocol=AcodeSftp'
        $contexts | Where-Object { $_ -match '^(AcodeSftp\.|Microsoft\.|Polly).*=Default' } | Should -BeNullOrEmpty
    }

    It 'survives Import-Module -Force, and removal and another import' {
        Invoke-FreshShell @'
            Import-Module $manifest
            $null = New-SftpSession box -Transport Memory
            Import-Module $manifest -Force
            $null = New-SftpSession box -Transport Memory
            Remove-Module AcodeSftp
            Import-Module $manifest
            @(Get-SftpSession).Count
            (New-SftpSession box -Transport Memory).State
'@ | Should -Be '0', 'Connected'
    }

    It 'closes its sessions when it is removed' {
        Invoke-FreshShell @'
            Import-Module $manifest
            $session = New-SftpSession box -Transport Memory
            Remove-Module AcodeSftp
            $session.State
'@ | Should -Be 'Closed'
    }

    It 'shares its sessions with other runspaces, which do not end them by going' {
        Invoke-FreshShell @'
            Import-Module $manifest
            $null = New-SftpSession box -Transport Memory -Name web
            1..2 | ForEach-Object -Parallel { Import-Module $using:manifest; (Get-SftpSession).Name }
            Start-ThreadJob { Import-Module $using:manifest; (Get-SftpItem / -Session web).FullPath } | Receive-Job -Wait
            Start-ThreadJob { Import-Module $using:manifest; Remove-Module AcodeSftp } | Receive-Job -Wait
            (Get-SftpSession).State
'@ | Should -Be 'web', 'web', '/', 'Connected'
    }

    It 'takes a session from another runspace as an object' {
        Invoke-FreshShell @'
            Import-Module $manifest
            $session = New-SftpSession box -Transport Memory
            1..4 | ForEach-Object -Parallel { Import-Module $using:manifest; (Invoke-SshCommand "echo $_" -Session $using:session).StandardOutput.Trim() } |
                Sort-Object
'@ | Should -Be '1', '2', '3', '4'
    }

    It 'works and shows its objects in constrained language mode' {
        $text = Invoke-FreshShell @'
            Import-Module $manifest
            $null = New-SftpSession box -Transport Memory -UserName me
            $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            Get-SftpItem /home/user | Out-String -Width 200
            Get-SftpSession | Out-String -Width 200
            Invoke-SshCommand 'echo seen' | Out-String -Width 200
'@ | Out-String
        $text | Should -Match 'drwxr-xr-x .*\d\d:\d\d .*user'
        $text | Should -Match 'Directory: sftp://me@box:22/home'
        $text | Should -Match 'StandardOutput +: seen'
    }

    It 'runs in strict mode' {
        Invoke-FreshShell @'
            Set-StrictMode -Version Latest
            Import-Module $manifest
            $null = New-SftpSession box -Transport Memory
            Get-SftpChildItem / | Out-String | Out-Null
            'fine'
'@ | Should -Be 'fine'
    }
}
