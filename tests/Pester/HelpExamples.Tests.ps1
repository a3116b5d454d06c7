# Every example of every help page and topic runs here, against the embedded host. See HelpExamples.Run.ps1.

BeforeDiscovery {
    . $PSScriptRoot/HelpPages.ps1

    # Examples that cannot run here, and why.
    $cannotRun = @{
        'Get-SshHostKey, Example 1: Show the fingerprints of a server' = 'it asks a real server for its host keys'
        'Get-SshHostKey, Example 2: Compare before adding' = 'it asks a real server for its host keys'
        "Add-SshKnownHost, Example 2: Look at a server's key, compare it, and add it" = 'it asks a real server for its host keys'
        'about_AcodeSftp_HostKeys, 3: $key = Get-SshHostKey web1.example.org -KeyType ssh-ed25519' = 'it asks a real server for its host keys'
        'about_AcodeSftp_HostKeys, 4: Remove-SshKnownHost web1.example.org' = 'it asks a real server for its host keys'
        "about_AcodeSftp_Testing, 4: `$env:ACODE_SFTP_TRANSPORT = 'Memory'" = 'it runs a script of the reader'
    }
    $examples = @(Get-HelpExample | ForEach-Object { @{ Name = $_.Name; Reason = $cannotRun[$_.Name] } })
}

Describe 'The examples of the help pages' -ForEach @{ Examples = $examples; CannotRun = $cannotRun } {
    BeforeAll {
        $homePath = Join-Path ([IO.Path]::GetTempPath()) "acode-examples-$PID-$(Get-Random)"
        $null = New-Item -ItemType Directory -Path $homePath
        $resultPath = Join-Path $homePath results.json
        $start = [Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
        foreach ($argument in '-NoProfile', '-NonInteractive', '-File', "$PSScriptRoot/HelpExamples.Run.ps1", '-HomePath', $homePath, '-ResultPath', $resultPath, '-SkippedNames', ($CannotRun.Keys -join ';')) {
            $start.ArgumentList.Add($argument)
        }

        $start.Environment['HOME'] = $homePath
        $start.Environment['USERPROFILE'] = $homePath
        $start.Environment['ACODE_SFTP_TRANSPORT'] = 'Memory'
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        $text = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        if (-not $process.WaitForExit(300000)) {
            $process.Kill($true)
            throw 'The examples did not end within five minutes.'
        }

        $results = @{}
        if (-not (Test-Path $resultPath)) { throw "There are no results. $($text.Result) $($errors.Result)" }
        foreach ($result in Get-Content -Raw $resultPath | ConvertFrom-Json) { $results[$result.Name] = $result }
    }

    AfterAll {
        Remove-Item -LiteralPath $homePath -Recurse -Force -ErrorAction Ignore
    }

    It 'run: <Name>' -ForEach $examples {
        if ($Reason) {
            Set-ItResult -Skipped -Because $Reason
            return
        }

        $results.Keys | Should -Contain $Name
        $results[$Name].Failure | Should -BeNullOrEmpty
    }

    It 'are skipped only where they are there, and hardly ever' {
        foreach ($name in $CannotRun.Keys) { $Examples.Name | Should -Contain $name }
        $CannotRun.Count | Should -BeLessOrEqual 8
    }
}
