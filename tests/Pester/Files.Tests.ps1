BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Files over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server

        function Get-Name { param([string] $Path) Get-SftpChildItem $Path -Recurse | ForEach-Object { $_.FullPath.Substring("$($server.Start)/files/".Length) } }
    }
    BeforeEach {
        Skip-WithoutHost $server
        if ($session) {
            if (Test-SftpPath files) { Remove-SftpItem files -Recurse -Force }
            $null = New-SftpItem files/sub/deep -ItemType Directory
            $null = New-SftpItem files/a.txt -Value 'alpha'
            $null = New-SftpItem files/sub/b.txt -Value 'beta'
            $null = New-SftpItem files/sub/deep/c.log -Value 'gamma'
        }
    }
    AfterAll { Stop-TestHost $server }

    Context 'Test-SftpPath' {
        It 'tells what is there' {
            Test-SftpPath files | Should -BeTrue
            Test-SftpPath files/none | Should -BeFalse
            Test-SftpPath files -PathType Container | Should -BeTrue
            Test-SftpPath files -PathType Leaf | Should -BeFalse
            Test-SftpPath files/a.txt -PathType Leaf | Should -BeTrue
            Test-SftpPath files/*.txt, files/*.none, none/* | Should -Be $true, $false, $false
            Test-SftpPath -LiteralPath 'files/*.txt' | Should -BeFalse
            Get-SftpItem files/a.txt | Test-SftpPath | Should -BeTrue
        }

        It 'follows links' {
            $null = New-SftpItem files/dir -ItemType SymbolicLink -Value sub
            $null = New-SftpItem files/dangling -ItemType SymbolicLink -Value nowhere
            Test-SftpPath files/dir -PathType Container | Should -BeTrue
            Test-SftpPath files/dangling | Should -BeFalse
        }
    }

    Context 'New-SftpItem' {
        It 'creates files, and refuses to replace one without -Force' {
            $file = New-SftpItem files/new.txt -Value 'x'
            $file.GetType().FullName | Should -Be 'AcodeSftp.Files.SftpFileInfo'
            $file.Size | Should -Be 1
            { New-SftpItem files/new.txt -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
            Get-SftpContent files/new.txt | Should -Be 'x'
            (New-SftpItem files/new.txt -Value 'longer' -Force).Size | Should -Be 6
        }

        It 'creates directories with their parents' {
            (New-SftpItem files/1/2/3 -ItemType Directory).IsDirectory | Should -BeTrue
            { New-SftpItem files/1/2/3 -ItemType Directory -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
            (New-SftpItem files/1/2/3 -ItemType Directory -Force).FullPath | Should -Be "$($server.Start)/files/1/2/3"
        }

        It 'creates missing parents of a file with -Force only' {
            { New-SftpItem files/x/y -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
            (New-SftpItem files/x/y -Force).Name | Should -Be 'y'
        }

        It 'creates symbolic links, and switches them in one step' {
            $link = New-SftpItem files/current -ItemType SymbolicLink -Target a.txt
            $link.LinkTarget | Should -Be 'a.txt'
            Get-SftpContent files/current | Should -Be 'alpha'
            { New-SftpItem files/current -ItemType SymbolicLink -Target sub/b.txt -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
            (New-SftpItem files/current -ItemType SymbolicLink -Target sub/b.txt -Force).LinkTarget | Should -Be 'sub/b.txt'
            Get-SftpContent files/current | Should -Be 'beta'
            Get-SftpContent files/a.txt | Should -Be 'alpha'
            (Get-SftpChildItem files -Filter .~*) | Should -BeNullOrEmpty
        }

        It 'creates hard links' {
            $null = New-SftpItem files/other -ItemType HardLink -Value files/a.txt
            Add-SftpContent files/other ' and omega' -NoNewline
            Get-SftpContent files/a.txt | Should -Be 'alpha and omega'
        }

        It 'creates nothing with -WhatIf' {
            New-SftpItem files/w/h/a/t -ItemType Directory -WhatIf | Should -BeNullOrEmpty
            Test-SftpPath files/w | Should -BeFalse
        }
    }

    Context 'Remove-SftpItem' {
        It 'removes files, links and empty directories' {
            $null = New-SftpItem files/link -ItemType SymbolicLink -Value sub
            $null = New-SftpItem files/empty -ItemType Directory
            Remove-SftpItem files/link, files/empty, files/a.txt
            Get-Name files | Should -Be 'sub', 'sub/b.txt', 'sub/deep', 'sub/deep/c.log'
        }

        It 'leaves a directory that is not empty without -Recurse' {
            Remove-SftpItem files/sub -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpNotEmpty,*'
            $failed[0].ErrorDetails.RecommendedAction | Should -Match 'Recurse'
            Test-SftpPath files/sub/deep/c.log | Should -BeTrue
        }

        It 'asks before it removes one with -Recurse, unless told not to' {
            # Nobody can be asked in a runspace without a user.
            $script = { param($manifest, $id) Import-Module $manifest; Remove-SftpItem files/sub -Recurse -Session $id; $Error[0].FullyQualifiedErrorId }
            $shell = [powershell]::Create()
            $id = $shell.AddScript($script).AddArgument($moduleManifest).AddArgument($session.Id).Invoke()
            $shell.Dispose()
            $id | Should -BeLike 'SftpConfirmationNeeded,*'
            Test-SftpPath files/sub/deep/c.log | Should -BeTrue
            Remove-SftpItem files/sub -Recurse -Confirm:$false
            Test-SftpPath files/sub | Should -BeFalse
        }

        It 'removes what the pipeline gives and wildcards find' {
            Get-SftpChildItem files -Recurse -File -Filter *.txt | Remove-SftpItem
            Get-Name files | Should -Be 'sub', 'sub/deep', 'sub/deep/c.log'
            Remove-SftpItem files/* -Recurse -Force
            Get-Name files | Should -BeNullOrEmpty
        }

        It 'removes nothing with -WhatIf, and does not ask' {
            Remove-SftpItem files -Recurse -WhatIf
            Get-Name files | Should -HaveCount 5
        }

        It 'never removes the root directory, and goes on after what is not there' {
            Remove-SftpItem / -Recurse -Force -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpInvalidArgument,*'
            Remove-SftpItem files/none, files/a.txt -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpNotFound,*'
            Test-SftpPath files/a.txt | Should -BeFalse
        }
    }

    Context 'Rename-SftpItem' {
        It 'renames, by script block too' {
            (Rename-SftpItem files/a.txt z.txt -PassThru).FullPath | Should -Be "$($server.Start)/files/z.txt"
            Get-SftpChildItem files -Recurse -Filter *.txt | Rename-SftpItem -NewName { $_.Name -replace 'txt$', 'bak' }
            Get-Name files | Should -Be 'sub', 'z.bak', 'sub/b.bak', 'sub/deep', 'sub/deep/c.log'
        }

        It 'replaces nothing, and takes no path for a name' {
            $null = New-SftpItem files/b.txt
            { Rename-SftpItem files/a.txt b.txt -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
            { Rename-SftpItem files/a.txt sub/x -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
            Get-SftpContent files/a.txt | Should -Be 'alpha'
        }
    }

    Context 'Move-SftpItem' {
        It 'moves to a new name, into a directory, and into one that is made' {
            Move-SftpItem files/a.txt files/moved.txt
            Move-SftpItem files/moved.txt files/sub
            (Get-SftpChildItem files/sub -File | Move-SftpItem -Destination files/made/ -PassThru).Name | Should -Be 'b.txt', 'moved.txt'
            Get-Name files | Should -Be 'made', 'sub', 'made/b.txt', 'made/moved.txt', 'sub/deep', 'sub/deep/c.log'
        }

        It 'replaces with -Force only' {
            { Move-SftpItem files/a.txt files/sub/b.txt -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
            Move-SftpItem files/a.txt files/sub/b.txt -Force
            Get-SftpContent files/sub/b.txt | Should -Be 'alpha'
        }

        It 'moves none of several sources to the name of one file' {
            { Move-SftpItem files/a.txt, files/sub/b.txt files/one -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
            Get-Name files | Should -Be 'a.txt', 'sub', 'sub/b.txt', 'sub/deep', 'sub/deep/c.log'
        }

        It 'moves from one file system to another, directories too' {
            if (-not $server.Sshd) { Set-ItResult -Skipped -Because 'the embedded host has one file system'; return }
            if ((stat -c %d /dev/shm 2>$null) -eq (stat -c %d $server.Start)) { Set-ItResult -Skipped -Because 'there is no second file system'; return }
            $there = "/dev/shm/acode-pester-$PID"
            $null = New-SftpItem $there -ItemType Directory
            try {
                $null = New-SftpItem files/sub/link -ItemType SymbolicLink -Value b.txt
                Move-SftpItem files/a.txt, files/sub $there
                (Get-SftpChildItem $there -Recurse).Name | Should -Be 'a.txt', 'sub', 'b.txt', 'deep', 'link', 'c.log'
                Get-SftpContent $there/sub/deep/c.log | Should -Be 'gamma'
                Get-Name files | Should -BeNullOrEmpty
                # Nothing is merged into what is there.
                $null = New-SftpItem files/sub/new -Force
                { Move-SftpItem files/sub $there -ErrorAction Stop } | Should -Throw
                Test-SftpPath files/sub/new, $there/sub/new | Should -Be $true, $false
            }
            finally {
                Remove-SftpItem $there -Recurse -Force
            }
        }

        It 'does not move a directory into itself' {
            { Move-SftpItem files/sub files/sub/deep -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        }
    }

    Context 'Copy-SftpItem' {
        It 'copies files and trees on the server' {
            Set-SftpItem files/a.txt -Permission 0600 -LastWriteTime '2020-02-02T02:02:02Z'
            $copy = Copy-SftpItem files/a.txt files/copy.txt -PassThru
            $copy.Permissions | Should -Be 0x180
            $copy.Modified | Should -Be ([DateTimeOffset]'2020-02-02T02:02:02Z')
            $null = New-SftpItem files/sub/link -ItemType SymbolicLink -Value b.txt
            Copy-SftpItem files/sub files/tree -Recurse
            Get-Name files/tree | Should -Be 'tree/b.txt', 'tree/deep', 'tree/link', 'tree/deep/c.log'
            (Get-SftpItem files/tree/link).LinkTarget | Should -Be 'b.txt'
            Get-SftpContent files/tree/deep/c.log | Should -Be 'gamma'
        }

        It 'needs -Recurse for directories, and keeps out of itself' {
            { Copy-SftpItem files/sub files/tree -ErrorAction Stop } | Should -Throw -ErrorId 'SftpSourceIsDirectory*'
            { Copy-SftpItem files/sub files/sub/deep/x -Recurse -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        }

        It 'leaves existing files alone with -NoClobber' {
            { Copy-SftpItem files/a.txt files/sub/b.txt -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
            Get-SftpContent files/sub/b.txt | Should -Be 'beta'
            Copy-SftpItem files/a.txt files/sub/b.txt
            Get-SftpContent files/sub/b.txt | Should -Be 'alpha'
        }
    }

    Context 'Set-SftpItem' {
        It 'sets permissions as <permission>' -ForEach @(
            @{ permission = '0640'; mode = '-rw-r-----' }
            @{ permission = 640; mode = '-rw-r-----' }
            @{ permission = 'u=rw,go=r'; mode = '-rw-r--r--' }
            @{ permission = 'u+x,go-rwx'; mode = '-rwx------' }
        ) {
            $null = Set-SftpItem files/a.txt -Permission 0600
            (Set-SftpItem files/a.txt -Permission $permission -PassThru).Mode | Should -Be $mode
        }

        It 'takes the bits of another file as they are' {
            Set-SftpItem files/a.txt -Permission 0751
            Set-SftpItem files/sub/b.txt -Permission (Get-SftpItem files/a.txt).Permissions
            (Get-SftpItem files/sub/b.txt).Mode | Should -Be '-rwxr-x--x'
        }

        It 'sets times, and trees' {
            (Set-SftpItem files/a.txt -LastWriteTime ([DateTime]::new(2021, 3, 4, 5, 6, 7, [DateTimeKind]::Utc)) -PassThru).Modified |
                Should -Be ([DateTimeOffset]'2021-03-04T05:06:07Z')
            Set-SftpItem files -Permission 'u=rwX,go=' -Recurse
            (Get-SftpItem files/sub).Mode | Should -Be 'drwx------'
            (Get-SftpItem files/sub/deep/c.log).Mode | Should -Be '-rw-------'
        }

        It 'sets owner and group by number and name' {
            $file = Get-SftpItem files/a.txt
            $name = if ($server.Sshd) { id -gn } else {
                Register-SshCommandReply -Session $session -Command "getent group 'staff'" -StandardOutput "staff:x:$($file.GroupId):`n"
                'staff'
            }
            (Set-SftpItem files/a.txt -UserId $file.UserId -GroupId $file.GroupId -PassThru).GroupId | Should -Be $file.GroupId
            (Set-SftpItem files/a.txt -Group $name -PassThru).GroupId | Should -Be $file.GroupId
            { Set-SftpItem files/a.txt -Group 'no such group' -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
        }

        It 'says what is wrong' {
            { Set-SftpItem files/a.txt -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
            { Set-SftpItem files/a.txt -Permission 0888 } | Should -Throw '*no set of permissions*'
            { Set-SftpItem files/a.txt -Permission 'u~x' } | Should -Throw '*no set of permissions*'
        }

        It 'changes nothing with -WhatIf' {
            $before = (Get-SftpItem files/a.txt).Mode
            Set-SftpItem files/a.txt -Permission 0777 -WhatIf
            (Get-SftpItem files/a.txt).Mode | Should -Be $before
        }
    }

    Context 'Get-SftpFileHash' {
        It 'is what Get-FileHash tells by <algorithm>' -ForEach @(
            @{ algorithm = 'MD5' }, @{ algorithm = 'SHA1' }, @{ algorithm = 'SHA256' }, @{ algorithm = 'SHA384' }, @{ algorithm = 'SHA512' }
        ) {
            $local = Join-Path $TestDrive alpha
            [IO.File]::WriteAllText($local, 'alpha')
            $hash = Get-SftpFileHash files/a.txt -Algorithm $algorithm
            $hash.Hash | Should -Be (Get-FileHash $local -Algorithm $algorithm).Hash
            $hash.Algorithm | Should -Be $algorithm
            $hash.FullPath | Should -Be "$($server.Start)/files/a.txt"
        }

        It 'takes files from the pipeline, and none for a directory' {
            (Get-SftpChildItem files -Recurse -File | Get-SftpFileHash).Count | Should -Be 3
            # One shell on the server serves them all.
            foreach ($i in 1..100) { $null = New-SftpItem "files/many/$i" -Force -Value "$i" }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $hashes = Get-SftpChildItem files/many | Get-SftpFileHash
            $hashes.Count | Should -Be 100
            if ($server.Sshd) {
                $hashes.IsFromServer | Should -Not -Contain $false
                $watch.Elapsed.TotalSeconds | Should -BeLessThan 40
            }
            { Get-SftpFileHash files -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        }
    }

    Context 'Get-SftpDriveInfo' {
        It 'tells how much room there is' {
            $drive = Get-SftpDriveInfo
            $drive.Location | Should -Be $server.Start
            $drive.Size | Should -BeGreaterThan 0
            $drive.Available | Should -BeGreaterThan 0
            $drive.Available + $drive.Used | Should -BeLessOrEqual $drive.Size
            ($drive | Out-String) | Should -Match '%'
            Get-SftpItem files/a.txt | Get-SftpDriveInfo | ForEach-Object Location | Should -Be "$($server.Start)/files/a.txt"
        }
    }

    Context 'Pipelines' {
        It 'receives and then removes' {
            foreach ($i in 1..20) { $null = New-SftpItem "files/logs/$i/$i.gz" -Force -Value "log $i" }
            $local = Join-Path $TestDrive received
            Get-SftpChildItem files/logs -Filter *.gz -Recurse | Receive-SftpFile ($local + '/') | Remove-SftpItem
            (Get-ChildItem $local -File).Count | Should -Be 20
            Get-Content (Join-Path $local 7.gz) | Should -Be 'log 7'
            Get-SftpChildItem files/logs -Recurse -File | Should -BeNullOrEmpty
        }

        It 'leaves what could not be received' {
            $local = Join-Path $TestDrive "part$(Get-Random)"
            # A directory is in the way of one of the two.
            $null = New-Item -ItemType Directory "$local/a.txt/x"
            Get-SftpChildItem files -Recurse -Filter *.txt | Receive-SftpFile $local -ErrorAction SilentlyContinue | Remove-SftpItem
            Test-SftpPath files/a.txt, files/sub/b.txt | Should -Be $true, $false
        }

        It 'sends and then sets' {
            $local = Join-Path $TestDrive run.sh
            'echo hello' | Set-Content $local
            (Send-SftpFile $local files/ | Set-SftpItem -Permission u+x -PassThru).Mode | Should -BeLike '-rwx*'
        }

        It 'takes no local file for a remote one: <name>' -ForEach @(
            @{ name = 'Remove-SftpItem'; use = { $local | Remove-SftpItem -ErrorAction Stop } }
            @{ name = 'Rename-SftpItem'; use = { $local | Rename-SftpItem -NewName x -ErrorAction Stop } }
            @{ name = 'Move-SftpItem'; use = { $local | Move-SftpItem -Destination x -ErrorAction Stop } }
            @{ name = 'Move-SftpItem -Destination'; use = { Move-SftpItem files/a.txt -Destination $local } }
            @{ name = 'Copy-SftpItem'; use = { $local | Copy-SftpItem -Destination x -ErrorAction Stop } }
            @{ name = 'Set-SftpItem'; use = { $local | Set-SftpItem -Permission 0600 -ErrorAction Stop } }
            @{ name = 'Set-SftpContent'; use = { Set-SftpContent $local x } }
            @{ name = 'Get-SftpContent'; use = { $local | Get-SftpContent -ErrorAction Stop } }
            @{ name = 'New-SftpItem'; use = { $local | New-SftpItem -ErrorAction Stop } }
            @{ name = 'Test-SftpPath'; use = { $local | Test-SftpPath -ErrorAction Stop } }
            @{ name = 'Get-SftpFileHash'; use = { $local | Get-SftpFileHash -ErrorAction Stop } }
        ) {
            $local = New-Item -ItemType File -Force (Join-Path $TestDrive local.txt)
            $use | Should -Throw '*local file*'
        }
    }
}

Describe 'A server that allows few channels' {
    BeforeAll { . $PSScriptRoot/Hosts.ps1 }
    AfterEach { Get-SftpSession | Remove-SftpSession }

    It 'is enough for a pipeline of many commands' {
        $session = New-SftpSession demo -Transport Memory
        $session.Unwrap().Host.Options.MaxChannels = 2
        1..3 | ForEach-Object { "text $_" | Set-SftpContent "f$_.txt" }
        $hashes = Get-SftpChildItem -Filter *.txt |
            Set-SftpItem -Permission 0600 -PassThru |
            Rename-SftpItem -NewName { $_.Name -replace 'txt', 'log' } -PassThru |
            Get-SftpFileHash
        $hashes.Count | Should -Be 3
        (Get-SftpItem *.log).Mode | Should -Be '-rw-------', '-rw-------', '-rw-------'
    }
}
