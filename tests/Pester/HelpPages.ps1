# Reads the help pages of docs/en-US. Dot-sourced by the suites about help, at discovery too; needs no module.

$repository = [IO.Path]::GetFullPath("$PSScriptRoot/../..")

# The blocks of a text that begin with headings of a level, by their titles and in their order.
function Split-Heading {
    param([string] $Text, [int] $Level)
    $blocks = [ordered]@{}
    $title = $null
    $fenced = $false
    foreach ($line in $Text -split "`n") {
        if ($line -match '^```') { $fenced = -not $fenced }
        if (-not $fenced -and $line -match "^#{$Level} (.+)$") {
            $title = $Matches[1].Trim()
            $blocks[$title] = [Text.StringBuilder]::new()
        }
        elseif ($title) {
            $null = $blocks[$title].Append($line).Append("`n")
        }
    }

    $read = [ordered]@{}
    foreach ($key in $blocks.Keys) { $read[$key] = $blocks[$key].ToString().Trim() }
    $read
}

# The few forms of YAML that PlatyPS writes in a page: keys with values, lists, and the list of parameter sets.
function Read-ParameterYaml {
    param([string] $Text)
    $values = @{ Aliases = @(); AcceptedValues = @(); ParameterSets = @() }
    $list = $null
    foreach ($line in $Text -split "`n") {
        switch -Regex ($line) {
            '^(\w+): \[\]$' { $list = $null; continue }
            '^(\w+):$' { $list = $Matches[1]; continue }
            '^(\w+): ?(.*)$' { $list = $null; $values[$Matches[1]] = $Matches[2] -replace "^'(.*)'$", '$1'; continue }
            '^- (\w+): (.*)$' { $values[$list] += , @{ $Matches[1] = $Matches[2] }; continue }
            '^- (.*)$' { $values[$list] += , $Matches[1]; continue }
            '^  (\w+): (.*)$' { $values[$list][-1][$Matches[1]] = $Matches[2]; continue }
        }
    }

    $values
}

# A page as an object.
function Read-HelpPage {
    param([string] $Path)
    $text = [IO.File]::ReadAllText($Path) -replace "`r`n", "`n"
    $sections = Split-Heading $text 2
    $parameters = [ordered]@{}
    foreach ($entry in (Split-Heading $sections['PARAMETERS'] 3).GetEnumerator()) {
        if ($entry.Key -notmatch '^-(.+)$') { continue }
        $name = $Matches[1]
        if ($entry.Value -notmatch '(?s)^(.*?)```yaml\n(.*?)```') { throw "$Path, -$name`: there is no block of YAML." }
        $parameters[$name] = [pscustomobject]@{ Description = $Matches[1].Trim(); Yaml = Read-ParameterYaml $Matches[2] }
    }

    $examples = foreach ($entry in (Split-Heading $sections['EXAMPLES'] 3).GetEnumerator()) {
        $code = @([regex]::Matches($entry.Value, '(?s)```powershell\n(.*?)\n```') | ForEach-Object { $_.Groups[1].Value })
        [pscustomobject]@{ Title = $entry.Key; Code = $code; Text = $entry.Value }
    }

    [pscustomobject]@{
        Name        = [IO.Path]::GetFileNameWithoutExtension($Path)
        Text        = $text
        Sections    = $sections
        Synopsis    = $sections['SYNOPSIS']
        Description = $sections['DESCRIPTION']
        Syntax      = Split-Heading $sections['SYNTAX'] 3
        Parameters  = $parameters
        Examples    = @($examples)
        Inputs      = @((Split-Heading $sections['INPUTS'] 3).Keys)
        Outputs     = @((Split-Heading $sections['OUTPUTS'] 3).Keys)
        Links       = @([regex]::Matches($sections['RELATED LINKS'], '\[([^\]]+)\]\(([^)]+)\)') | ForEach-Object {
                [pscustomobject]@{ Text = $_.Groups[1].Value; Target = $_.Groups[2].Value }
            })
    }
}

# The examples of the about topics: what is indented twice, begins as commands do, and can be read as PowerShell.
function Get-TopicExample {
    foreach ($file in Get-ChildItem -LiteralPath "$repository/en-US" -Filter about_*.help.txt | Sort-Object Name) {
        $text = [IO.File]::ReadAllText($file.FullName) -replace "`r`n", "`n"
        $number = 0
        foreach ($match in [regex]::Matches($text, '(?m)(?:^ {8}.*\n(?:\n(?= {8}))?)+')) {
            $code = ($match.Value -split "`n" -replace '^ {8}') -join "`n"
            $problems = $null
            $null = [Management.Automation.Language.Parser]::ParseInput($code, [ref]$null, [ref]$problems)
            if ($problems -or $code -cnotmatch "^(\$|\(|'|try |AcodeSftp\\|[A-Z][a-z]+-(Sftp|Ssh|PSDrive)\w* )") { continue }
            $number++
            [pscustomobject]@{
                Name = '{0}, {1}: {2}' -f ($file.Name -replace '\.help\.txt$'), $number, ($code -split "`n")[0]
                Code = $code
            }
        }
    }
}

# All examples, of pages and of topics.
function Get-HelpExample {
    foreach ($page in Get-HelpPage) {
        foreach ($example in $page.Examples) {
            [pscustomobject]@{ Name = "$($page.Name), $($example.Title)"; Code = $example.Code[0] }
        }
    }

    Get-TopicExample
}

function Get-HelpPage {
    Get-ChildItem -LiteralPath "$repository/docs/en-US" -Filter *.md | Sort-Object Name | ForEach-Object { Read-HelpPage $_.FullName }
}
