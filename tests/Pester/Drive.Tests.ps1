BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'A drive over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server -Name "drive$(Get-Random)"
        if ($session) { $null = New-PSDrive -Name web -PSProvider Sftp -Root . -Session $session }
    }
    BeforeEach {
        Skip-WithoutHost $server
        Set-Location $PSScriptRoot
        if ($session) {
            Get-ChildItem web:/ -Force | Where-Object Name -NE '.ssh' | Remove-Item -Recurse
            foreach ($file in 'a.txt', 'b.log', 'sub/c.txt', 'sub/deep/d.log') {
                $null = New-Item -Force "web:/$file" -Value $file
            }
        }
    }
    AfterAll {
        Set-Location $PSScriptRoot
        Remove-PSDrive web -ErrorAction Ignore
        Stop-TestHost $server
    }

    It 'shows where it leads' {
        $drive = Get-PSDrive web
        $drive.Provider.ToString() | Should -Be 'AcodeSftp\Sftp'
        $drive.DisplayRoot | Should -Be "sftp://$($session.Authority)$($server.Start)"
        $drive | Format-List DisplayRoot | Out-String -Width 200 | Should -Match ([regex]::Escape($drive.DisplayRoot))
    }

    It 'is a place to be' {
        Set-Location web:
        "$pwd" | Should -Be 'web:/'
        Set-Location sub/deep
        "$pwd" | Should -Be 'web:/sub/deep'
        (Get-ChildItem).Name | Should -Be 'd.log'
        (Get-Item ../c.txt).FullPath | Should -Be "$($server.Start)/sub/c.txt"
        (Get-Item web:/a.txt).Name | Should -Be 'a.txt'
        Set-Location ..
        "$pwd" | Should -Be 'web:/sub'
        { Set-Location none -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*'
        { Set-Location c.txt -ErrorAction Stop } | Should -Throw
        Set-Location web:/
        Set-Location -
        "$pwd" | Should -Be 'web:/sub'
    }

    It 'cannot be left by ..' {
        Set-Location web:/
        (Get-ChildItem ../..).Name | Should -Be 'a.txt', 'b.log', 'sub'
        { Get-ChildItem sub/../../.. -ErrorAction Stop } | Should -Throw
        { Get-ChildItem "AcodeSftp\Sftp::#$($session.Id)$($server.Start)/.." -ErrorAction Stop } | Should -Throw -ErrorId 'SftpDrivePathInvalid*'
    }

    It 'lists' {
        $entries = Get-ChildItem web:/
        $entries.Name | Should -Be 'a.txt', 'b.log', 'sub'
        $entries[0].GetType().FullName | Should -Be 'AcodeSftp.Files.SftpFileInfo'
        $entries.PSIsContainer | Should -Be $false, $false, $true
        $entries[0].PSPath | Should -Be "AcodeSftp\Sftp::#$($session.Id)$($server.Start)/a.txt"
        $entries[0].PSChildName | Should -Be 'a.txt'
        $entries[0].PSDrive.Name | Should -Be 'web'
        $entries[0].PSParentPath | Should -Be "AcodeSftp\Sftp::#$($session.Id)$($server.Start)"
        $entries | Out-String -Width 160 | Should -Match ([regex]::Escape("    Directory: sftp://$($session.Authority)$($server.Start)"))
    }

    It 'descends' {
        (Get-ChildItem web:/ -Recurse).Name | Should -Be 'a.txt', 'b.log', 'sub', 'c.txt', 'deep', 'd.log'
        (Get-ChildItem web:/ -Depth 1).Name | Should -Be 'a.txt', 'b.log', 'sub', 'c.txt', 'deep'
        (Get-ChildItem web:/ -Recurse -Filter *.log).Name | Should -Be 'b.log', 'd.log'
        (Get-ChildItem web:/ -Recurse -Include *.txt).Name | Should -Be 'a.txt', 'c.txt'
        (Get-ChildItem web:/ -Recurse -Exclude *.txt, deep).Name | Should -Be 'b.log', 'sub', 'd.log'
        (Get-ChildItem web:/ -Recurse -File).Name | Should -Be 'a.txt', 'b.log', 'c.txt', 'd.log'
        (Get-ChildItem web:/ -Recurse -Directory).Name | Should -Be 'sub', 'deep'
        Get-ChildItem web:/ -Recurse -Name | Should -Be 'a.txt', 'b.log', 'sub', 'sub/c.txt', 'sub/deep', 'sub/deep/d.log'
        Get-ChildItem web:/ -Name | Should -Be 'a.txt', 'b.log', 'sub'
    }

    It 'hides names with a dot, as on disk' {
        $null = New-Item web:/.hidden/inner -Force
        (Get-ChildItem web:/ -Recurse).Name | Should -Not -Contain '.hidden'
        (Get-ChildItem web:/ -Recurse).Name | Should -Not -Contain 'inner'
        (Get-ChildItem web:/ -Recurse -Force).Name | Should -Contain 'inner'
        (Get-Item web:/.hidden).Name | Should -Be '.hidden'
    }

    It 'expands <pattern>' -ForEach @(
        @{ pattern = 'web:/*.txt'; names = @('a.txt') }
        @{ pattern = 'web:/*/*.txt'; names = @('c.txt') }
        @{ pattern = 'web:/s?b/d*/[cd].log'; names = @('d.log') }
        @{ pattern = 'web:/none*'; names = @() }
    ) {
        @(Get-Item $pattern).Name | Should -Be $names
        Test-Path $pattern | Should -Be ($names.Count -gt 0)
        @(Resolve-Path $pattern).Count | Should -Be $names.Count
    }

    It 'tests paths' {
        Test-Path web:/a.txt | Should -BeTrue
        Test-Path web:/a.txt -PathType Container | Should -BeFalse
        Test-Path web:/sub -PathType Container | Should -BeTrue
        Test-Path web:/none | Should -BeFalse
        Test-Path web:/a.txt/none | Should -BeFalse
    }

    It 'makes items' {
        (New-Item web:/new/below -ItemType Directory).IsDirectory | Should -BeTrue
        { New-Item web:/new -ItemType Directory -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
        (New-Item web:/new -ItemType Directory -Force).IsDirectory | Should -BeTrue
        (New-Item web:/new/empty).Size | Should -Be 0
        { New-Item web:/new/empty -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
        (New-Item web:/new/empty -Value text -Force).Size | Should -Be 4
        { New-Item web:/gone/file -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
        (New-Item web:/gone/file -Force).Name | Should -Be 'file'
        (New-Item web:/link -ItemType SymbolicLink -Value a.txt).LinkTarget | Should -Be 'a.txt'
        Get-Content web:/link | Should -Be 'a.txt'
        (New-Item web:/hard -ItemType HardLink -Value web:/a.txt).Size | Should -Be 5
        { New-Item web:/x -ItemType Junction -Value a.txt -ErrorAction Stop } | Should -Throw -ErrorId 'SftpDriveItemTypeInvalid*'
    }

    It 'removes items' {
        Remove-Item web:/a.txt
        Test-Path web:/a.txt | Should -BeFalse
        { Remove-Item web:/a.txt -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*'
        Remove-Item web:/sub -Recurse
        (Get-ChildItem web:/).Name | Should -Be 'b.log'
        Remove-Item web:/*
        Get-ChildItem web:/ | Should -BeNullOrEmpty
    }

    It 'removes links and not what they lead to' {
        $null = New-Item web:/link -ItemType SymbolicLink -Value sub
        $null = New-Item web:/dangling -ItemType SymbolicLink -Value nowhere
        (Get-ChildItem web:/link/).Name | Should -Be 'c.txt', 'deep'
        Remove-Item web:/link, web:/dangling -Recurse
        (Get-ChildItem web:/ -Recurse).Count | Should -Be 6
    }

    It 'renames, moves and copies' {
        (Rename-Item web:/a.txt z.txt -PassThru).FullPath | Should -Be "$($server.Start)/z.txt"
        { Rename-Item web:/z.txt b.log -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
        { Rename-Item web:/z.txt sub/z.txt -ErrorAction Stop } | Should -Throw
        (Move-Item web:/z.txt web:/sub -PassThru).FullPath | Should -Be "$($server.Start)/sub/z.txt"
        { Move-Item web:/sub/z.txt web:/b.log -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
        Move-Item web:/sub/z.txt web:/b.log -Force
        Get-Content web:/b.log | Should -Be 'a.txt'
        (Copy-Item web:/b.log web:/copy.log -PassThru).Name | Should -Be 'copy.log'
        Copy-Item web:/copy.log web:/sub
        Get-Content web:/sub/copy.log | Should -Be 'a.txt'
        Copy-Item web:/sub web:/twin -Recurse
        Get-ChildItem web:/twin -Recurse -Name | Should -Be (Get-ChildItem web:/sub -Recurse -Name)
        Copy-Item web:/sub web:/bare
        Get-ChildItem web:/bare | Should -BeNullOrEmpty
        { Copy-Item web:/sub web:/sub/deep -Recurse -ErrorAction Stop } | Should -Throw
        { Copy-Item web:/b.log web:/b.log -ErrorAction Stop } | Should -Throw
        Get-Content web:/b.log | Should -Be 'a.txt'
    }

    It 'reads and writes content' {
        'x', 'y' | Set-Content web:/text
        Add-Content web:/text z
        Get-Content web:/text | Should -Be 'x', 'y', 'z'
        Get-Content web:/text -Raw | Should -Be "x`ny`nz`n"
        Get-Content web:/text -TotalCount 1 | Should -Be 'x'
        (Get-Content web:/text -ReadCount 2)[0] | Should -Be 'x', 'y'
        Get-Content web:/text -AsByteStream -TotalCount 2 | Should -Be 120, 10
        'short' | Set-Content web:/text
        Get-Content web:/text | Should -Be 'short'
        Set-Content web:/text 'ä' -Encoding unicode
        (Get-Item web:/text).Size | Should -Be 6
        Add-Content web:/text 'ö'
        Get-Content web:/text | Should -Be 'ä', 'ö'
        Set-Content web:/bytes ([byte[]](0, 255, 10)) -AsByteStream
        [Convert]::ToHexString((Get-Content web:/bytes -AsByteStream -Raw)) | Should -Be '00FF0A'
        Set-Content web:/bytes 'a', 'b' -NoNewline
        Get-Content web:/bytes -Raw | Should -Be 'ab'
        Clear-Content web:/bytes
        (Get-Item web:/bytes).Size | Should -Be 0
        { Get-Content web:/none -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*'
        { Get-Content web:/sub -ErrorAction Stop } | Should -Throw
        { Set-Content web:/none/file x -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
    }

    It 'moves many lines' {
        $lines = 1..20000 | ForEach-Object { "line $_ " + 'x' * 80 }
        $lines | Set-Content web:/many
        Compare-Object $lines (Get-Content web:/many) | Should -BeNullOrEmpty
    }

    It 'takes what it listed, on both of its drives' {
        $null = New-PSDrive -Name sub -PSProvider Sftp -Root sub -Session $session.Id
        try {
            (Get-ChildItem sub:).Name | Should -Be 'c.txt', 'deep'
            Get-ChildItem sub: -File | Get-Content | Should -Be 'sub/c.txt'
            Move-Item sub:/c.txt web:/
            (Get-ChildItem web:/ -File).Name | Should -Be 'a.txt', 'b.log', 'c.txt'
            Get-ChildItem web:/ -File | Remove-Item
            Get-ChildItem web:/ -File | Should -BeNullOrEmpty
        }
        finally { Remove-PSDrive sub }
    }

    It 'does nothing with -WhatIf' {
        $before = Get-ChildItem web:/ -Recurse -Name
        $null = New-Item web:/new -WhatIf
        Remove-Item web:/sub -Recurse -WhatIf
        Rename-Item web:/a.txt x -WhatIf
        Move-Item web:/a.txt web:/sub -WhatIf
        Copy-Item web:/a.txt web:/sub -WhatIf
        Copy-Item web:/sub web:/other -Recurse -WhatIf
        Set-Content web:/a.txt changed -WhatIf
        Add-Content web:/a.txt changed -WhatIf
        Clear-Content web:/a.txt -WhatIf
        Set-Content web:/fresh changed -WhatIf
        Get-ChildItem web:/ -Recurse -Name | Should -Be $before
        Get-Content web:/a.txt | Should -Be 'a.txt'
    }

    It 'reaches <name>' -ForEach @(
        @{ name = 'a [1].txt' }, @{ name = "it's" }, @{ name = 'dq"x' }, @{ name = 'back\slash' }, @{ name = "new`nline" }
        @{ name = 'a`b' }, @{ name = '$v' }, @{ name = '-dash' }, @{ name = '#1' }, @{ name = "e`e[31m" }, @{ name = 'web:x' }
        @{ name = 'ümläut' }, @{ name = ' space ' }
    ) {
        $null = New-Item web:/odd -ItemType Directory
        Set-Content -LiteralPath "web:/odd/$name" -Value 'kept'
        $found = Get-ChildItem web:/odd
        $found.Name | Should -BeExactly $name
        $found.PSChildName | Should -BeExactly $name
        $found | Get-Content | Should -Be 'kept'
        Get-Content -LiteralPath "web:/odd/$name" | Should -Be 'kept'
        (Get-ChildItem web:/odd/*).Name | Should -BeExactly $name
        Set-Location web:/odd
        (Get-Item -LiteralPath "./$name").Name | Should -BeExactly $name
        Set-Location web:/
        $found | Out-String | Should -Not -Match "`e\[31m"
        Get-ChildItem web:/odd | Remove-Item
        Get-ChildItem web:/odd | Should -BeNullOrEmpty
    }
}

Describe 'Drives and sessions' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $one = New-SftpSession one -Transport Memory -Name one
    }
    AfterEach {
        Get-PSDrive -PSProvider Sftp | Remove-PSDrive -Force
        Get-SftpSession | Where-Object Id -NE $one.Id | Remove-SftpSession
    }
    AfterAll { Get-SftpSession | Remove-SftpSession }

    It 'belong together, by object, id, name or because there is one' {
        foreach ($asked in @{ Session = $one }, @{ Session = $one.Id }, @{ Session = 'one' }, @{}) {
            $null = New-PSDrive -Name d -PSProvider Sftp -Root . @asked
            (Get-Item d:/).SessionId | Should -Be $one.Id
            Remove-PSDrive d
        }
        $null = New-SftpSession two -Transport Memory -Name two
        { New-PSDrive -Name d -PSProvider Sftp -Root . -ErrorAction Stop } | Should -Throw -ErrorId 'SftpSessionAmbiguous*'
        { New-PSDrive -Name d -PSProvider Sftp -Root . -Session none -ErrorAction Stop } | Should -Throw '*none*'
    }

    It 'are refused for a root that is no directory' {
        { New-PSDrive -Name d -PSProvider Sftp -Root /none -Session $one -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
        $null = Send-SftpFile $PSCommandPath file -Session $one
        { New-PSDrive -Name d -PSProvider Sftp -Root file -Session $one -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        Get-PSDrive -PSProvider Sftp | Should -BeNullOrEmpty
    }

    It 'of two servers are kept apart, whatever drive is the current one' {
        $two = New-SftpSession two -Transport Memory -Name two
        $null = New-PSDrive -Name d1 -PSProvider Sftp -Root . -Session $one
        $null = New-PSDrive -Name d2 -PSProvider Sftp -Root . -Session $two
        $null = New-Item d1:/same -Value one -Force
        $null = New-Item d2:/same -Value two
        Set-Location d2:/
        try {
            Get-Item d1:/same | Get-Content | Should -Be 'one'
            Get-Item d1:/same | Remove-Item
        }
        finally { Set-Location $PSScriptRoot }
        Test-Path d1:/same | Should -BeFalse
        Get-Content d2:/same | Should -Be 'two'
        { Move-Item d2:/same d1:/ -ErrorAction Stop } | Should -Throw -ErrorId 'SftpDriveOtherSession*'
        { Copy-Item d2:/same d1:/ -ErrorAction Stop } | Should -Throw -ErrorId 'SftpDriveOtherSession*'
    }

    It 'part with an error that says so' {
        $two = New-SftpSession two -Transport Memory -Name two
        $null = New-PSDrive -Name d -PSProvider Sftp -Root . -Session $two
        $item = New-Item d:/x
        Remove-SftpSession $two
        Set-Location $TestDrive
        foreach ($use in { Get-ChildItem d:/ }, { Get-Content d:/x }, { Remove-Item d:/x }, { Set-Content d:/x y }, { $item | Remove-Item }, { Set-Location d: }) {
            $Error.Clear()
            try { & $use 2>$null } catch { }
            $Error.FullyQualifiedErrorId | Should -BeLike 'SftpSessionNotFound*'
        }
        "$pwd" | Should -Be "$TestDrive"
        $null = Test-Path d:/x -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId | Should -BeLike 'SftpSessionNotFound*'
        Remove-PSDrive d
        Get-PSDrive d -ErrorAction Ignore | Should -BeNullOrEmpty
        Set-Location $PSScriptRoot
    }

    It 'never hand a remote item to the file system' {
        $victim = Join-Path $TestDrive victim.txt
        'precious' | Set-Content $victim
        $null = New-PSDrive -Name d -PSProvider Sftp -Root / -Session $one
        $null = New-Item "d:$victim" -Force -Value remote
        $item = Get-Item "d:$victim"
        $item.FullPath | Should -Be $victim
        Set-Location $TestDrive
        try {
            { Copy-Item $item.PSPath $TestDrive -ErrorAction Stop } | Should -Throw
            { $item | Move-Item -Destination $TestDrive/else -ErrorAction Stop } | Should -Throw
            { Remove-Item "$item" -ErrorAction Stop } | Should -Throw
            $item | Rename-Item -NewName renamed
            Test-Path "d:$TestDrive/renamed" | Should -BeTrue
            Get-Item "d:$TestDrive/renamed" | Remove-Item
            Test-Path "d:$TestDrive/renamed" | Should -BeFalse
            { $item | Set-Content -Value gone -ErrorAction Stop } | Should -Not -Throw
            Remove-PSDrive d
            # The session is still open, so the path still leads to its server.
            $item | Remove-Item
            { $item | Remove-Item -ErrorAction Stop } | Should -Throw
        }
        finally { Set-Location $PSScriptRoot }
        Get-ChildItem $TestDrive -Name | Should -Be 'victim.txt'
        Get-Content $victim | Should -Be 'precious'
    }

    It 'do not show what PowerShell would take for something else' {
        $null = New-PSDrive -Name d -PSProvider Sftp -Root . -Session $one
        $root = (Get-Item d:).FullPath
        $null = Send-SftpFile $PSCommandPath "#$($one.Id)$root/a.txt" -Session $one
        $null = New-Item d:/a.txt -Value other
        $found = Get-ChildItem d:/ -Recurse -ErrorVariable failed -ErrorAction SilentlyContinue
        @($found.Name -eq 'a.txt').Count | Should -Be 1
        $failed.FullyQualifiedErrorId | Should -BeLike 'SftpUnsupported*'
    }
}

Describe 'Ctrl+C on a drive' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost sshd
        $session = Open-TestSession $server
        if ($session) {
            [IO.File]::WriteAllText("$($server.Start)/long", "line`n" * 4000000)
            $null = New-Item -ItemType Directory "$($server.Start)/tree"
            foreach ($i in 1..3000) { $null = [IO.Directory]::CreateDirectory("$($server.Start)/tree/$i") }
        }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterAll { Stop-TestHost $server }

    It 'ends <name> within a second' -ForEach @(
        @{ name = 'listing'; use = 'while ($true) { Get-ChildItem d:/tree -Recurse }' }
        @{ name = 'reading'; use = 'while ($true) { Get-Content d:/long }' }
        @{ name = 'writing'; use = '& { while ($true) { "x" } } | Set-Content d:/endless' }
    ) {
        $running = Start-Stoppable -Argument $session -Script "param(`$session) `$null = New-PSDrive d Sftp . -Session `$session; $use"
        Start-Sleep -Milliseconds 800
        $running.Async.IsCompleted | Should -BeFalse
        Stop-Stoppable $running | Should -BeLessThan 4000
        $session.State | Should -Be 'Connected'
        (Get-SftpItem / -Session $session).FullPath | Should -Be '/'
    }
}
