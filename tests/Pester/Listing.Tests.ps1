BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Listing over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server
        $local = Join-Path $TestDrive tree
        foreach ($file in 'a.txt', 'b.log', 'sub/c.txt', 'sub/deep/d.log', 'a [1] #x.txt', "sub/it's.txt") {
            $null = New-Item -ItemType File -Force -Path (Join-Path $local $file) -Value $file
        }
        if ($session) { $null = Send-SftpFile -LiteralPath $local -Destination listing -Recurse }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterAll { Stop-TestHost $server }

    It 'lists a directory in the order of its names' {
        (Get-SftpChildItem listing).Name | Should -Be 'a [1] #x.txt', 'a.txt', 'b.log', 'sub'
    }

    It 'lists the directory that the session starts in where none is named' {
        (Get-SftpChildItem).FullPath | Should -Contain "$($server.Start)/listing"
    }

    It 'describes files' {
        $file = Get-SftpItem listing/a.txt
        $file.Name | Should -Be 'a.txt'
        $file.FullPath | Should -Be "$($server.Start)/listing/a.txt"
        $file.ParentPath | Should -Be "$($server.Start)/listing"
        $file.Size | Should -Be 5
        $file.IsDirectory | Should -BeFalse
        $file.Mode | Should -BeLike '-rw*'
        $file.Modified | Should -BeGreaterThan ([DateTimeOffset]::UtcNow.AddHours(-1))
        $file.SessionId | Should -Be $session.Id
        "$file" | Should -Be "sftp://$($session.UserName)@$($session.HostName):$($session.Port)$($server.Start)/listing/a.txt"
        $file.PSObject.Properties.Name | Should -Not -Contain 'Path'
        $file.PSObject.Properties.Name | Should -Not -Contain 'PSPath'
        $file.PSObject.Properties.Name | Should -Not -Contain 'LiteralPath'
    }

    It 'descends with -Recurse, directory by directory' {
        $paths = (Get-SftpChildItem listing -Recurse).FullPath | ForEach-Object { $_.Substring("$($server.Start)/listing/".Length) }
        $paths | Should -Be 'a [1] #x.txt', 'a.txt', 'b.log', 'sub', 'sub/c.txt', 'sub/deep', "sub/it's.txt", 'sub/deep/d.log'
    }

    It 'descends as far as -Depth says' {
        (Get-SftpChildItem listing -Depth 1).Name | Should -Not -Contain 'd.log'
        (Get-SftpChildItem listing -Depth 1).Name | Should -Contain 'c.txt'
        (Get-SftpChildItem listing -Depth 0).Count | Should -Be 4
    }

    It 'tells files from directories' {
        (Get-SftpChildItem listing -Recurse -Directory).Name | Should -Be 'sub', 'deep'
        (Get-SftpChildItem listing -Recurse -File).Count | Should -Be 6
    }

    It 'filters names and descends all the same' {
        (Get-SftpChildItem listing -Recurse -Filter *.log).Name | Should -Be 'b.log', 'd.log'
        (Get-SftpChildItem listing *.txt).Count | Should -Be 2
    }

    It 'expands <pattern>' -ForEach @(
        @{ pattern = 'listing/*.txt'; names = 'a [1] #x.txt', 'a.txt' }
        @{ pattern = 'listing/[ab].*'; names = 'a.txt', 'b.log' }
        @{ pattern = 'listing/?.log'; names = @('b.log') }
        @{ pattern = 'listing/*/*.txt'; names = 'c.txt', "it's.txt" }
        @{ pattern = 'listing/s*/deep/d.log'; names = @('d.log') }
        @{ pattern = 'listing/a `[1`] #x.txt'; names = @('a [1] #x.txt') }
        @{ pattern = './listing/../listing//a.txt'; names = @('a.txt') }
        @{ pattern = 'listing/*.TXT'; names = @() }
    ) {
        @(Get-SftpItem $pattern).Name | Should -Be $names
    }

    It 'takes names as they are with -LiteralPath' {
        (Get-SftpItem -LiteralPath 'listing/a [1] #x.txt').Size | Should -Be 12
        { Get-SftpItem -LiteralPath 'listing/*.txt' -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
    }

    It 'understands ~' {
        (Get-SftpItem ~).IsDirectory | Should -BeTrue
    }

    It 'takes its own objects back' {
        (Get-SftpChildItem listing -File | Get-SftpItem).Name | Should -Be 'a [1] #x.txt', 'a.txt', 'b.log'
        (Get-SftpItem (Get-SftpItem -LiteralPath 'listing/a [1] #x.txt')).Name | Should -Be 'a [1] #x.txt'
        (Get-SftpItem listing/sub | Get-SftpChildItem).Count | Should -Be 3
    }

    It 'lists a file as itself, and what a pattern finds' {
        (Get-SftpChildItem listing/a.txt).Name | Should -Be 'a.txt'
        (Get-SftpChildItem listing/s*).Name | Should -Be 'sub'
        (Get-SftpChildItem listing/s* -Recurse).Count | Should -Be 5
    }

    It 'goes on after a path that is not there' {
        $found = Get-SftpItem listing/none.txt, listing/a.txt -ErrorVariable failed -ErrorAction SilentlyContinue
        $found.Name | Should -Be 'a.txt'
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpNotFound,*'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failed[0].TargetObject | Should -Be 'listing/none.txt'
        { Get-SftpChildItem listing/none -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
    }

    It 'stops listing when enough was taken, and can be used again' {
        (Get-SftpChildItem listing -Recurse | Select-Object -First 2).Count | Should -Be 2
        (Get-SftpChildItem listing).Count | Should -Be 4
    }

    It 'looks like Get-ChildItem' {
        $text = Get-SftpChildItem listing | Out-String -Width 160
        $text | Should -Match ([regex]::Escape("    Directory: sftp://$($session.Authority)$($server.Start)/listing"))
        $text | Should -Match '(?m)^Mode +Modified +Size +Name'
        $text | Should -Match '(?m)^-rw\S+ .*\d\d:\d\d +5 a\.txt'
        $text | Should -Match '(?m)^drwx\S+ .*\d\d:\d\d +sub'
    }
}

Describe 'Listing what is strange' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost sshd
        $session = Open-TestSession $server
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterAll { Stop-TestHost $server }

    It 'shows links with their targets and does not follow them' {
        $null = New-Item -ItemType Directory "$($server.Start)/links/dir"
        $null = New-Item -ItemType SymbolicLink "$($server.Start)/links/loop" -Target '..'
        $entries = Get-SftpChildItem links -Recurse
        $entries.Count | Should -Be 2
        $link = $entries | Where-Object IsSymlink
        $link.LinkTarget | Should -Be '..'
        $entries | Out-String | Should -Match 'loop -> \.\.'
    }

    It 'never prints control characters' {
        $name = "evil`e[31m`a`nname"
        [IO.File]::WriteAllText("$($server.Start)/$name", 'x')
        $file = Get-SftpChildItem -Filter evil*
        $file.Name | Should -BeExactly $name
        foreach ($text in ($file | Out-String), ($file | Format-List | Out-String)) {
            $text | Should -Not -Match "`e\[31m|`a"
            $text | Should -Match ([regex]::Escape('evil\x1b[31m\x07\nname'))
        }
    }

    It 'lists 10,000 entries, the first of them soon' {
        $directory = New-Item -ItemType Directory "$($server.Start)/many"
        foreach ($i in 1..10000) { [IO.File]::Create("$directory/file-$i.txt").Dispose() }
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $first = $null
        $count = 0
        Get-SftpChildItem many | ForEach-Object { $first ??= $watch.ElapsedMilliseconds; $count++ }
        $count | Should -Be 10000
        $first | Should -BeLessThan ($watch.ElapsedMilliseconds / 2)
    }

    It 'goes on after a directory it may not read' {
        if ((id -u) -eq 0) { Set-ItResult -Skipped -Because 'root may read every directory' }
        $null = New-Item -ItemType Directory "$($server.Start)/part/closed", "$($server.Start)/part/open/inner"
        chmod 000 "$($server.Start)/part/closed"
        $found = Get-SftpChildItem part -Recurse -ErrorVariable failed -ErrorAction SilentlyContinue
        chmod 700 "$($server.Start)/part/closed"
        $found.Name | Should -Be 'closed', 'open', 'inner'
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpPermissionDenied,*'
    }
}
