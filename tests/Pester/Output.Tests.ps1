# What a person sees. Names and output of commands come from servers, and a terminal takes some of them for orders.
Describe 'What is shown of a server with evil names' {
    BeforeAll {
        . $PSScriptRoot/Hosts.ps1
        $server = Start-TestHost sshd
        $session = Open-TestSession $server -Name "evil`e]0;title`a"
        $name = "evil`e[31m`a`u{202e}name"
        if ($session) {
            [IO.File]::WriteAllText("$($server.Start)/$name", 'x')
            $null = New-Item -ItemType SymbolicLink "$($server.Start)/link" -Target $name
        }

        # What reaches the terminal with colours on.
        function Get-Shown {
            param([scriptblock] $Show)
            $before = $PSStyle.OutputRendering
            try {
                $PSStyle.OutputRendering = 'Ansi'
                & $Show | Out-String -Width 400
            }
            finally { $PSStyle.OutputRendering = $before }
        }
    }
    BeforeEach { Skip-WithoutHost $server }
    AfterAll { Stop-TestHost $server }

    It 'has no control characters in <what>, however it is formatted' -ForEach @(
        @{ what = 'files'; get = { Get-SftpChildItem } }
        @{ what = 'files of a drive'; get = { $null = New-PSDrive -Name evil -PSProvider Sftp -Root . -Session $session; Get-ChildItem evil:/; Remove-PSDrive evil } }
        @{ what = 'sessions'; get = { Get-SftpSession } }
        @{ what = 'results of commands'; get = { Invoke-SshCommand "printf 'a\033[5m\007b\n'; printf 'e\033[5m\n' >&2" } }
        @{ what = 'lines of commands'; get = { Invoke-SshCommand "printf 'a\033[5m\007b\n'" -Stream } }
        @{ what = 'transfers'; get = { Receive-SftpFile -LiteralPath $name "$TestDrive/plain" } }
        @{ what = 'checks'; get = { Test-SftpSession $session } }
        @{ what = 'hashes'; get = { Get-SftpFileHash -LiteralPath $name } }
        @{ what = 'room'; get = { Get-SftpDriveInfo } }
        @{ what = 'metrics'; get = { Get-SftpMetric } }
    ) {
        foreach ($format in { & $get }, { & $get | Format-List }, { & $get | Format-Table }, { [Version]'1.0'; & $get }) {
            $shown = Get-Shown $format
            $shown.Trim() | Should -Not -BeNullOrEmpty
            # Colours are PowerShell's and ours; nothing else that a terminal obeys is left.
            $shown | Should -Not -Match '\e\[5m|\e\]0|\a|\u202e'
            $shown -replace '\e\[[0-9;]*m' | Should -Not -Match '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]'
        }
    }

    It 'has none in errors' {
        $failed = $null
        Get-SftpItem -LiteralPath "none`e[5m`a" -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].ToString() | Should -Not -Match '[\x00-\x1f]'
        $failed[0].ToString() | Should -Match ([regex]::Escape('none\x1b[5m\x07'))
    }

    It 'is coloured as Get-ChildItem colours, and grouped by directory' {
        $null = New-Item -ItemType Directory "$($server.Start)/folder/inner"
        [IO.File]::WriteAllText("$($server.Start)/folder/run", 'x')
        chmod +x "$($server.Start)/folder/run"
        $before = $PSStyle.OutputRendering, $PSStyle.FileInfo.Directory
        try {
            $PSStyle.OutputRendering = 'Ansi'
            $PSStyle.FileInfo.Directory = "`e[35m"
            $shown = Get-SftpChildItem folder, / | Out-String -Width 200
        }
        finally { $PSStyle.OutputRendering, $PSStyle.FileInfo.Directory = $before }
        $shown | Should -Match '\e\[35minner\e\[0m'
        $shown | Should -Match ([regex]::Escape("$($PSStyle.FileInfo.Executable)run`e[0m"))
        ([regex]::Matches($shown, 'Directory: sftp://')).Count | Should -Be 2
    }

    It 'has no colours where they are not wanted' {
        $before = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'PlainText'
            Get-SftpChildItem / | Out-String | Should -Not -Match '\e'
            Test-SftpSession $session | Out-String | Should -Not -Match '\e'
        }
        finally { $PSStyle.OutputRendering = $before }
    }
}
