# PRTG: a sensor for one federation partner. Save it on the probe system as
# "C:\Program Files (x86)\PRTG Network Monitor\Custom Sensors\EXEXML\fedprobe.ps1", set $probe, add a sensor
# "EXE/Script Advanced" with this script and the partner's domain as its parameter: contoso.example.
# Scanning interval: 15 minutes; time-out: 60 seconds. The channels carry their own limits.
param(
    [Parameter(Mandatory = $true)][string]$Target,
    [string]$Caller = 'exchange-se'
)
$probe = 'C:\fedprobe\.venv\Scripts\probe.exe'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
$answer = & $probe check $Target --caller $Caller --format prtg --quiet 2>$null
if (-not $answer) {
    $answer = '{"prtg": {"error": 1, "text": "probe printed nothing: run it by hand"}}'
}
Write-Output $answer
# PRTG takes the state from the limits of the channels; another code would hide them.
exit 0
