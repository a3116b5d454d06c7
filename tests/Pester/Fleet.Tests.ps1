# A release to several hosts at once, and files fetched from all of them.
BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Several sessions over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        # Embedded hosts of different names are different hosts; the one sshd is told apart by the sessions' names.
        $sessions = if ($server.IsReal) {
            if (-not $server.Obstacle) { 'web1', 'web2', 'web3' | ForEach-Object { Open-TestSession $server $_ } }
        }
        else { 'web1', 'web2', 'web3' | ForEach-Object { New-SftpSession "box$(Get-Random)" -UserName user -Transport Memory -Name $_ } }
        $tree = Join-Path $TestDrive tree
        $null = New-Item -ItemType Directory "$tree/sub"
        foreach ($i in 1..5) { [IO.File]::WriteAllBytes("$tree/sub/f$i", [byte[]]::new(1000 * $i)) }
        'log' | Set-Content "$tree/app.log" -NoNewline
    }
    BeforeEach {
        Skip-WithoutHost $server
        $remote = "r$(Get-Random)"
        $here = (New-Item -ItemType Directory (Join-Path $TestDrive "l$(Get-Random)")).FullName
        Push-Location $here
    }
    AfterEach { Pop-Location }
    AfterAll { Stop-TestHost $server }

    It 'sends to all of them, each file naming its session' {
        # One sshd is one host: what goes there must not go to the same place twice.
        $targets = if ($server.IsReal) { $sessions[0, 1] } else { $sessions }
        $sent = if ($server.IsReal) { $targets | ForEach-Object { Send-SftpFile $tree "$remote-$($_.Id)" -Recurse -Session $_ } }
        else { Send-SftpFile $tree $remote -Recurse -Session web* }
        $sent.Count | Should -Be (6 * $targets.Count)
        foreach ($target in $targets) { @($sent | Where-Object SessionId -eq $target.Id).Count | Should -Be 6 }
    }

    It 'receives from all of them, each into a directory of its name' {
        $null = Send-SftpFile "$tree/app.log" "$remote/" -Session web1
        if (-not $server.IsReal) { $null = Send-SftpFile "$tree/app.log" "$remote/" -Session web2, web3 }
        (Receive-SftpFile "$remote/app.log" ./logs -Session $sessions).Count | Should -Be 3
        foreach ($name in 'web1', 'web2', 'web3') { Get-Content "logs/$name/app.log" | Should -Be 'log' }
        (Receive-SftpFile $remote ./trees -Recurse -Session web1, web2).Count | Should -Be 2
        Get-Content "trees/web2/$remote/app.log" | Should -Be 'log'
        # One session by itself needs no directory of its own.
        $null = Receive-SftpFile "$remote/app.log" ./one/ -Session web1, $sessions[0].Id
        Get-Content one/app.log | Should -Be 'log'
    }

    It 'asks about each with -WhatIf and touches none' {
        Send-SftpFile $tree $remote -Recurse -Session $sessions -WhatIf
        Receive-SftpFile $server.Start ./logs -Recurse -Session $sessions -WhatIf
        Get-ChildItem | Should -BeNullOrEmpty
        foreach ($one in $sessions) { { Get-SftpItem $remote -Session $one -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*' }
    }

    It 'goes on with the others where one fails, and says which' {
        if ($server.IsReal) { Set-ItResult -Skipped -Because 'it takes several hosts'; return }
        $null = Send-SftpFile "$tree/app.log" $remote -Session web2
        $results = Send-SftpFile "$tree/app.log" $remote -NoClobber -Session $sessions -Summary -ErrorVariable failed -ErrorAction SilentlyContinue
        $results.Count | Should -Be 3
        ($results | Where-Object Success).SessionId | Sort-Object | Should -Be $sessions[0].Id, $sessions[2].Id
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpAlreadyExists,*'
        $failed[0].Exception.Host | Should -Be $sessions[1].HostName
        "$($failed[0])" | Should -BeLike 'web2: *'
        $received = Receive-SftpFile "$remote-none", $remote ./all -Session web1, web3 -ErrorVariable failed -ErrorAction SilentlyContinue
        $received.Count | Should -Be 2
        $failed.Count | Should -Be 2
        "$($failed[1])" | Should -BeLike 'web3: *'
    }

    It 'sends to the others where one cannot be reached' {
        if ($server.IsReal) { Set-ItResult -Skipped -Because 'it takes several hosts'; return }
        $gone = New-SftpSession "box$(Get-Random)" -UserName user -Transport Memory -Name gone
        Remove-SftpSession $gone
        $results = Send-SftpFile "$tree/app.log" $remote -Session $sessions[0], $gone, $sessions[1] -Summary -ErrorVariable failed -ErrorAction SilentlyContinue
        $results.Count | Should -Be 3
        @($results | Where-Object Success).Count | Should -Be 2
        ($results | Where-Object { -not $_.Success }).SessionId | Should -Be $gone.Id
        $failed.Count | Should -Be 1
        "$($failed[0])" | Should -BeLike 'gone: *'
    }

    It 'sends what the pipeline brings to all' {
        if ($server.IsReal) { Set-ItResult -Skipped -Because 'it takes several hosts'; return }
        (Get-ChildItem "$tree/sub" | Send-SftpFile "$remote/" -Session $sessions).Count | Should -Be 15
        (Get-SftpChildItem $remote -Session web1 | Receive-SftpFile ./back -Session web2, web3).Count | Should -Be 10
        (Get-ChildItem back).Name | Should -Be 'web2', 'web3'
    }

    It 'transfers at the same time' {
        if ($server.IsReal) { Set-ItResult -Skipped -Because 'it takes several hosts'; return }
        [IO.File]::WriteAllBytes("$here/some", [byte[]]::new(300KB))
        $one = (Measure-Command { Send-SftpFile ./some $remote -Session web1 -BandwidthLimit 150KB }).TotalSeconds
        $all = (Measure-Command { Send-SftpFile ./some $remote -Session $sessions -BandwidthLimit 150KB }).TotalSeconds
        # One after the other would take as many times as there are sessions.
        $all | Should -BeLessThan (0.8 * $sessions.Count * $one)
    }
}
