BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Transfers over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server
        $tree = Join-Path $TestDrive tree
        $random = [Random]::new(42)
        foreach ($i in 1..40) {
            $file = [IO.FileInfo](Join-Path $tree "d$($i % 4)/e$($i % 3)/file $i [x] #.bin")
            $null = $file.Directory.Create()
            $bytes = [byte[]]::new($random.Next(0, 60000))
            $random.NextBytes($bytes)
            [IO.File]::WriteAllBytes($file.FullName, $bytes)
        }
        [IO.File]::WriteAllBytes("$tree/big.bin", [byte[]]::new(3MB))
        [IO.File]::WriteAllText("$tree/one.txt", 'one')
        [IO.File]::WriteAllText("$tree/two.txt", 'two')
        [IO.File]::WriteAllText("$tree/odd [1] #2.txt", 'odd')
    }
    BeforeEach {
        Skip-WithoutHost $server
        $remote = "r$(Get-Random)"
        $here = (New-Item -ItemType Directory (Join-Path $TestDrive "l$(Get-Random)")).FullName
        Push-Location $here
    }
    AfterEach { Pop-Location }
    AfterAll { Stop-TestHost $server }

    It 'sends and receives a tree, byte for byte' {
        $sent = Send-SftpFile -LiteralPath $tree $remote -Recurse
        $sent.Count | Should -Be 44
        $sent | ForEach-Object { $_.GetType().Name } | Select-Object -Unique | Should -Be 'SftpFileInfo'
        $received = Receive-SftpFile $remote back -Recurse
        $received.Count | Should -Be 44
        Get-TreeHash back | Should -Be (Get-TreeHash $tree)
    }

    It 'writes what was sent as the server has it' {
        $file = Send-SftpFile "$tree/one.txt" "$remote.txt"
        $file.FullPath | Should -Be "$($server.Start)/$remote.txt"
        $file.Size | Should -Be 3
        $file.SessionId | Should -Be $session.Id
        $file.Authority | Should -Be $session.Authority
        (Get-SftpItem "$remote.txt").Modified | Should -Be $file.Modified
    }

    It 'sends into a directory that exists or ends with a slash, and to a new name otherwise' {
        (Send-SftpFile "$tree/one.txt" "$remote/").FullPath | Should -Be "$($server.Start)/$remote/one.txt"
        (Send-SftpFile "$tree/two.txt" $remote).FullPath | Should -Be "$($server.Start)/$remote/two.txt"
        (Send-SftpFile "$tree/two.txt" "$remote/new.txt").Name | Should -Be 'new.txt'
        (Send-SftpFile "$tree/d0" $remote -Recurse)[0].FullPath | Should -BeLike "$($server.Start)/$remote/d0/*"
        (Send-SftpFile "$tree/d0" "$remote/renamed" -Recurse)[0].FullPath | Should -BeLike "$($server.Start)/$remote/renamed/e*"
    }

    It 'receives into a directory that exists or ends with a slash, and to a new name otherwise' {
        $null = Send-SftpFile "$tree/one.txt", "$tree/two.txt" "$remote/"
        $null = Receive-SftpFile "$remote/one.txt" new/
        Get-Content new/one.txt | Should -Be 'one'
        $null = Receive-SftpFile "$remote/two.txt" new
        Get-Content new/two.txt | Should -Be 'two'
        $null = Receive-SftpFile "$remote/two.txt" new/third.txt
        Get-Content new/third.txt | Should -Be 'two'
        $null = Receive-SftpFile "$remote/one.txt"
        Get-Content one.txt | Should -Be 'one'
        $null = Receive-SftpFile $remote -Recurse
        Get-Content "$remote/one.txt" | Should -Be 'one'
    }

    It 'follows $PWD, not the directory of the process' {
        [Environment]::CurrentDirectory | Should -Not -Be $here
        'local' | Set-Content here.txt -NoNewline
        (Send-SftpFile here.txt "$remote/").Size | Should -Be 5
        (Send-SftpFile ./*.txt "$remote/").Name | Should -Be 'here.txt'
        $null = Receive-SftpFile "$remote/here.txt" there.txt
        Test-Path "$here/there.txt" | Should -BeTrue
    }

    It 'follows the drives of PowerShell' {
        $null = New-PSDrive -Name acode -PSProvider FileSystem -Root $tree -Scope Global
        try {
            (Send-SftpFile acode:/one.txt "$remote/").Size | Should -Be 3
            $null = Receive-SftpFile "$remote/one.txt" acode:/back.txt
            Get-Content "$tree/back.txt" | Should -Be 'one'
        }
        finally {
            Remove-PSDrive acode
            Remove-Item "$tree/back.txt" -ErrorAction Ignore
        }
    }

    It 'refuses paths of other providers' {
        { Send-SftpFile Env:/PATH "$remote/" -ErrorAction Stop } | Should -Throw -ErrorId 'SftpLocalPathNotFileSystem*'
        $null = Send-SftpFile "$tree/one.txt" "$remote.txt"
        { Receive-SftpFile "$remote.txt" Variable:/x } | Should -Throw -ErrorId 'SftpLocalPathNotFileSystem*'
    }

    It 'takes wildcards on either side' {
        (Send-SftpFile "$tree/*.txt" "$remote/").Name | Sort-Object | Should -Be 'odd [1] #2.txt', 'one.txt', 'two.txt'
        (Receive-SftpFile "$remote/[ot]*.txt" ./).Name | Sort-Object | Should -Be 'odd [1] #2.txt', 'one.txt', 'two.txt'
        (Get-ChildItem).Count | Should -Be 3
        Send-SftpFile "$tree/*.nothing" "$remote/" | Should -BeNullOrEmpty
        Receive-SftpFile "$remote/*.nothing" | Should -BeNullOrEmpty
    }

    It 'takes names with spaces, brackets and # as they are' {
        (Send-SftpFile -LiteralPath "$tree/odd [1] #2.txt" "$remote/").Name | Should -Be 'odd [1] #2.txt'
        $null = Receive-SftpFile -LiteralPath "$remote/odd [1] #2.txt"
        Get-Content -LiteralPath 'odd [1] #2.txt' | Should -Be 'odd'
    }

    It 'takes local files from the pipeline, the one path named being where they go' {
        (Get-ChildItem "$tree/*.txt" | Send-SftpFile "$remote/").Count | Should -Be 3
        (Get-ChildItem "$tree/*.txt" | Send-SftpFile -Destination "$remote/").Count | Should -Be 3
        ("$tree/one.txt", "$tree/two.txt" | Send-SftpFile -Destination "$remote/").Count | Should -Be 2
    }

    It 'takes remote files from the pipeline' {
        $null = Send-SftpFile -LiteralPath $tree $remote -Recurse
        (Get-SftpChildItem $remote -Filter *.txt | Receive-SftpFile ./logs/ | Get-SftpItem).Count | Should -Be 3
        (Get-SftpChildItem $remote/d0 -Recurse -File | Receive-SftpFile -Destination ./flat/).Count | Should -Be 10
        ("$remote/one.txt", "$remote/two.txt" | Receive-SftpFile -Destination ./named/).Count | Should -Be 2
        (Receive-SftpFile -InputObject (Get-SftpItem "$remote/one.txt") ./object/).Name | Should -Be 'one.txt'
        @(Get-ChildItem logs, flat, named, object).Count | Should -Be 16
    }

    It 'sends nothing of several where the destination is no directory' {
        $e = { Get-ChildItem "$tree/*.txt" | Send-SftpFile $remote -ErrorAction Stop } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpInvalidArgument,*'
        { Get-SftpItem $remote -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
    }

    It 'wants -Recurse for directories, and goes on with the rest' {
        $null = Send-SftpFile $tree/* "$remote/" -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed.Count | Should -Be 4
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpSourceIsDirectory,*'
        (Get-SftpChildItem $remote).Count | Should -Be 4
        { Receive-SftpFile $remote x -ErrorAction Stop } | Should -Throw -ErrorId 'SftpSourceIsDirectory*'
    }

    It 'replaces what is there unless told not to' {
        $null = Send-SftpFile "$tree/one.txt" "$remote.txt"
        (Send-SftpFile "$tree/odd*.txt" "$remote.txt").Size | Should -Be 3
        $e = { Send-SftpFile "$tree/two.txt" "$remote.txt" -NoClobber -ErrorAction Stop } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpAlreadyExists,*'
        $null = Receive-SftpFile "$remote.txt" x.txt
        Get-Content x.txt | Should -Be 'odd'
        { Receive-SftpFile "$remote.txt" x.txt -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
    }

    It 'changes nothing with -WhatIf' {
        Send-SftpFile -LiteralPath $tree $remote -Recurse -WhatIf | Should -BeNullOrEmpty
        { Get-SftpItem $remote -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
        $null = Send-SftpFile "$tree/one.txt" "$remote/"
        Receive-SftpFile $remote ./no/where -Recurse -WhatIf | Should -BeNullOrEmpty
        Get-ChildItem | Should -BeNullOrEmpty
    }

    It 'tells of sources that are not there, and goes on' {
        (Send-SftpFile "$tree/none.txt", "$tree/one.txt" "$remote/" -ErrorVariable failed -ErrorAction SilentlyContinue).Name | Should -Be 'one.txt'
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpLocalPathNotFound,*'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        (Receive-SftpFile "$remote/none.txt", "$remote/one.txt" ./ -ErrorVariable failed -ErrorAction SilentlyContinue).Name | Should -Be 'one.txt'
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpNotFound,*'
    }

    It 'says what is missing where nothing is named' {
        { Send-SftpFile } | Should -Throw -ErrorId 'SftpNoSource*'
        { Receive-SftpFile } | Should -Throw -ErrorId 'SftpNoSource*'
        @() | Receive-SftpFile ./logs | Should -BeNullOrEmpty
    }

    It 'leaves no temporary files' {
        $null = Send-SftpFile -LiteralPath $tree $remote -Recurse
        $null = Receive-SftpFile $remote ./ -Recurse
        (Get-SftpChildItem $remote -Recurse).Name | Where-Object { $_ -like '.~tmp*' } | Should -BeNullOrEmpty
        Get-ChildItem -Recurse -Force -Filter '.~tmp*' | Should -BeNullOrEmpty
    }
}
