# A remote file must never be taken for a local one, nor a local one for a remote.
Describe 'Remote files given to commands for local files' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $session = New-SftpSession "box$(Get-Random)" -Transport Memory
        $victim = Join-Path $TestDrive victim.txt
        'precious' | Set-Content $victim
        # The same path on both sides.
        $remote = Send-SftpFile $victim $victim
        $remote.FullPath | Should -Be $victim
    }
    BeforeEach { Push-Location (Split-Path $victim) }
    AfterEach { Pop-Location }
    AfterAll { Get-SftpSession | Remove-SftpSession }

    It 'are not found by <name>' -ForEach @(
        @{ name = 'Remove-Item'; use = { Remove-Item } }
        @{ name = 'Remove-Item -Recurse -Force'; use = { Remove-Item -Recurse -Force } }
        @{ name = 'Clear-Content'; use = { Clear-Content } }
        @{ name = 'Move-Item'; use = { Move-Item -Destination elsewhere } }
        @{ name = 'Rename-Item'; use = { Rename-Item -NewName elsewhere } }
        @{ name = 'Copy-Item'; use = { Copy-Item -Destination elsewhere } }
        @{ name = 'Get-Content'; use = { Get-Content } }
    ) {
        $pipeline = [scriptblock]::Create("`$remote | $use")
        $failed = $null
        try { . $pipeline -ErrorAction Stop 2>$null } catch { $failed = $_ }
        Get-Content $victim | Should -Be 'precious'
        Test-Path elsewhere | Should -BeFalse
    }

    It 'are not deleted as an argument either' {
        Remove-Item $remote -ErrorAction SilentlyContinue
        Remove-Item -LiteralPath $remote -ErrorAction SilentlyContinue
        Remove-Item "$remote" -ErrorAction SilentlyContinue
        Get-SftpItem $victim | Remove-Item -ErrorAction SilentlyContinue
        Get-SftpChildItem (Split-Path $victim) | Remove-Item -Force -Recurse -ErrorAction SilentlyContinue
        Get-Content $victim | Should -Be 'precious'
    }

    It 'are not sent as local files' {
        { $remote | Send-SftpFile -Destination copy/ -ErrorAction Stop } | Should -Throw
        { Send-SftpFile $remote copy/ } | Should -Throw '*is a remote file*'
        { Receive-SftpFile $victim -Destination $remote } | Should -Throw '*is a remote file*'
    }
}

Describe 'Local files given to commands for remote files' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $session = New-SftpSession "box$(Get-Random)" -Transport Memory
        $local = New-Item -ItemType File (Join-Path $TestDrive local.txt)
    }
    AfterAll { Get-SftpSession | Remove-SftpSession }

    It 'are refused by <name>' -ForEach @(
        @{ name = 'Get-SftpItem'; use = { $local | Get-SftpItem -ErrorAction Stop } }
        @{ name = 'Get-SftpItem -Path'; use = { Get-SftpItem $local } }
        @{ name = 'Get-SftpItem -LiteralPath'; use = { Get-SftpItem -LiteralPath $local } }
        @{ name = 'Get-SftpChildItem'; use = { $local | Get-SftpChildItem -ErrorAction Stop } }
        @{ name = 'Receive-SftpFile'; use = { $local | Receive-SftpFile -Destination . -ErrorAction Stop } }
        @{ name = 'Receive-SftpFile -Path'; use = { Receive-SftpFile $local . } }
        @{ name = 'Send-SftpFile -Destination'; use = { Send-SftpFile $local -Destination $local } }
    ) {
        $use | Should -Throw '*local file*'
    }
}
