BeforeDiscovery { . $PSScriptRoot/HostKinds.ps1 }

Describe 'Mirrors over <_>' -ForEach $hostKinds {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost $_
        $session = Open-TestSession $server

        function Get-Plan { @($args[0] | ForEach-Object { "$($_.Action) $($_.RelativePath) $($_.Reason)" } | Sort-Object) }
    }
    BeforeEach {
        Skip-WithoutHost $server
        $local = Join-Path $TestDrive "site$(Get-Random)"
        foreach ($file in 'index.html', 'css/a.css', 'css/b.css', 'img/deep/logo.svg') {
            $null = New-Item -ItemType File -Force -Path (Join-Path $local $file) -Value "content of $file"
        }
        if ($session) {
            if (Test-SftpPath site) { Remove-SftpItem site -Recurse -Force }
            $null = Sync-SftpDirectory -Direction Upload $local site
        }
    }
    AfterAll { Stop-TestHost $server }

    It 'sends a tree, and then nothing' {
        (Get-SftpChildItem site -Recurse -File).Name | Sort-Object | Should -Be 'a.css', 'b.css', 'index.html', 'logo.svg'
        Sync-SftpDirectory -Direction Upload $local site | Should -BeNullOrEmpty
        Compare-SftpDirectory -Direction Upload $local site | Should -BeNullOrEmpty
        Compare-SftpDirectory -Direction Download site $local | Should -BeNullOrEmpty
        Compare-SftpDirectory -Direction Download site $local -Compare Checksum | Should -BeNullOrEmpty
    }

    It 'receives a tree with its times' {
        $copy = Join-Path $TestDrive "copy$(Get-Random)"
        (Sync-SftpDirectory -Direction Download site $copy | Where-Object Action -eq Add).Count | Should -Be 4
        Get-TreeHash $copy | Should -Be (Get-TreeHash $local)
        (Get-Item "$copy/index.html").LastWriteTimeUtc | Should -Be (Get-SftpItem site/index.html).Modified.UtcDateTime
        Sync-SftpDirectory -Direction Download site $copy | Should -BeNullOrEmpty
    }

    It 'does with -WhatIf what it then does: it shows the plan, and changes nothing' {
        'changed' | Set-Content "$local/index.html"
        Remove-Item "$local/css" -Recurse
        $null = New-Item "$local/new/file" -Force -Value 'new'
        $plan = Compare-SftpDirectory -Direction Upload $local site -Delete
        Get-Plan $plan | Should -Be @(
            'Add new/file Missing', 'CreateDirectory new Missing', 'Delete css NotInSource', 'Delete css/a.css NotInSource'
            'Delete css/b.css NotInSource', 'Update index.html SizeDiffers')

        # What -WhatIf says goes to the host, and is to be read in a transcript only.
        $transcript = Join-Path $TestDrive "whatif$(Get-Random).txt"
        $null = Start-Transcript $transcript
        Sync-SftpDirectory -Direction Upload $local site -Delete -WhatIf | Should -BeNullOrEmpty
        $null = Stop-Transcript
        $shown = @(Get-Content $transcript | Where-Object { $_ -like 'What if:*' })
        $shown.Count | Should -Be 6
        foreach ($action in $plan) { $shown -match [regex]::Escape($action.Destination + '"') | Should -Not -BeNullOrEmpty }
        $shown -match 'Delete directory \(not in source\)' | Should -HaveCount 1
        Get-Plan (Compare-SftpDirectory -Direction Upload $local site -Delete) | Should -Be (Get-Plan $plan)

        $done = Sync-SftpDirectory -Direction Upload $local site -Delete -Force
        Get-Plan $done | Should -Be (Get-Plan $plan)
        (Get-SftpChildItem site -Recurse -File).Name | Sort-Object | Should -Be 'file', 'index.html', 'logo.svg'
        Get-SftpContent site/index.html | Should -Be 'changed'
    }

    It 'asks before it deletes, and leaves what it may not delete' {
        Remove-Item "$local/css/a.css"
        'changed' | Set-Content "$local/index.html"
        $script = {
            param($manifest, $id, $local)
            Import-Module $manifest
            $null = Sync-SftpDirectory -Direction Upload $local site -Delete -Session $id
            $Error[0].FullyQualifiedErrorId
        }
        $shell = [powershell]::Create()
        $id = $shell.AddScript($script).AddArgument($moduleManifest).AddArgument($session.Id).AddArgument($local).Invoke()
        $shell.Dispose()
        $id | Should -BeLike 'SftpConfirmationNeeded,*'
        Test-SftpPath site/css/a.css | Should -BeTrue
        Get-SftpContent site/index.html | Should -Be 'changed'
        Sync-SftpDirectory -Direction Upload $local site -Delete -Confirm:$false | ForEach-Object RelativePath | Should -Be 'css/a.css'
        Test-SftpPath site/css/a.css | Should -BeFalse
    }

    It 'compares sizes, times or checksums' {
        Set-Content "$local/index.html" -Value 'CONTENT OF INDEX.HTML' -NoNewline
        (Get-Item "$local/index.html").LastWriteTimeUtc = (Get-SftpItem site/index.html).Modified.UtcDateTime
        Compare-SftpDirectory -Direction Upload $local site | Should -BeNullOrEmpty
        Get-Plan (Compare-SftpDirectory -Direction Upload $local site -Compare Checksum) | Should -Be 'Update index.html ContentDiffers'
        (Get-Item "$local/index.html").LastWriteTime = Get-Date '2001-01-01'
        Get-Plan (Compare-SftpDirectory -Direction Upload $local site) | Should -Be 'Update index.html SourceOlder'
        Compare-SftpDirectory -Direction Upload $local site -Compare Size | Should -BeNullOrEmpty
    }

    It 'includes and excludes' {
        $plan = Compare-SftpDirectory -Direction Upload $local other -Include *.css, *.svg -Exclude img
        Get-Plan $plan | Should -Be 'Add css/a.css Missing', 'Add css/b.css Missing', 'CreateDirectory . Missing', 'CreateDirectory css Missing'
    }

    It 'goes on after a file that fails, and says which' {
        $null = New-SftpItem site/css/c.css -ItemType Directory
        $null = New-Item "$local/css/c.css" -Value 'a file here'
        $null = New-Item "$local/css/d.css" -Value 'd'
        $done = Sync-SftpDirectory -Direction Upload $local site -ErrorVariable failed -ErrorAction SilentlyContinue
        $done.RelativePath | Should -Be 'css/d.css'
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SftpAlreadyExists,*'
        $failed[0].TargetObject.RelativePath | Should -Be 'css/c.css'
    }

    It 'takes directories as objects, each for its own side' {
        Compare-SftpDirectory -Direction Upload (Get-Item $local) (Get-SftpItem site) | Should -BeNullOrEmpty
        { Compare-SftpDirectory -Direction Upload (Get-SftpItem site) $local } | Should -Throw '*remote file*'
        { Compare-SftpDirectory -Direction Download (Get-Item $local) site } | Should -Throw '*local file*'
    }

    It 'says what is wrong' {
        { Sync-SftpDirectory -Direction Upload "$local/none" site -Delete -Force } | Should -Throw -ErrorId 'SftpNotFound*'
        { Sync-SftpDirectory -Direction Download none $local -Delete -Force } | Should -Throw -ErrorId 'SftpNotFound*'
        { Compare-SftpDirectory -Direction Download site/index.html $local } | Should -Throw -ErrorId 'SftpInvalidArgument*'
        (Get-ChildItem $local -Recurse -File).Count | Should -Be 4
    }

    It 'shows a plan as a table' {
        'changed' | Set-Content "$local/index.html"
        $text = Compare-SftpDirectory -Direction Upload $local site | Out-String -Width 120
        $text | Should -Match '(?m)^Action +Reason +Size +Path'
        $text | Should -Match '(?m)^Update +size differs +8 +index.html'
    }

    It 'is no path of anything to a command for files' {
        $plan = Compare-SftpDirectory -Direction Download site (Join-Path $TestDrive nowhere)
        { $plan | Remove-SftpItem -Recurse -Force -ErrorAction Stop } | Should -Throw
        $plan | Remove-Item -Recurse -Force -ErrorAction SilentlyContinue
        (Get-SftpChildItem site -Recurse -File).Count | Should -Be 4
    }

    It 'compares 10,000 files that are the same in a moment' {
        $many = Join-Path $TestDrive many
        foreach ($directory in 1..100) {
            $null = [IO.Directory]::CreateDirectory("$many/$directory")
            foreach ($file in 1..100) { [IO.File]::WriteAllText("$many/$directory/$file", $file) }
        }
        if ($server.Sshd) { Copy-Item $many "$($server.Start)/many" -Recurse } else { $null = Send-SftpFile $many -Recurse -Verify Size }
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Compare-SftpDirectory -Direction Upload $many many -Compare Size | Should -BeNullOrEmpty
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 60
    }
}
