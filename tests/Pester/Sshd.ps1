# A real sshd for the suites: on a free loopback port, as whoever runs them, with keys and configuration in a directory
# of its own. Dot-sourced by Hosts.ps1.

function Get-SshdPath {
    foreach ($path in '/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd', '/opt/homebrew/sbin/sshd') {
        if (Test-Path -LiteralPath $path) { return $path }
    }
}

# Why no sshd can be started here; nothing where one can.
function Get-SshdObstacle {
    if ($IsWindows) { return 'sshd for the tests is started on Unix only' }
    if (-not (Get-SshdPath)) { return 'sshd is not installed' }
    foreach ($name in 'ssh', 'ssh-keygen') {
        if (-not (Get-Command $name -CommandType Application -ErrorAction Ignore)) { return "$name is not on PATH" }
    }
}

function Start-TestSshd {
    $directory = Join-Path ([IO.Path]::GetTempPath()) "acode-pester-$PID-$(Get-Random)"
    $start = Join-Path $directory 'home'
    $null = New-Item -ItemType Directory -Path $start
    chmod 700 $directory
    foreach ($key in 'host_key', 'user_key', 'stranger_key') {
        ssh-keygen -q -t ed25519 -N '' -C $key -f "$directory/$key"
    }
    Copy-Item "$directory/user_key.pub" "$directory/authorized_keys"

    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()

    $hostKey = (Get-Content "$directory/host_key.pub") -split ' '
    "[127.0.0.1]:$port $($hostKey[0]) $($hostKey[1])" | Set-Content "$directory/known_hosts"
    @"
Port $port
ListenAddress 127.0.0.1
HostKey $directory/host_key
PidFile $directory/sshd.pid
AuthorizedKeysFile $directory/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
StrictModes no
UsePAM no
LogLevel VERBOSE
MaxStartups 100
Subsystem sftp internal-sftp -d $start
"@ | Set-Content "$directory/sshd_config"

    # Privilege separation of a root sshd wants its directory, which the distribution's service would make.
    if ((id -u) -eq 0) { $null = New-Item -ItemType Directory -Force -Path /run/sshd }
    $process = Start-Process -FilePath (Get-SshdPath) -PassThru -ArgumentList '-D', '-f', "$directory/sshd_config", '-E', "$directory/sshd.log"
    $deadline = [DateTime]::UtcNow.AddSeconds(15)
    while ($true) {
        $probe = [Net.Sockets.TcpClient]::new()
        try {
            $probe.Connect('127.0.0.1', $port)
            break
        }
        catch {
            if ($process.HasExited -or [DateTime]::UtcNow -gt $deadline) {
                throw "sshd did not start: $(Get-Content -Raw "$directory/sshd.log" -ErrorAction Ignore)"
            }
            Start-Sleep -Milliseconds 50
        }
        finally {
            $probe.Dispose()
        }
    }

    [pscustomobject]@{
        Directory = $directory
        Start     = $start
        Port      = $port
        Process   = $process
        Options   = @{
            HostName       = '127.0.0.1'
            Port           = $port
            UserName       = [Environment]::UserName
            KeyFilePath    = "$directory/user_key"
            KnownHostsPath = "$directory/known_hosts"
            SshConfigPath  = 'none'
            Transport      = 'OpenSsh'
        }
    }
}

function Stop-TestSshd {
    param($Sshd)
    if (-not $Sshd) { return }
    if (-not $Sshd.Process.HasExited) { $Sshd.Process.Kill($true) }
    $Sshd.Process.WaitForExit()
    Remove-Item -LiteralPath $Sshd.Directory -Recurse -Force -ErrorAction Ignore
}
