#requires -Version 5.1
<#
Asks the Windows on which it runs about every fault of probe's lab, and writes what Windows says to a file.

It changes nothing: no store, no registry value, no service. It starts "probe lab --every", which serves the
lab's partners on loopback, calls each with HttpWebRequest (the caller's own System.dll, SChannel and CryptoAPI),
builds the chain again with X509Chain, and ends the lab. The lab's roots are not trusted by Windows; where that is
the only thing wrong with a chain, the call goes on as if they were.

Needs Windows PowerShell 5.1 (powershell.exe) on any Windows Server; Exchange is not needed.

    powershell -ExecutionPolicy Bypass -File ask-windows.ps1 -Program .\probe.exe -Output native.json
    probe lab --compare native.json
#>
[CmdletBinding()]
param(
    [string]$Program = 'probe',
    [string]$Output = 'native.json',
    [ValidateRange(1, 60)][int]$TimeoutSeconds = 8
)

$ErrorActionPreference = 'Stop'
if ($PSVersionTable.PSEdition -eq 'Core') {
    throw 'This is another .NET than the Exchange server uses: run it in Windows PowerShell 5.1 (powershell.exe).'
}

Add-Type -Language CSharp -TypeDefinition @'
{csharp}
'@

$start = New-Object System.Diagnostics.ProcessStartInfo
$start.FileName = $Program
$start.Arguments = 'lab --every'
$start.UseShellExecute = $false
$start.RedirectStandardOutput = $true
$lab = [System.Diagnostics.Process]::Start($start)
$rows = @()
try {
    $partners = @()
    while ($line = $lab.StandardOutput.ReadLine()) {
        $partners += ($line | ConvertFrom-Json)
    }
    if ($partners.Count -eq 0) {
        throw "$Program lab --every serves no partner."
    }
    foreach ($partner in $partners) {
        Write-Progress -Activity 'Asking Windows' -Status $partner.name -PercentComplete (100 * $rows.Count / $partners.Count)
        $answer = [ProbeNative.Question]::Ask(
            $partner.url, $partner.host, [string[]]$partner.roots, [string[]]$partner.intermediates, 1000 * $TimeoutSeconds)
        $rows += [pscustomobject]@{
            name                 = $partner.name
            ssl_policy_errors    = $answer.SslPolicyErrors
            chain_status         = $answer.ChainStatus
            web_exception_status = $answer.WebExceptionStatus
            text                 = $answer.Text
            http_status          = $answer.HttpStatus
            endpoint             = $partner.endpoint
        }
    }
}
finally {
    if (-not $lab.HasExited) {
        $lab.Kill()
    }
}

$windows = Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$framework = Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'
$document = [pscustomobject]@{
    schema         = 'probe.native/1'
    taken_at       = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ')
    windows        = [string]$windows.ProductName
    build          = [int]$windows.CurrentBuildNumber
    dotnet_release = [int]$framework.Release
    culture        = [System.Globalization.CultureInfo]::CurrentUICulture.Name
    rows           = $rows
}
[System.IO.File]::WriteAllText(
    $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Output),
    ($document | ConvertTo-Json -Depth 5))
Write-Output ('{0} answers are in {1}' -f $rows.Count, $Output)
