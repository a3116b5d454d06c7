# The kinds of host that the suites run over, for -ForEach. Dot-sourced in BeforeDiscovery. A module that was built without SSH.NET
# has no tests over it; PesterSuites.cs says so in one line.

function Test-SshNetModule { Test-Path -LiteralPath "$PSScriptRoot/../../bin/dependencies/AcodeSftp.SshNet.dll" }

$hostKinds = @(
    'the embedded host'
    'sshd'
    if (Test-SshNetModule) { 'sshd over SSH.NET' }
)
