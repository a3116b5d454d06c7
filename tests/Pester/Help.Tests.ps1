BeforeDiscovery {
    . $PSScriptRoot/HelpPages.ps1
    $pages = @(Get-HelpPage | ForEach-Object { @{ Name = $_.Name } })
    $topics = @(Get-ChildItem "$repository/en-US" -Filter about_*.help.txt | ForEach-Object { @{ Name = $_.Name -replace '\.help\.txt$'; Path = $_.FullName } })
    $commands = [regex]::Match([IO.File]::ReadAllText("$repository/AcodeSftp.psd1"), '(?s)CmdletsToExport\s*=\s*@\((.*?)\)').Groups[1].Value
    $commands = @([regex]::Matches($commands, "'([^']+)'") | ForEach-Object { @{ Name = $_.Groups[1].Value } })
}

BeforeAll {
    . $PSScriptRoot/HelpPages.ps1
    . $PSScriptRoot/Hosts.ps1
    $platyPS = Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS | Where-Object Version -GE '1.0' | Select-Object -First 1
    $compiledPath = "$repository/en-US/AcodeSftp.dll-Help.xml"
    $byName = @{}
    Get-HelpPage | ForEach-Object { $byName[$_.Name] = $_ }
    $exported = (Get-Module AcodeSftp).ExportedCmdlets
    $commonParameters = [Management.Automation.PSCmdlet]::CommonParameters

    # The defaults that a property of the class does not say, because the command has them from elsewhere.
    $null = $exported['New-SftpSession'].Parameters
    $box = New-SftpSession "help$(Get-Random)" -Transport Memory
    $core = $box.GetType().Assembly
    $downloads = $core.GetType('AcodeSftp.FileTransfer.DownloadOptions')::Default
    Remove-SftpSession $box
    $otherDefaults = @{
        ChunkSize      = [string]$downloads.ChunkSizeBytes
        ThrottleLimit  = [string]$downloads.ParallelTransfers
        IdleTimeoutSec = [string]$downloads.IdleTimeout.TotalSeconds
        MaxFileSize    = if ($null -eq $downloads.MaxFileSize) { 'None' }
        MaxTotalSize   = if ($null -eq $downloads.MaxTotalSize) { 'None' }
        Option         = 'None'
    }

    # What a page has to say of a parameter's default.
    function Get-DefaultText {
        param([Management.Automation.CmdletInfo] $Command, [string] $Name)
        if ($Name -in 'WhatIf', 'Confirm') { return 'False' }
        $value = $Command.ImplementingType.GetProperty($Name).GetValue([Activator]::CreateInstance($Command.ImplementingType))
        $isOpen = $null -eq $value -or ($value -is [array] -and $value.Count -eq 0) -or ($value -is [string] -and $value -eq '')
        if ($otherDefaults.ContainsKey($Name) -and ($isOpen -or $value -eq 0 -or $Name -eq 'Option')) { return $otherDefaults[$Name] }
        if ($value -is [Text.Encoding]) { return $value.WebName -replace '-' }
        if ($isOpen) { 'None' } else { $value -join ', ' }
    }

    # The type of a parameter as a page names it, without the assemblies that it has in it.
    function Get-TypeText {
        param([type] $Type)
        $element = if ($Type.IsArray) { $Type.GetElementType() } else { $Type }
        $text = if ($element.IsGenericType) {
            '{0}[{1}]' -f $element.GetGenericTypeDefinition().FullName, ($element.GetGenericArguments().FullName -join ',')
        }
        else { $element.FullName }
        if ($Type.IsArray) { "$text[]" } else { $text }
    }

    # White space and Markdown's marks do not count where the page and the compiled help are compared.
    function Get-Words {
        param([string] $Text)
        ($Text -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '`([^`]+)`', '$1' -replace '\*\*([^*]+)\*\*', '$1' -replace '```\w*', '' -replace '\s+', ' ').Trim()
    }
}

Describe 'The page of <Name>' -ForEach $commands {
    BeforeAll {
        $page = $byName[$Name]
        $command = $exported[$Name]
        $parameters = @($command.Parameters.Values | Where-Object Name -notin $commonParameters)
    }

    It 'is there' {
        $page | Should -Not -BeNullOrEmpty
    }

    It 'has everything filled in' {
        $page.Text | Should -Not -Match '\{\{|\bTODO\b|\bFill in\b'
        foreach ($section in 'SYNOPSIS', 'SYNTAX', 'DESCRIPTION', 'EXAMPLES', 'PARAMETERS', 'INPUTS', 'OUTPUTS', 'NOTES', 'RELATED LINKS') {
            $page.Sections[$section] | Should -Not -BeNullOrEmpty -Because "$section is a section of every page"
        }

        $page.Synopsis | Should -Not -Match '\n' -Because 'a synopsis is one sentence'
        $page.Examples.Count | Should -BeGreaterOrEqual 2 -Because 'people read examples first'
    }

    It 'has the syntax of the command' {
        $said = @([regex]::Matches($page.Sections['SYNTAX'], '(?s)```\n(.*?)\n```') | ForEach-Object { $_.Groups[1].Value -replace '\s+', ' ' })
        $is = @($command.ParameterSets | ForEach-Object { "$($command.Name) $($_.ToString())" -replace ' \[<CommonParameters>\]', '' -replace '\s+', ' ' })
        $said | Sort-Object | Should -Be ($is | Sort-Object)
    }

    It 'has the parameters of the command, each described' {
        @($page.Parameters.Keys) | Sort-Object | Should -Be ($parameters.Name | Sort-Object)
        foreach ($entry in $page.Parameters.GetEnumerator()) {
            $entry.Value.Description | Should -Match '\w{2,}.*\.' -Because "-$($entry.Key) has to be described"
        }
    }

    It 'has the type, the default, the aliases and the values of each parameter' {
        foreach ($parameter in $parameters) {
            $yaml = $page.Parameters[$parameter.Name].Yaml
            $yaml.Type | Should -Be (Get-TypeText $parameter.ParameterType) -Because "that is the type of -$($parameter.Name)"
            $yaml.DefaultValue | Should -Be (Get-DefaultText $command $parameter.Name) -Because "that is the default of -$($parameter.Name)"
            $yaml.Aliases | Sort-Object | Should -Be @($parameter.Aliases | Sort-Object) -Because "those are the aliases of -$($parameter.Name)"
            $set = $parameter.Attributes | Where-Object { $_ -is [Management.Automation.ValidateSetAttribute] }
            $values = if ($set) { $set.ValidValues } elseif ($parameter.ParameterType.IsEnum) { [Enum]::GetNames($parameter.ParameterType) } else { @() }
            $yaml.AcceptedValues | Should -Be $values -Because "those are the values of -$($parameter.Name)"
            $wildcards = [bool]($parameter.Attributes | Where-Object { $_ -is [Management.Automation.SupportsWildcardsAttribute] })
            $yaml.SupportsWildcards | Should -Be "$wildcards" -Because "-$($parameter.Name) takes wildcards, or not"
        }
    }

    It 'says where each parameter binds' {
        foreach ($parameter in $parameters) {
            $said = $page.Parameters[$parameter.Name].Yaml.ParameterSets |
                ForEach-Object { '{0}: {1} {2} {3} {4}' -f $_.Name, $_.Position, $_.IsRequired, $_.ValueFromPipeline, $_.ValueFromPipelineByPropertyName }
            $is = foreach ($set in $parameter.ParameterSets.GetEnumerator()) {
                $position = if ($set.Value.Position -lt 0) { 'Named' } else { $set.Value.Position }
                '{0}: {1} {2} {3} {4}' -f ($set.Key -replace '^__AllParameterSets$', '(All)'), $position, $set.Value.IsMandatory,
                    $set.Value.ValueFromPipeline, $set.Value.ValueFromPipelineByPropertyName
            }
            $said | Sort-Object | Should -Be ($is | Sort-Object) -Because "that is how -$($parameter.Name) binds"
        }
    }

    It 'says what the command writes' {
        $types = @($command.OutputType | ForEach-Object { if ($_.Type -eq [void] -or $_.Name -eq 'System.Void') { 'None' } else { $_.Name } })
        foreach ($type in $types) { $page.Outputs | Should -Contain $type }
        foreach ($output in $page.Outputs) { $types | Should -Contain $output }
    }

    It 'links to pages and topics that are there' {
        $page.Links.Count | Should -BeGreaterThan 0
        foreach ($link in $page.Links) {
            Join-Path "$repository/docs/en-US" $link.Target | Should -Exist
            $link.Target | Should -Match ([regex]::Escape($link.Text))
        }
    }

    It 'has examples of the command that can be read' {
        foreach ($example in $page.Examples) {
            $example.Code.Count | Should -Be 1 -Because "an example has one block of code ($($example.Title))"
            $problems = $null
            $null = [Management.Automation.Language.Parser]::ParseInput($example.Code[0], [ref]$null, [ref]$problems)
            $problems | Should -BeNullOrEmpty
            $example.Code[0] | Should -Match "\b$Name\b" -Because "$($example.Title) is an example of it"
        }
    }

    It 'names no parameter that the command does not have' {
        foreach ($match in [regex]::Matches($page.Description, '\*\*-(\w+)\*\*')) {
            $command.Parameters.Keys | Should -Contain $match.Groups[1].Value
        }
    }

    It 'is what Get-Help shows' {
        $help = Get-Help $Name -Full
        Get-Words $help.Synopsis | Should -Be (Get-Words $page.Synopsis)
        Get-Words (($help.description | ForEach-Object Text) -join ' ') | Should -Be (Get-Words $page.Description)
        @($help.parameters.parameter.name) | Sort-Object | Should -Be (@($page.Parameters.Keys) | Sort-Object)
        foreach ($parameter in $help.parameters.parameter) {
            Get-Words (($parameter.description | ForEach-Object Text) -join ' ') | Should -Be (Get-Words $page.Parameters[$parameter.name].Description)
            $parameter.defaultValue | Should -Be $page.Parameters[$parameter.name].Yaml.DefaultValue
        }

        @($help.examples.example).Count | Should -Be $page.Examples.Count
        for ($i = 0; $i -lt $page.Examples.Count; $i++) {
            @($help.examples.example)[$i].code -replace "`r`n", "`n" | Should -Be $page.Examples[$i].Code[0]
        }
    }
}

Describe 'The pages' {
    It 'name every key of a configuration file' {
        $type = $core.GetType('AcodeSftp.FileTransfer.Configuration.TransferConfiguration')
        $keys = $type.GetProperty('KnownKeys', [Reflection.BindingFlags]'Static, Public, NonPublic').GetValue($null)
        @($keys).Count | Should -BeGreaterThan 10
        foreach ($key in $keys) { $byName['New-SftpTransferOption'].Description | Should -MatchExactly "\b$key\b" }
    }

    It 'are of commands that are there: <Name>' -ForEach $pages {
        $exported.Keys | Should -Contain $Name
    }

    It 'are compiled' {
        if (-not $platyPS) { Set-ItResult -Skipped -Because 'the module Microsoft.PowerShell.PlatyPS is not installed'; return }
        $fresh = Join-Path $TestDrive fresh.xml
        $null = & "$repository/docs/Compile-Help.ps1" -Destination $fresh
        $is = [IO.File]::ReadAllText($compiledPath) -replace "`r`n", "`n"
        # Not shown on failure: it is long.
        [IO.File]::ReadAllText($fresh) -ceq $is | Should -BeTrue -Because "docs/Compile-Help.ps1 has to be run after a page was changed (PlatyPS here is $($platyPS.Version))"
    }

    It 'are what PlatyPS takes for pages: <Name>' -ForEach $pages {
        if (-not $platyPS) { Set-ItResult -Skipped -Because 'the module Microsoft.PowerShell.PlatyPS is not installed'; return }
        Import-Module Microsoft.PowerShell.PlatyPS
        Test-MarkdownCommandHelp -Path "$repository/docs/en-US/$Name.md" | Should -BeTrue
    }
}

Describe 'The topic <Name>' -ForEach $topics {
    BeforeAll {
        $text = [IO.File]::ReadAllText($Path)
    }

    It 'has the form of a topic' {
        $text | Should -Match "(?s)^TOPIC\r?\n    $Name\r?\n\r?\nSHORT DESCRIPTION\r?\n    \S.*\r?\nLONG DESCRIPTION\r?\n"
        $text | Should -Not -Match '\t|\{\{'
        foreach ($line in $text -split '\r?\n') { $line.Length | Should -BeLessOrEqual 80 -Because $line }
    }

    It 'is found by Get-Help' {
        Get-Help $Name | Out-String | Should -Match $Name
    }

    It 'names commands and parameters that are there' {
        foreach ($match in [regex]::Matches($text, '\b[A-Z][a-z]+-(?:Sftp|Ssh)[A-Z]\w*')) {
            $exported.Keys | Should -Contain $match.Value
        }

        foreach ($line in $text -split '\r?\n' | Where-Object { $_ -match '^ {8}\S' }) {
            $ast = [Management.Automation.Language.Parser]::ParseInput($line, [ref]$null, [ref]$null)
            foreach ($call in $ast.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
                $command = $exported[[string]$call.GetCommandName()]
                if (-not $command) { continue }
                foreach ($given in $call.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] }) {
                    { $command.ResolveParameter($given.ParameterName) } | Should -Not -Throw -Because $line
                }
            }
        }
    }

    It 'refers to topics that are there' {
        foreach ($match in [regex]::Matches($text, '\babout_AcodeSftp\w*')) {
            "$repository/en-US/$($match.Value).help.txt" | Should -Exist
        }
    }
}

Describe 'The topics' {
    It 'are all there: <_>' -ForEach 'about_AcodeSftp', 'about_AcodeSftp_Sessions', 'about_AcodeSftp_HostKeys', 'about_AcodeSftp_Transfers', 'about_AcodeSftp_Errors', 'about_AcodeSftp_Testing', 'about_AcodeSftp_Migrating' {
        "$repository/en-US/$_.help.txt" | Should -Exist
    }
}

Describe 'The topic of errors' {
    BeforeAll {
        $said = @{}
        $text = [IO.File]::ReadAllText("$repository/en-US/about_AcodeSftp_Errors.help.txt") -replace "`r`n", "`n"
        foreach ($match in [regex]::Matches($text, '(?m)^    (S(?:ftp|sh)\w+) \((\w+)\)\n((?:        .+\n)+)')) {
            $said[$match.Groups[1].Value] = [pscustomobject]@{ Category = $match.Groups[2].Value; Text = $match.Groups[3].Value }
        }

        # What the sources have as identifiers besides those of the error codes: every text that looks like one and is
        # neither the noun nor a parameter of a command, nor the name of a transport.
        $sources = Get-ChildItem "$repository/src/AcodeSftp" -Recurse -Filter *.cs | Where-Object FullName -notmatch '[\\/](bin|obj)[\\/]'
        $code = ($sources | ForEach-Object { [IO.File]::ReadAllText($_.FullName) }) -join "`n" -replace '(?m)^\s*//.*$'
        $transports = $exported['New-SftpSession'].Parameters['Transport'].Attributes.ValidValues
        $others = @($exported.Values.Noun) + @($exported.Values.Parameters.Keys) + @($transports)
        $made = @([regex]::Matches($code, '"(S(?:ftp|sh)[A-Z]\w+)"') | ForEach-Object { $_.Groups[1].Value } | Where-Object { $_ -notin $others } | Sort-Object -Unique)
        $categories = @{}
        foreach ($match in [regex]::Matches($code, '"(S(?:ftp|sh)\w+)",\s*ErrorCategory\.(\w+)')) { $categories[$match.Groups[1].Value] = $match.Groups[2].Value }

        $map = $exported['New-SftpSession'].ImplementingType.Assembly.GetType('AcodeSftp.Shell.Errors.SftpErrorMap')
        $describe = $map.GetMethod('Describe')
        $codes = @{}
        foreach ($value in [Enum]::GetValues($core.GetType('AcodeSftp.SftpErrorCode'))) {
            $pair = $describe.Invoke($null, @($value))
            $codes[$pair.Item2] = [string]$pair.Item1
        }
    }

    It 'has every error code, with its category' {
        $codes.Count | Should -Be ([Enum]::GetNames($core.GetType('AcodeSftp.SftpErrorCode')).Count)
        foreach ($id in $codes.Keys) {
            $said.Keys | Should -Contain $id
            $said[$id].Category | Should -Be $codes[$id] -Because "that is the category of $id"
        }
    }

    It 'has every other identifier that the commands give' {
        $made.Count | Should -BeGreaterThan 5
        foreach ($id in $made) { $said.Keys | Should -Contain $id }
        foreach ($id in $categories.Keys | Where-Object { $said.ContainsKey($_) }) { $said[$id].Category | Should -Be $categories[$id] -Because "that is the category of $id" }
    }

    It 'has none that there is not' {
        foreach ($id in $said.Keys) { @($codes.Keys) + $made | Should -Contain $id }
    }

    It 'says what to do about each' {
        foreach ($id in $said.Keys) { $said[$id].Text | Should -Match '(?s)^        \S.*\n        What to do: \w' -Because $id }
    }
}
