BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Content over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server
        if ($session) { $null = New-SftpItem content -ItemType Directory }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterAll { Stop-TestHost $server }

    It 'writes lines and reads them' {
        'one', 'two', '', 'four' | Set-SftpContent content/a
        Get-SftpContent content/a | Should -Be 'one', 'two', '', 'four'
        Get-SftpContent content/a -Raw | Should -BeExactly "one`ntwo`n`nfour`n"
        (Get-SftpItem content/a | Get-SftpContent -TotalCount 2) | Should -Be 'one', 'two'
        Get-SftpContent content/a -Tail 2 | Should -Be '', 'four'
        Get-SftpContent content/a -Tail 0 | Should -BeNullOrEmpty
        Get-SftpContent content/a -TotalCount 0 | Should -BeNullOrEmpty
        (Get-SftpContent content/a | Select-Object -First 1) | Should -Be 'one'
    }

    It 'adds to a file and creates one' {
        Set-SftpContent content/b 'one' -NoNewline
        Add-SftpContent content/b ' and a half'
        'two', 'three' | Add-SftpContent content/b
        Get-SftpContent content/b | Should -Be 'one and a half', 'two', 'three'
        Add-SftpContent content/new 'x'
        Get-SftpContent content/new | Should -Be 'x'
    }

    It 'writes values as Set-Content does' {
        Set-SftpContent content/c @(1, 2.5, $true, 'text')
        Get-SftpContent content/c | Should -Be '1', '2.5', 'True', 'text'
        Set-SftpContent content/c $null
        (Get-SftpItem content/c).Size | Should -Be 0
        ('p', 'q' | Set-SftpContent content/c -PassThru) | Should -Be 'p', 'q'
    }

    It 'reads and writes one file in one pipeline' {
        'b', 'a', 'c' | Set-SftpContent content/d
        Get-SftpContent content/d | Sort-Object | Set-SftpContent content/d
        Get-SftpContent content/d | Should -Be 'a', 'b', 'c'
        Get-SftpContent content/d | ForEach-Object { "$_$_" } | Set-SftpContent content/d
        Get-SftpContent content/d | Should -Be 'aa', 'bb', 'cc'
    }

    It 'keeps permissions, and writes through links' {
        Set-SftpContent content/e 'old'
        Set-SftpItem content/e -Permission 0640
        $null = New-SftpItem content/link -ItemType SymbolicLink -Value e -Force
        Set-SftpContent content/link 'new'
        Get-SftpContent content/e | Should -Be 'new'
        (Get-SftpItem content/e).Mode | Should -Be '-rw-r-----'
        (Get-SftpItem content/link).IsSymlink | Should -BeTrue
        Get-SftpChildItem content -Filter .~* | Should -BeNullOrEmpty
    }

    It 'leaves a file as it was when the pipeline breaks off' {
        Set-SftpContent content/f 'old'
        { 'new' | ForEach-Object { $_; throw 'no more' } | Set-SftpContent content/f } | Should -Throw 'no more'
        Get-SftpContent content/f | Should -Be 'old'
        Get-SftpChildItem content -Filter .~* | Should -BeNullOrEmpty
    }

    It 'knows encodings: <encoding>' -ForEach @(
        @{ encoding = 'utf8'; bytes = 0x68, 0xC3, 0xA9, 0x0A }
        @{ encoding = 'utf8BOM'; bytes = 0xEF, 0xBB, 0xBF, 0x68, 0xC3, 0xA9, 0x0A }
        @{ encoding = 'unicode'; bytes = 0xFF, 0xFE, 0x68, 0x00, 0xE9, 0x00, 0x0A, 0x00 }
        @{ encoding = 'bigendianunicode'; bytes = 0xFE, 0xFF, 0x00, 0x68, 0x00, 0xE9, 0x00, 0x0A }
        @{ encoding = 'latin1'; bytes = 0x68, 0xE9, 0x0A }
        @{ encoding = 1252; bytes = 0x68, 0xE9, 0x0A }
    ) {
        Set-SftpContent content/g 'hé' -Encoding $encoding
        Get-SftpContent content/g -AsByteStream | Should -Be $bytes
        Get-SftpContent content/g -Encoding $encoding | Should -BeExactly 'hé'
    }

    It 'goes on in the encoding of the file' {
        'é1', 'é2' | Set-SftpContent content/h -Encoding unicode
        Add-SftpContent content/h 'é3'
        Get-SftpContent content/h | Should -Be 'é1', 'é2', 'é3'
        Get-SftpContent content/h -Tail 2 | Should -Be 'é2', 'é3'
    }

    It 'moves bytes' {
        [byte[]] $bytes = 0..255
        $bytes | Set-SftpContent content/i -AsByteStream
        Set-SftpContent content/j $bytes -AsByteStream
        Get-SftpContent content/i -AsByteStream | Should -Be $bytes
        (Get-SftpContent content/j -AsByteStream -Raw).GetType() | Should -Be ([byte[]])
        Get-SftpContent content/j -AsByteStream -Tail 3 | Should -Be 253, 254, 255
        Get-SftpContent content/j -AsByteStream -TotalCount 2 | Should -Be 0, 1
        { Set-SftpContent content/j 'text' -AsByteStream } | Should -Throw -ErrorId 'SftpInvalidArgument*'
    }

    It 'writes every file a pattern matches, and says where none does' {
        Set-SftpContent content/p1.txt, content/p2.txt 'old'
        Set-SftpContent content/p?.txt 'new'
        Get-SftpContent content/p*.txt | Should -Be 'new', 'new'
        # More at once than a server allows channels.
        Set-SftpContent (1..30 | ForEach-Object { "content/q$_" }) 'many'
        (Get-SftpContent content/q*).Count | Should -Be 30
        { Set-SftpContent content/none*.txt 'x' -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
    }

    It 'writes nothing with -WhatIf' {
        Set-SftpContent content/k 'old'
        Set-SftpContent content/k 'new' -WhatIf
        Add-SftpContent content/k 'more' -WhatIf
        Get-SftpContent content/k | Should -Be 'old'
        Set-SftpContent content/none 'new' -WhatIf
        Test-SftpPath content/none | Should -BeFalse
    }

    It 'says what is wrong' {
        { Get-SftpContent content/none -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
        { Get-SftpContent content -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        { Set-SftpContent content 'x' -ErrorAction Stop } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        { Set-SftpContent none/x 'x' -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
        { Get-SftpContent content/a -Raw -Wait } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        { Get-SftpContent content/a -Encoding klingon } | Should -Throw '*no encoding*'
    }

    It 'reads the last lines of a large file without reading the rest' {
        $line = 'x' * 1000
        1..20000 | ForEach-Object { "$_ $line" } | Set-SftpContent content/large
        $first = Measure-Command { Get-SftpContent content/large -Tail 3 | ForEach-Object { ($_ -split ' ')[0] } | Should -Be '19998', '19999', '20000' }
        $all = Measure-Command { (Get-SftpContent content/large).Count | Should -Be 20000 }
        $first | Should -BeLessThan $all
    }

    It 'follows a file until it is stopped' {
        'one', 'two' | Set-SftpContent content/log
        $running = Start-Stoppable -Script {
            param($id, $seen)
            Get-SftpContent content/log -Tail 1 -Wait -Session $id | ForEach-Object { $seen.Enqueue($_) }
        } -Argument $session.Id, ($seen = [Collections.Concurrent.ConcurrentQueue[string]]::new())
        try {
            function Wait-Seen { param([int] $Count)
                $deadline = [DateTime]::UtcNow.AddSeconds(20)
                while ($seen.Count -lt $Count -and [DateTime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 50 }
                $seen.ToArray()
            }
            Wait-Seen 1 | Should -Be 'two'
            'three', 'four' | Add-SftpContent content/log
            Wait-Seen 3 | Should -Be 'two', 'three', 'four'
            # Another file takes its place, as when logs are rotated.
            Move-SftpItem content/log content/log.1
            Set-SftpContent content/log 'new'
            Wait-Seen 4 | Should -Be 'two', 'three', 'four', 'new'
        }
        finally {
            Stop-Stoppable $running | Should -BeLessThan 5000
        }
        Get-SftpContent content/log | Should -Be 'new'
    }
}
