<#
.SYNOPSIS
    Compiles the pages of docs/en-US into the help file that Get-Help reads.
.DESCRIPTION
    Needs the module Microsoft.PowerShell.PlatyPS, 1.0 or later. PlatyPS writes the file; this script then puts right what
    Get-Help would show badly: paragraphs are joined, the code of an example goes where code belongs, defaults and the
    descriptions in the syntax are filled in, Markdown's marks are taken out, and links lose their file names.
    The same pages give the same bytes. Writes the path of the file.
.EXAMPLE
    ./docs/Compile-Help.ps1
.EXAMPLE
    ./docs/Compile-Help.ps1 -Destination /tmp/AcodeSftp.dll-Help.xml
#>
[CmdletBinding()]
param(
    [string] $Destination = "$PSScriptRoot/../en-US/AcodeSftp.dll-Help.xml"
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module Microsoft.PowerShell.PlatyPS -MinimumVersion 1.0

$maml = 'http://schemas.microsoft.com/maml/2004/10'
$dev = 'http://schemas.microsoft.com/maml/dev/2004/10'

# Markdown as plain text.
function ConvertTo-PlainText {
    param([string] $Text)
    $Text -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '`([^`]+)`', '$1' -replace '\*\*([^*]+)\*\*', '$1'
}

# The paragraphs of a text, each in one line. Lists and blocks of code keep their lines.
function Get-Paragraph {
    param([string] $Text)
    $Text = $Text -replace "`r`n", "`n"
    foreach ($part in [regex]::Split($Text, '(?sm)(^```\w*\n.*?^```$)')) {
        if ($part -match '(?s)^```\w*\n(.*?)\n?```$') {
            ($Matches[1] -split "`n" | ForEach-Object { "    $_" }) -join "`n"
            continue
        }

        foreach ($block in $part -split '\n\s*\n') {
            $block = $block.Trim()
            if (-not $block) { continue }
            if ($block -match '(?m)^- ') {
                # Lines that go on an item are joined to it.
                ($block -replace '\n\s+(?!- )', ' ' -split '\n' | ForEach-Object { ConvertTo-PlainText $_ }) -join "`n"
            }
            else {
                ConvertTo-PlainText ($block -replace '\s*\n\s*', ' ')
            }
        }
    }
}

# Makes paragraphs of a text the only content of an element.
function Set-Paragraph {
    param([Xml.XmlElement] $Element, [string] $Text)
    while ($Element.HasChildNodes) { $null = $Element.RemoveChild($Element.FirstChild) }
    foreach ($paragraph in Get-Paragraph $Text) {
        $para = $Element.OwnerDocument.CreateElement('maml', 'para', $maml)
        $para.InnerText = $paragraph
        $null = $Element.AppendChild($para)
    }
}

$pages = Get-ChildItem -LiteralPath "$PSScriptRoot/en-US" -Filter *.md | Sort-Object -Property Name -CaseSensitive
$helps = @($pages | ForEach-Object { Import-MarkdownCommandHelp -LiteralPath $_.FullName })
$directory = Join-Path ([IO.Path]::GetTempPath()) "acode-help-$PID-$(Get-Random)"
try {
    $null = $helps | Export-MamlCommandHelp -OutputFolder $directory -Force
    $xml = [Xml.XmlDocument]::new()
    $xml.Load((Get-ChildItem -LiteralPath $directory -Recurse -Filter *-Help.xml).FullName)
}
finally {
    Remove-Item -LiteralPath $directory -Recurse -Force -ErrorAction Ignore
}

$names = [Xml.XmlNamespaceManager]::new($xml.NameTable)
$names.AddNamespace('maml', $maml)
$names.AddNamespace('command', 'http://schemas.microsoft.com/maml/dev/command/2004/10')
$names.AddNamespace('dev', $dev)
foreach ($command in $xml.SelectNodes('//command:command', $names)) {
    $name = $command.SelectSingleNode('command:details/command:name', $names).InnerText
    $help = $helps | Where-Object Title -EQ $name
    Set-Paragraph $command.SelectSingleNode('command:details/maml:description', $names) $help.Synopsis
    Set-Paragraph $command.SelectSingleNode('maml:description', $names) $help.Description

    foreach ($parameter in $help.Parameters) {
        foreach ($element in $command.SelectNodes(".//command:parameter[maml:name='$($parameter.Name)']", $names)) {
            Set-Paragraph $element.SelectSingleNode('maml:description', $names) $parameter.Description
            $default = $xml.CreateElement('dev', 'defaultValue', $dev)
            $default.InnerText = $parameter.DefaultValue
            $null = $element.AppendChild($default)
        }
    }

    foreach ($pair in @('command:inputTypes/command:inputType', $help.Inputs), @('command:returnValues/command:returnValue', $help.Outputs)) {
        $elements = $command.SelectNodes($pair[0], $names)
        for ($i = 0; $i -lt $elements.Count; $i++) {
            Set-Paragraph $elements[$i].SelectSingleNode('maml:description', $names) $pair[1][$i].Description
        }
    }

    $notes = $command.SelectSingleNode('maml:alertSet/maml:alert', $names)
    if ($notes) { Set-Paragraph $notes $help.Notes }

    $examples = $command.SelectNodes('command:examples/command:example', $names)
    for ($i = 0; $i -lt $examples.Count; $i++) {
        if (($help.Examples[$i].Remarks -replace "`r`n", "`n") -notmatch '(?s)^(.*?)```powershell\n(.*?)\n```(.*)$') {
            throw "$name, $($help.Examples[$i].Title): there is no block of PowerShell code."
        }

        $before, $code, $after = $Matches[1], $Matches[2], $Matches[3]
        $examples[$i].SelectSingleNode('maml:title', $names).InnerText = "--- $($help.Examples[$i].Title) ---"
        $examples[$i].SelectSingleNode('dev:code', $names).InnerText = $code
        Set-Paragraph $examples[$i].SelectSingleNode('maml:introduction', $names) ''
        Set-Paragraph $examples[$i].SelectSingleNode('dev:remarks', $names) "$before`n`n$after"
    }

    # Names alone: Get-Help finds them, and a file name of the repository means nothing where the module is installed.
    foreach ($link in @($command.SelectNodes('command:relatedLinks/maml:navigationLink', $names))) {
        if ($link.SelectSingleNode('maml:linkText', $names).InnerText -eq 'Online Version') {
            $null = $link.ParentNode.RemoveChild($link)
        }
        else {
            $link.SelectSingleNode('maml:uri', $names).InnerText = ''
        }
    }
}

$settings = [Xml.XmlWriterSettings]::new()
$settings.Indent = $true
$settings.NewLineChars = "`n"
$settings.Encoding = [Text.UTF8Encoding]::new($false)
$full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Destination)
$writer = [Xml.XmlWriter]::Create($full, $settings)
try { $xml.Save($writer) } finally { $writer.Dispose() }
Write-Output $full
