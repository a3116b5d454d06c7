BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Logs, metrics and options over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server
    }
    BeforeEach {
        Skip-WithoutHost $server
        $log = "$TestDrive/log$(Get-Random).jsonl"
        $file = "$TestDrive/file$(Get-Random).bin"
        [IO.File]::WriteAllBytes($file, [byte[]](1..255 * 100))
        $name = Split-Path $file -Leaf
    }
    AfterEach { Stop-SftpLog }
    AfterAll { Stop-TestHost $server }

    It 'writes a transfer to the log as JSON with one correlation id' -Tag 'NFR-030C-21' {
        Start-SftpLog $log
        Send-SftpFile $file "$($server.Start)/" -Session $session | Out-Null
        Stop-SftpLog
        $lines = Get-Content $log | ConvertFrom-Json | Where-Object correlationId
        $lines.eventName | Should -Be 'TransferStarted', 'FileArrived', 'TransferEnded'
        @($lines.correlationId | Select-Object -Unique).Count | Should -Be 1
        $lines[0].fields.Destination | Should -Be "sftp://$($session.Authority)$($server.Start)/$name"
        $lines[1].fields.Size | Should -Be 25500
        $lines[1].fields.Verification | Should -Be 'Checksum'
        $lines[1].fields.Checksum | Should -Be (Get-FileHash $file).Hash.ToLowerInvariant()
    }

    It 'logs from the moment it is started to the moment it is stopped' {
        Send-SftpFile $file "$($server.Start)/before" -Session $session | Out-Null
        Start-SftpLog $log
        Send-SftpFile $file "$($server.Start)/meanwhile" -Session $session | Out-Null
        Stop-SftpLog $log
        Send-SftpFile $file "$($server.Start)/after" -Session $session | Out-Null
        $sources = (Get-Content $log | ConvertFrom-Json | Where-Object eventName -EQ FileArrived).fields.Destination
        $sources | Should -BeLike '*/meanwhile'
        @($sources).Count | Should -Be 1
    }

    It 'leaves out lines below the level' {
        Start-SftpLog $log -Level Error
        Send-SftpFile $file "$($server.Start)/" -Session $session | Out-Null
        Receive-SftpFile "$($server.Start)/none" "$TestDrive/none" -Session $session -ErrorAction SilentlyContinue
        Send-SftpFile $file "$($server.Start)/" -Session $session -NoClobber -ErrorAction SilentlyContinue
        Stop-SftpLog
        (Get-Content $log | ConvertFrom-Json).level | Select-Object -Unique | Should -Be 'Error'
    }

    It 'counts transfers, files and bytes' -Tag 'NFR-030C-22' {
        function Get-Sum([string] $metric) {
            [double] (Get-SftpMetric $metric | Where-Object { $_.Tags['sftp.direction'] -eq 'upload' } | Measure-Object Sum -Sum).Sum
        }
        $files = Get-Sum sftp.client.files
        $bytes = Get-Sum sftp.client.io
        Send-SftpFile $file "$($server.Start)/" -Session $session | Out-Null
        (Get-Sum sftp.client.files) - $files | Should -Be 1
        (Get-Sum sftp.client.io) - $bytes | Should -Be 25500
        (Get-SftpMetric *.transfer.duration).Buckets.Count | Should -BeGreaterThan 5
        Get-SftpMetric | Out-String -Width 200 | Should -Match 'sftp\.client\.files +\d+ +\d+ +1 +\{file\} +protocol=sftp direction=upload'
    }

    It 'transfers as the options say, and the parameters win' {
        $options = "$TestDrive/options.yaml"
        Set-Content $options "sftp:`n  overwrite: false`n  verifyChecksum: false"
        Send-SftpFile $file "$($server.Start)/" -Session $session | Out-Null
        $option = New-SftpTransferOption $options
        { Send-SftpFile $file "$($server.Start)/" -Session $session -Option $option -ErrorAction Stop } |
            Should -Throw -ErrorId 'SftpAlreadyExists*'
        Start-SftpLog $log
        Send-SftpFile $file "$($server.Start)/" -Session $session -Option $option -NoClobber:$false | Out-Null
        Receive-SftpFile "$($server.Start)/$name" "$TestDrive/back.bin" -Session $session -Option $option | Out-Null
        Stop-SftpLog
        (Get-Content $log | ConvertFrom-Json | Where-Object eventName -EQ FileArrived).fields.Verification | Should -Be 'Size', 'Size'
    }
}

Describe 'Log files' {
    BeforeAll { . $PSScriptRoot/Hosts.ps1 }
    BeforeEach { $log = "$TestDrive/log$(Get-Random).jsonl" }
    AfterEach { Stop-SftpLog }

    It 'are not created with -WhatIf' {
        Start-SftpLog $log -WhatIf
        $log | Should -Not -Exist
    }

    It 'are started once' {
        Start-SftpLog $log
        { Start-SftpLog $log } | Should -Throw -ErrorId 'SftpAlreadyExists*'
        Stop-SftpLog -LiteralPath $log
        { Start-SftpLog $log } | Should -Not -Throw
    }

    It 'are relative to the current location of PowerShell' {
        Push-Location $TestDrive
        try { Start-SftpLog here.jsonl } finally { Pop-Location }
        "$TestDrive/here.jsonl" | Should -Exist
    }

    It 'must be writable' {
        { Start-SftpLog "$TestDrive/none/log.jsonl" } | Should -Throw -ErrorId 'SftpNotFound*'
    }

    It 'that were never started cannot be stopped' {
        { Stop-SftpLog $log -ErrorAction Stop } | Should -Throw -ErrorId 'SftpLogNotFound*'
        { Stop-SftpLog } | Should -Not -Throw
    }

    It 'are complete when PowerShell ends without stopping them' {
        $script = "Import-Module '$moduleManifest'; Start-SftpLog '$log'; `$null = New-SftpSession box -Transport Memory"
        & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $script
        (Get-Content $log | ConvertFrom-Json).fields.NewState | Should -Be 'Connecting', 'Connected', 'Closed'
    }
}

Describe 'Options of transfers' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $path = "$TestDrive/options.yaml"
    }

    It 'come from a file, from parameters, and from both with parameters winning' {
        Set-Content $path "sftp:`n  parallelTransfers: 2`n  maxFileSize: 10MB`n  exclude: ['*.tmp']"
        $option = New-SftpTransferOption $path -ThrottleLimit 8 -Verify Size -TimeoutSec 0 -SymbolicLink Follow
        "$option" | Should -Be 'exclude = [*.tmp], maxFileSize = 10000000, parallelTransfers = 8, requireChecksum = False, symbolicLinks = Follow, timeout = none, verifyChecksum = False, verifySize = True'
    }

    It 'are what PowerShell means by 64KB' {
        "$(New-SftpTransferOption -ChunkSize 64KB -MaxFileSize 1GB -BandwidthLimit 1MB)" |
            Should -Be 'bandwidthLimit = 1048576, chunkSizeBytes = 65536, maxFileSize = 1073741824'
    }

    It 'turn each switch into its option, on or off' {
        "$(New-SftpTransferOption -NoPreserveTime -NoPreservePermission -PreserveOwner -NoAtomicRename -SftpOnly -NoClobber -NoResume:$false -StopOnFirstError)" |
            Should -Be ('enableResume = True, overwrite = False, preserveOwner = True, preservePermissions = False, ' +
                'preserveTimestamps = False, sftpOnly = True, stopOnFirstError = True, useAtomicRename = False')
    }

    It 'name the nearest key where a key is unknown' {
        Set-Content $path "sftp:`n  paralelTransfers: 2"
        { New-SftpTransferOption $path } | Should -Throw "*line 2*there is no key 'paralelTransfers'. Did you mean 'parallelTransfers'?" -ErrorId 'SftpInvalidArgument*'
    }

    It 'are refused where they cannot be' {
        { New-SftpTransferOption -ThrottleLimit 0 } | Should -Throw '*whole number from 1 to 256*' -ErrorId 'SftpInvalidArgument*'
        { New-SftpTransferOption -ChunkSize 1 } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        { New-SftpTransferOption "$TestDrive/none.yaml" } | Should -Throw -ErrorId 'SftpNotFound*'
    }
}
