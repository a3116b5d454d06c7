# Each parameter of Send-SftpFile and Receive-SftpFile that changes how files are transferred.
BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Transfer parameters over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server
        $tree = Join-Path $TestDrive tree
        $null = New-Item -ItemType Directory "$tree/lib/deep", "$tree/obj"
        foreach ($name in 'app.dll', 'app.pdb', 'readme.txt', 'lib/one.dll', 'lib/deep/two.dll', 'lib/deep/two.pdb', 'obj/junk.dll') {
            [IO.File]::WriteAllText("$tree/$name", $name)
        }
        (Get-Item "$tree/app.dll").LastWriteTimeUtc = [datetime]'2020-01-02T03:04:05Z'
    }
    BeforeEach {
        Skip-WithoutHost $server
        $remote = "r$(Get-Random)"
        $here = (New-Item -ItemType Directory (Join-Path $TestDrive "l$(Get-Random)")).FullName
        Push-Location $here
    }
    AfterEach { Pop-Location }
    AfterAll { Stop-TestHost $server }

    It 'takes what -Include and -Exclude say, both ways' {
        (Send-SftpFile $tree $remote -Recurse -Include *.dll -Exclude obj).Name | Sort-Object | Should -Be 'app.dll', 'one.dll', 'two.dll'
        (Send-SftpFile $tree "$remote-lib" -Recurse -Include 'lib/**').Name | Sort-Object | Should -Be 'one.dll', 'two.dll', 'two.pdb'
        (Receive-SftpFile $remote back -Recurse -Exclude 'lib/*.dll').Name | Sort-Object | Should -Be 'app.dll', 'two.dll'
        Test-Path back/lib/deep/two.dll | Should -BeTrue
    }

    It 'counts -Include and -Exclude for what wildcards find as for what is in it' {
        (Send-SftpFile "$tree/*" "$remote/" -Recurse -Exclude *.pdb, obj).Name | Sort-Object | Should -Be 'app.dll', 'one.dll', 'readme.txt', 'two.dll'
        (Receive-SftpFile "$remote/*" ./ -Include *.txt -ErrorAction SilentlyContinue).Name | Should -Be 'readme.txt'
    }

    It 'preserves times and permissions unless told not to' {
        $null = Send-SftpFile "$tree/app.dll" "$remote/"
        (Get-SftpItem "$remote/app.dll").Modified.UtcDateTime | Should -Be ([datetime]'2020-01-02T03:04:05Z').ToUniversalTime()
        (Send-SftpFile "$tree/app.dll" "$remote/" -NoPreserveTime).Modified.Year | Should -BeGreaterThan 2020
        $null = Receive-SftpFile "$remote/app.dll" ./ -NoPreserveTime
        (Get-Item app.dll).LastWriteTime.Year | Should -BeGreaterThan 2020
        if (-not $IsWindows) {
            chmod 777 "$tree/app.pdb"
            (Send-SftpFile "$tree/app.pdb" "$remote/x").Permissions | Should -Be 0x1FF
            (Send-SftpFile "$tree/app.pdb" "$remote/y" -NoPreservePermission).Permissions | Should -Be 0x1ED -Because 'nobody else may write a new file'
            (Send-SftpFile "$tree/readme.txt" "$remote/x" -NoPreservePermission).Permissions | Should -Be 0x1FF -Because 'an old one keeps its own'
            chmod 644 "$tree/app.pdb"
        }
    }

    It 'takes -PreserveOwner' {
        if (-not $IsWindows) { $id = [int](id -u) }
        $sent = Send-SftpFile "$tree/app.dll" "$remote/" -PreserveOwner -WarningAction SilentlyContinue
        $sent.Name | Should -Be 'app.dll'
        if (-not $IsWindows -and $server.IsReal) { (Get-SftpItem "$remote/app.dll").UserId | Should -Be $id }
    }

    It 'leaves links out with a verbose line, follows them or keeps them' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'links take a privilege there'; return }
        $links = "$here/links"
        $null = New-Item -ItemType Directory $links
        'text' | Set-Content "$links/file"
        ln -s file "$links/link"
        $lines = Send-SftpFile $links "$remote/skip" -Recurse -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$lines" | Should -Match "Leaving out the symbolic link '.*/link'"
        (Get-SftpChildItem "$remote/skip").Name | Should -Be 'file'
        (Send-SftpFile $links "$remote/follow" -Recurse -SymbolicLink Follow).Count | Should -Be 2
        (Get-SftpItem "$remote/follow/link").IsSymlink | Should -BeFalse
        $null = Send-SftpFile $links "$remote/preserve" -Recurse -SymbolicLink Preserve
        (Get-SftpItem "$remote/preserve/link").LinkTarget | Should -Be 'file'
        $null = Receive-SftpFile "$remote/preserve" back -Recurse -SymbolicLink Preserve
        (Get-Item back/link).LinkTarget | Should -Be 'file'
        $lines = Receive-SftpFile "$remote/preserve" back2 -Recurse -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$lines" | Should -Match "Leaving out the symbolic link '.*/link'"
    }

    It 'verifies by what -Verify says, and the result tells' {
        (Send-SftpFile "$tree/app.dll" "$remote/" -Summary).ChecksumVerified | Should -BeTrue
        foreach ($verify in 'None', 'Size', 'Checksum') {
            (Send-SftpFile "$tree/app.dll" "$remote/" -Verify $verify -Summary).Files.Verification | Should -Be $verify
            (Receive-SftpFile "$remote/app.dll" ./ -Verify $verify -Summary).Files.Verification | Should -Be $verify
        }
    }

    It 'refuses files larger than -MaxFileSize, each with an error, and transfers the others' {
        [IO.File]::WriteAllBytes("$here/large", [byte[]]::new(2048))
        'small' | Set-Content "$here/small"
        (Send-SftpFile ./* "$remote/" -MaxFileSize 1KB -ErrorVariable failed -ErrorAction SilentlyContinue).Name | Should -Be 'small'
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpInvalidArgument,*'
        $failed[0].TargetObject | Should -BeLike '*large'
        $null = Send-SftpFile ./* "$remote/"
        (Receive-SftpFile "$remote/*" ./back/ -MaxFileSize 1KB -ErrorAction SilentlyContinue).Name | Should -Be 'small'
    }

    It 'sends no faster than -BandwidthLimit' {
        [IO.File]::WriteAllBytes("$here/some", [byte[]]::new(300KB))
        (Measure-Command { Send-SftpFile ./some "$remote/" -BandwidthLimit 200KB }).TotalSeconds | Should -BeGreaterThan 0.4
        (Send-SftpFile ./some "$remote/" -BandwidthLimit 10MB).Size | Should -Be 300KB
    }

    It 'ends what takes longer than -TimeoutSec' {
        [IO.File]::WriteAllBytes("$here/some", [byte[]]::new(400KB))
        $e = { Send-SftpFile ./some "$remote/" -BandwidthLimit 40KB -TimeoutSec 1 -ErrorAction Stop } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpTimeout,*'
        (Send-SftpFile ./some "$remote/" -TimeoutSec 0).Size | Should -Be 400KB
    }

    It 'takes -ThrottleLimit, -ChunkSize and -NoResume, and refuses what they cannot be' {
        (Send-SftpFile $tree $remote -Recurse -ThrottleLimit 1 -ChunkSize 4KB -NoResume).Count | Should -Be 7
        (Receive-SftpFile $remote back -Recurse -ThrottleLimit 16 -ChunkSize 1MB -NoResume).Count | Should -Be 7
        Get-TreeHash back | Should -Be (Get-TreeHash $tree)
        { Send-SftpFile $tree $remote -Recurse -ThrottleLimit 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Send-SftpFile $tree $remote -Recurse -ChunkSize 1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        { Send-SftpFile $tree $remote -Recurse -Verify Hash } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }

    It 'has the nearer of file, -Option and parameter win' {
        @'
sftp:
  overwrite: false
  exclude: ["*.pdb"]
  recursive: true
'@ | Set-Content options.yaml
        $option = New-SftpTransferOption ./options.yaml -Exclude *.txt
        (Send-SftpFile $tree $remote -Option $option).Name | Sort-Object | Should -Be 'app.dll', 'app.pdb', 'junk.dll', 'one.dll', 'two.dll', 'two.pdb'
        { Send-SftpFile "$tree/app.dll" "$remote/" -Option $option -ErrorAction Stop } | Should -Throw -ErrorId 'SftpAlreadyExists*'
        (Send-SftpFile "$tree/app.dll" "$remote/" -Option $option -NoClobber:$false).Name | Should -Be 'app.dll'
        { Send-SftpFile $tree $remote -Option $option -Recurse:$false -ErrorAction Stop } | Should -Throw -ErrorId 'SftpSourceIsDirectory*'
    }

    It 'writes one result in place of the files with -Summary, with what went wrong in it' {
        $result = Send-SftpFile $tree $remote -Recurse -Summary
        $result.GetType().Name | Should -Be 'TransferResult'
        $result.Success | Should -BeTrue
        $result.FilesTransferred | Should -Be 7
        $result.Authority | Should -Be $session.Authority
        $result.SessionId | Should -Be $session.Id
        $text = $result | Out-String -Width 200
        $text | Should -Match 'Host +Success +Files +Size +Duration +Verified +Errors'
        $text | Should -Match "$([regex]::Escape($session.Authority)) +True +7 .* Checksum +0"
        $result = Receive-SftpFile "$remote/none", "$remote/app.dll" ./ -Summary -ErrorAction SilentlyContinue -ErrorVariable failed
        $result.Success | Should -BeFalse
        $result.FilesTransferred | Should -Be 1
        $result.Errors.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpNotFound,*'
    }

    It 'names what it would transfer with -WhatIf, and opens nothing for writing' {
        $out = & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command @"
            Import-Module '$moduleManifest'
            `$null = New-SftpSession box -Transport Memory -UserName me
            Send-SftpFile '$tree/*' new/ -Recurse -WhatIf
            if (Get-SftpChildItem -ErrorAction Ignore) { 'written' }
"@ | Out-String
        $out | Should -Match 'What if: .*"Send to me@box:22" on target ".*app\.dll -> /home/user/new/app\.dll"'
        $out | Should -Match 'lib -> /home/user/new/lib \(directory\)"'
        $out | Should -Not -Match '(?m)^written'
        Send-SftpFile $tree $remote -Recurse -WhatIf -Summary | Should -BeNullOrEmpty
        { Get-SftpItem $remote -ErrorAction Stop } | Should -Throw -ErrorId 'SftpNotFound*'
    }
}

Describe 'A server that computes no checksums' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $session = New-SftpSession "box$(Get-Random)" -Transport Memory -UserName user
        Register-SshCommandReply '*' -ExitCode 127
        'new' | Set-Content "$TestDrive/file" -NoNewline
    }
    AfterAll { Get-SftpSession | Remove-SftpSession }

    It 'is content with sizes, unless -Verify Checksum is given: then each file fails, and the old one stays' {
        (Send-SftpFile "$TestDrive/file" a -Summary).Files.Verification | Should -Be 'Size'
        'newer' | Set-Content "$TestDrive/file" -NoNewline
        $e = { Send-SftpFile "$TestDrive/file" a -Verify Checksum -ErrorAction Stop } | Should -Throw -PassThru
        $e.FullyQualifiedErrorId | Should -BeLike 'SftpUnsupported,*'
        $e.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        (Get-SftpChildItem).Size | Should -Be 3
        { Receive-SftpFile a "$TestDrive/file" -Verify Checksum -ErrorAction Stop } | Should -Throw -ErrorId 'SftpUnsupported*'
        Get-Content "$TestDrive/file" | Should -Be 'newer'
        { Send-SftpFile "$TestDrive/file" a -Option (New-SftpTransferOption -Verify Checksum) -ErrorAction Stop } | Should -Throw -ErrorId 'SftpUnsupported*'
    }
}
