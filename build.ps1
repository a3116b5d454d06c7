<#
.SYNOPSIS
    Builds the module into this directory, ready to import, and lays out what would be published.
.DESCRIPTION
    Compiles the solution's module project, which puts the module's files into bin/, so that
    Import-Module ./AcodeSftp.psd1 works from the checkout. Compiles the help pages of docs/en-US into en-US, where the module
    Microsoft.PowerShell.PlatyPS is installed; elsewhere the compiled help of the repository stays as it is. Then fills
    out/AcodeSftp/ with exactly what would be published.
    Where the compiler for it can be restored, what is in bin/ is then compiled ahead of time for this machine and this
    PowerShell's .NET: the first commands of a PowerShell start in half the time. What would be published is not, for it must
    run on all systems.
    The transport SshNet is built in where its package, SSH.NET, can be restored, and left out where it cannot.
    Needs the .NET SDK. Works from any current directory.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Configuration Debug
.EXAMPLE
    ./build.ps1 -Property RestoreAdditionalProjectSources=/srv/packages

    Takes packages from a folder, too.
#>
[CmdletBinding()]
param(
    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    # MSBuild properties, each as name=value.
    [string[]] $Property = @()
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot

if (-not (Get-Command dotnet -CommandType Application -ErrorAction Ignore)) {
    throw 'The .NET SDK (10 or later) is needed: dotnet is not on PATH.'
}

$properties = @($Property | ForEach-Object { "-p:$_" })
$null = dotnet restore "$root/src/AcodeSftp.SshNet/AcodeSftp.SshNet.csproj" -p:SshNet=true @properties --verbosity quiet 2>&1
$hasSshNet = $LASTEXITCODE -eq 0
if ($hasSshNet) { $properties += '-p:SshNet=true' }

# The compiler is of the very version of .NET that is to run its code: another's is not even looked at.
$compiler = "microsoft.netcore.app.crossgen2.$([Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier)"
$compilerVersion = [Environment]::Version.ToString(3)
$ahead = "-p:AheadOfTimeCompiler=$compiler", "-p:AheadOfTimeVersion=$compilerVersion"
$null = dotnet restore "$root/src/AcodeSftp/AcodeSftp.csproj" @properties @ahead --verbosity quiet 2>&1
$hasCompiler = $LASTEXITCODE -eq 0
if ($hasCompiler) { $properties += $ahead }

dotnet build "$root/src/AcodeSftp/AcodeSftp.csproj" --configuration $Configuration --nologo --verbosity quiet @properties
if ($LASTEXITCODE -ne 0) { throw "The build failed (dotnet build ended with $LASTEXITCODE)." }

if (Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS | Where-Object Version -GE '1.0') {
    $null = & (Join-Path $root docs Compile-Help.ps1)
}
else {
    Write-Output 'The help pages were not compiled anew: the module Microsoft.PowerShell.PlatyPS is not installed.'
}

$published = Join-Path $root out AcodeSftp
if (Test-Path -LiteralPath $published) { Remove-Item -LiteralPath $published -Recurse -Force }
$null = New-Item -ItemType Directory -Path $published

# Files and directories at the root that belong to the module; documentation that is not written yet is left out.
foreach ($name in 'AcodeSftp.psd1', 'LICENSE', 'README.md', 'CHANGELOG.md', 'bin', 'en-US') {
    $source = Join-Path $root $name
    if (Test-Path -LiteralPath $source) { Copy-Item -LiteralPath $source -Destination $published -Recurse }
}

# Symbols are for debugging from the checkout.
Get-ChildItem -LiteralPath $published -Recurse -Filter *.pdb | Remove-Item

# Returns whether anything was compiled; what was not stays as it is and is compiled when it runs.
function Convert-ToMachineCode {
    $packages = (dotnet nuget locals global-packages --list) -replace '^global-packages: ', ''
    $program = Get-Item (Join-Path $packages $compiler $compilerVersion tools crossgen2*) |
        Where-Object Name -In 'crossgen2', 'crossgen2.exe'
    if (-not $program) { return $false }
    $references = [Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory(), $PSHOME, "$root/bin/dependencies" |
        ForEach-Object { "-r:$(Join-Path $_ *.dll)" }
    $compiled = Join-Path ([IO.Path]::GetTempPath()) "acode-sftp-$([guid]::NewGuid())"
    $null = New-Item -ItemType Directory -Path $compiled
    try {
        $files = Get-Item "$root/bin/AcodeSftp.dll", "$root/bin/dependencies/*.dll"
        $left = @(foreach ($file in $files) {
            $target = Join-Path $compiled $file.Name
            # The compiler has been seen to abort when all was written; that is not to be trusted, and it works the next time.
            foreach ($attempt in 1, 2) {
                # With the runtime's part of asynchronous methods in it, which would be compiled for each of ours when it first runs.
                $null = & $program.FullName $file.FullName -o $target @references -O --opt-cross-module:System.Private.CoreLib 2>&1
                if ($LASTEXITCODE -eq 0) { break }
            }
            if ($LASTEXITCODE -ne 0) { $file.Name }
        })
        foreach ($file in $files | Where-Object Name -NotIn $left) {
            # A new file: the old one may be in use by a PowerShell that is running.
            Move-Item -LiteralPath (Join-Path $compiled $file.Name) -Destination $file.FullName -Force
        }
        if ($left.Count -eq $files.Count) { return $false }
        if ($left) { Write-Warning "Not compiled ahead, for the compiler failed with it twice: $($left -join ', ')." }
        return $true
    }
    finally {
        Remove-Item -LiteralPath $compiled -Recurse -Force -ErrorAction Ignore
    }
}
$isCompiledAhead = $hasCompiler -and (Convert-ToMachineCode)

$manifest = Test-ModuleManifest -Path (Join-Path $published AcodeSftp.psd1)
$files = Get-ChildItem -LiteralPath $published -Recurse -File
$size = ($files | Measure-Object -Property Length -Sum).Sum
Write-Output "Built AcodeSftp $($manifest.Version) ($Configuration): $($manifest.ExportedCmdlets.Count) cmdlets."
Write-Output "  Transports:           $($hasSshNet ? 'OpenSsh, SshNet, Memory' : 'OpenSsh, Memory (SshNet is left out: the package SSH.NET could not be restored)')"
Write-Output "  Compiled ahead:       $($isCompiledAhead ? "bin/, for .NET $compilerVersion on this machine" : "no ($compiler $compilerVersion could not be restored or run); it works all the same")"
Write-Output "  To use it from here:  Import-Module $(Join-Path $root AcodeSftp.psd1)"
Write-Output ('  To publish it:        {0} ({1} files, {2:0.0} MB)' -f $published, $files.Count, ($size / 1MB))
