@{
    RootModule           = 'bin/AcodeSftp.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '6d0f1c52-6a0e-4c5e-9f2b-0d6f5a7f3c41'
    Author               = 'AcodeSftp contributors'
    CompanyName          = 'AcodeSftp contributors'
    Copyright            = '(c) 2026 AcodeSftp contributors. MIT License.'
    Description          = 'Sessions, files, transfers and commands over SSH and SFTP.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    # Loaded before the types file, which names its classes.
    RequiredAssemblies   = @('bin/AcodeSftp.dll')
    TypesToProcess       = @('bin/AcodeSftp.Types.ps1xml')
    FormatsToProcess     = @('bin/AcodeSftp.Format.ps1xml')
    CmdletsToExport      = @(
        'Add-SftpContent'
        'Add-SshKnownHost'
        'Compare-SftpDirectory'
        'Copy-SftpItem'
        'Get-SftpChildItem'
        'Get-SftpContent'
        'Get-SftpDriveInfo'
        'Get-SftpFileHash'
        'Get-SftpItem'
        'Get-SftpMetric'
        'Get-SftpSession'
        'Get-SshHostKey'
        'Get-SshKnownHost'
        'Invoke-SshCommand'
        'Move-SftpItem'
        'New-SftpItem'
        'New-SftpSession'
        'New-SftpTransferOption'
        'Receive-SftpFile'
        'Register-SshCommandReply'
        'Remove-SftpItem'
        'Remove-SftpSession'
        'Remove-SshKnownHost'
        'Rename-SftpItem'
        'Send-SftpFile'
        'Set-SftpContent'
        'Set-SftpItem'
        'Start-SftpLog'
        'Stop-SftpLog'
        'Sync-SftpDirectory'
        'Test-SftpPath'
        'Test-SftpSession'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{
        PSData = @{
            Tags = @('SFTP', 'SSH', 'SCP', 'FileTransfer', 'OpenSSH', 'Windows', 'Linux', 'MacOS', 'PSEdition_Core')
        }
    }
}
