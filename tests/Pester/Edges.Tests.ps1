# What surrounds the module: other modules, other versions of its dependencies, runspaces, language modes, common parameters.
BeforeAll {
    . $PSScriptRoot/Hosts.ps1

    # A pwsh of its own, so that nothing is loaded already. Returns what the script writes, warnings among it.
    function Invoke-FreshShell {
        param([string] $Script)
        $text = "`$ErrorActionPreference = 'Stop'; `$manifest = '$moduleManifest'; `$there = '$TestDrive'; $Script"
        & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $text
    }
}

Describe 'Modules with commands of the same names' {
    BeforeAll {
        # Stand-ins: what they export is what the real ones do.
        foreach ($other in 'Posh-SSH', 'Transferetto') {
            $null = New-Item -ItemType Directory $TestDrive/$other
            "function Get-SFTPItem { '$other' }; function New-SFTPSession { '$other' }; function Get-Else { '$other' }; Export-ModuleMember -Function *" |
                Set-Content "$TestDrive/$other/$other.psm1"
        }
        $null = New-Item -ItemType Directory $TestDrive/Harmless
        'function Get-SftpNothing { 1 }; Export-ModuleMember -Function *' | Set-Content $TestDrive/Harmless/Harmless.psm1
    }

    It 'are warned of at the import, once, when they were there first' {
        $lines = Invoke-FreshShell @'
            Import-Module $there/Posh-SSH/Posh-SSH.psm1
            Import-Module $manifest 3>&1
            Import-Module $manifest -Force 3>&1
            AcodeSftp\New-SftpSession box -Transport Memory 3>&1 | Out-Null
            (AcodeSftp\Get-SftpItem / 3>&1).FullPath
'@
        $lines.Count | Should -Be 2
        $lines[0] | Should -Match 'Posh-SSH.*Get-SFTPItem, New-SFTPSession.*AcodeSftp\\Get-SftpItem'
        $lines[0] | Should -Not -Match 'Get-Else'
        $lines[1] | Should -Be '/'
    }

    It 'are warned of by a command, once, when they came later' {
        $lines = Invoke-FreshShell @'
            Import-Module $manifest 3>&1
            Import-Module $there/Transferetto/Transferetto.psm1 3>&1
            AcodeSftp\New-SftpSession box -Transport Memory 3>&1 | Where-Object { $_ -is [Management.Automation.WarningRecord] }
            Start-Sleep -Milliseconds 1100
            (AcodeSftp\Get-SftpItem / 3>&1).FullPath
            Get-SftpItem /
'@
        $lines.Count | Should -Be 3
        $lines[0] | Should -Match 'Transferetto'
        $lines[1..2] | Should -Be '/', 'Transferetto'
    }

    It 'are not warned of where they have none, or are told not to be' {
        Invoke-FreshShell @'
            Import-Module $there/Harmless/Harmless.psm1
            Import-Module $manifest 3>&1
            Import-Module $there/Posh-SSH/Posh-SSH.psm1
            $WarningPreference = 'SilentlyContinue'
            Import-Module $manifest -Force 3>&1
            'nothing'
'@ | Should -Be 'nothing'
    }
}

Describe 'Older versions of what the module depends on' {
    It 'do not get in its way, nor it in theirs' {
        # An assembly of the same name and an older version, in the place where one version serves every module.
        Add-Type -OutputAssembly $TestDrive/Polly.Core.dll -TypeDefinition @'
            [assembly: System.Reflection.AssemblyVersion("1.0.0.0")]
            namespace Polly { public static class Old { public static string Version { get { return "old"; } } } }
'@
        Invoke-FreshShell @'
            $old = [Reflection.Assembly]::LoadFrom("$there/Polly.Core.dll")
            Import-Module $manifest
            (New-SftpSession box -Transport Memory).State
            [Polly.Old]::Version
            [Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ AcodeSftp | ForEach-Object {
                $_.Assemblies | Where-Object { $_.GetName().Name -eq 'Polly.Core' } | ForEach-Object { $_.GetName().Version.Major -gt 1 }
            }
'@ | Should -Be 'Connected', 'old', 'True'
    }
}

Describe 'Drives and the life of the module' {
    It 'go with the module, and come back with it' {
        Invoke-FreshShell @'
            Import-Module $manifest
            $session = New-SftpSession box -Transport Memory
            $null = New-PSDrive -Name d -PSProvider Sftp -Root / -Session $session
            Remove-Module AcodeSftp
            @(Get-PSDrive d -ErrorAction Ignore).Count
            @(Get-PSProvider Sftp -ErrorAction Ignore).Count
            $session.State
            Import-Module $manifest
            $null = New-SftpSession box -Transport Memory
            $null = New-PSDrive -Name d -PSProvider Sftp -Root /
            (Get-ChildItem d:/).Name -join ','
            Import-Module $manifest -Force
            $null = New-SftpSession other -Transport Memory
            $null = New-PSDrive -Name e -PSProvider Sftp -Root /
            (Get-ChildItem e:/).Name -join ','
'@ | Should -Be '0', '0', 'Closed', 'home,tmp', 'home,tmp'
    }

    It 'are there for other runspaces to make of a shared session' {
        Invoke-FreshShell @'
            Import-Module $manifest
            $session = New-SftpSession box -Transport Memory -Name web
            $null = New-PSDrive -Name d -PSProvider Sftp -Root .
            1..8 | ForEach-Object -Parallel {
                Import-Module $using:manifest
                # A runspace may be used for several.
                $null = New-PSDrive -Name "d$_" -PSProvider Sftp -Root . -Session $using:session
                Set-Content "d${_}:/file$_" $_
                Get-Content "d${_}:/file$_"
            } | Sort-Object
            Start-ThreadJob {
                Import-Module $using:manifest
                $null = New-PSDrive -Name d -PSProvider Sftp -Root . -Session web
                (Get-ChildItem d:/).Count
            } | Receive-Job -Wait
            (Get-ChildItem d:/).Count
'@ | Should -Be '1', '2', '3', '4', '5', '6', '7', '8', '8', '8'
    }

    It 'work in constrained language mode and in strict mode' {
        Invoke-FreshShell @'
            Set-StrictMode -Version Latest
            Import-Module $manifest
            $null = New-SftpSession box -Transport Memory
            $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            $null = New-PSDrive -Name d -PSProvider Sftp -Root .
            Set-Content d:/a.txt text
            Get-ChildItem d:/ | Get-Content
            Get-ChildItem d:/ | Out-String -Width 120 | Select-String -Quiet 'a\.txt'
            (TabExpansion2 'Get-SftpItem a.t' 16).CompletionMatches.CompletionText
'@ | Should -Be 'text', 'True', 'a.txt'
    }
}

Describe 'Common parameters' {
    BeforeAll {
        $session = New-SftpSession "box$(Get-Random)" -Transport Memory
        'x' | Set-Content $TestDrive/x.txt
        $null = Send-SftpFile $TestDrive/x.txt one.txt
        $null = Send-SftpFile $TestDrive/x.txt two.txt
    }
    AfterAll { Get-SftpSession | Remove-SftpSession }

    It '-ErrorVariable gathers, and what is there is written all the same' {
        $found = Get-SftpItem one.txt, none1, two.txt, none2 -ErrorVariable failed -ErrorAction SilentlyContinue
        $found.Name | Should -Be 'one.txt', 'two.txt'
        $failed.TargetObject | Should -Be 'none1', 'none2'
        Get-SftpItem none3 -ErrorVariable +failed -ErrorAction SilentlyContinue
        $failed.Count | Should -Be 3
        $failed.FullyQualifiedErrorId | Should -BeLike 'SftpNotFound,AcodeSftp.*'
    }

    It '-ErrorAction Stop and $ErrorActionPreference end at the first error' {
        $seen = [Collections.Generic.List[string]]::new()
        { Get-SftpItem one.txt, none, two.txt -ErrorAction Stop | ForEach-Object { $seen.Add($_.Name) } } | Should -Throw -ErrorId 'SftpNotFound*'
        $seen | Should -Be 'one.txt'
        {
            $ErrorActionPreference = 'Stop'
            Get-SftpItem none
            throw 'went on'
        } | Should -Throw -ErrorId 'SftpNotFound*'
        $ErrorActionPreference = 'Continue'
        (Get-SftpItem one.txt).Name | Should -Be 'one.txt'
    }

    It '-OutVariable and -PipelineVariable have the objects' {
        $null = Get-SftpChildItem -OutVariable out
        $out.Name | Should -Be 'one.txt', 'two.txt'
        Get-SftpChildItem -PipelineVariable file | Get-SftpItem | ForEach-Object { "$($file.Name)=$($_.Name)" } |
            Should -Be 'one.txt=one.txt', 'two.txt=two.txt'
        Invoke-SshCommand 'echo a' -OutVariable +out | Out-Null
        $out.Count | Should -Be 3
    }

    It '-WarningVariable and -InformationVariable may be given to every command' {
        foreach ($command in Get-Command -Module AcodeSftp) {
            'WarningVariable', 'InformationVariable', 'ErrorVariable', 'OutVariable', 'PipelineVariable' |
                ForEach-Object { $command.Parameters.Keys | Should -Contain $_ }
        }
    }
}
