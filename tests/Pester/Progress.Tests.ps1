Describe 'Progress' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $source = Join-Path $TestDrive big
        $null = New-Item -ItemType Directory $source
        foreach ($i in 1..3) { [IO.File]::WriteAllBytes("$source/f$i", [byte[]]::new(40MB)) }

        # The records of a script's pipeline, in a runspace of its own.
        function Get-ProgressRecord {
            param([string] $Script, [object[]] $Argument)
            $running = Start-Stoppable -Script $Script -Argument $Argument
            $null = $running.Shell.EndInvoke($running.Async)
            $running.Shell.Streams.Error | Should -BeNullOrEmpty
            $running.Shell.Streams.Progress.ReadAll()
            $running.Shell.Runspace.Dispose()
        }
    }
    AfterAll { Get-SftpSession | Remove-SftpSession }

    It 'is shown with bytes and files, stays between 0 and 100, and is taken away' {
        $session = New-SftpSession "box$(Get-Random)" -Transport Memory
        $records = Get-ProgressRecord -Argument $session, $source -Script {
            param($session, $source)
            Send-SftpFile $source big -Recurse -Session $session
        }
        $records | Should -Not -BeNullOrEmpty
        foreach ($group in $records | Group-Object ActivityId) {
            $group.Group[-1].RecordType | Should -Be 'Completed'
            $group.Group | Where-Object RecordType -eq Completed | Should -HaveCount 1
        }
        $shown = $records | Where-Object { $_.RecordType -eq 'Processing' -and $_.ParentActivityId -lt 0 }
        $shown | ForEach-Object { $_.PercentComplete | Should -BeIn (-1..100) }
        $shown[-1].StatusDescription | Should -Match 'MB of .*MB.*file \d of 3'
        $shown[-1].Activity | Should -Be "Sending to $($session.Authority)"
    }

    It 'is taken away where the transfer fails' {
        $session = New-SftpSession "box$(Get-Random)" -Transport Memory
        $running = Start-Stoppable -Argument $session, $source -Script {
            param($session, $source)
            Send-SftpFile $source big -Recurse -Session $session
        }
        $waited = [Diagnostics.Stopwatch]::StartNew()
        while ($running.Shell.Streams.Progress.Count -eq 0 -and -not $running.Async.IsCompleted -and $waited.Elapsed.TotalSeconds -lt 20) {
            Start-Sleep -Milliseconds 5
        }
        Remove-SftpSession $session
        try { $null = $running.Shell.EndInvoke($running.Async) } catch { }
        foreach ($group in $running.Shell.Streams.Progress.ReadAll() | Group-Object ActivityId) {
            $group.Group[-1].RecordType | Should -Be 'Completed'
        }
        $running.Shell.Runspace.Dispose()
    }
}
