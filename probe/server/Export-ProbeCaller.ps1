# Writes caller.json: the settings of this Exchange server that decide whether it accepts a partner
# (schema probe.caller/1, for `probe check --caller caller.json --relationship caller.json`).
# Read-only, Windows PowerShell 5.1. In the Exchange Management Shell it adds what only Exchange knows.
# It holds no key, no password and no mailbox.
param([string]$Path = 'caller.json')
$ErrorActionPreference = 'SilentlyContinue'
Set-StrictMode -Off

function Read-Numbers([string]$Key, [string[]]$Names) {
    $found = @{}
    $item = Get-Item -LiteralPath "HKLM:\$Key"
    if ($item) {
        foreach ($name in $item.GetValueNames()) {
            $value = $item.GetValue($name)
            if ($value -is [int] -and (-not $Names -or $Names -contains $name)) { $found[$name] = $value }
        }
    }
    return $found
}

# Names like "AES 128/128" have a slash, which the provider of the registry takes for a path.
function Read-Disabled([string[]]$Kinds) {
    $base = 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL'
    foreach ($kind in $Kinds) {
        $key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey("$base\$kind")
        if ($key) {
            foreach ($name in $key.GetSubKeyNames()) {
                $enabled = $key.OpenSubKey($name).GetValue('Enabled')
                if ($enabled -is [int] -and $enabled -eq 0) { "$kind\$name" }
            }
        }
    }
}

function Read-Ordered([string]$Value) {
    $policy = (Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002').$Value
    if ($policy) { return @(@($policy) -join ',' -split ',' | ForEach-Object { $_.Trim() } | Where-Object { $_ }) }
    $local = (Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002').$Value
    if ($local) { return @($local) }
    if ($Value -eq 'Functions' -and (Get-Command Get-TlsCipherSuite)) { return @(Get-TlsCipherSuite | ForEach-Object { $_.Name }) }
}

function Read-Store([string]$Name) {
    foreach ($certificate in (Get-ChildItem "Cert:\LocalMachine\$Name")) {
        @{ store = $Name; der = [Convert]::ToBase64String($certificate.RawData); properties = @{} }
    }
}

function Read-Binary([string]$Value) {
    $bytes = (Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate').$Value
    if ($bytes) { return [Convert]::ToBase64String($bytes) }
    return $null
}

function Read-WinHttp {
    $blob = (Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections').WinHttpSettings
    $found = @{}
    if ($blob.Length -ge 16 -and ($blob[8] -band 2)) {
        $found['winhttp'] = [Text.Encoding]::ASCII.GetString($blob, 16, [BitConverter]::ToInt32($blob, 12))
    }
    return $found
}

function Read-Text($Object, [string[]]$Names) {
    $found = @{}
    foreach ($name in $Names) {
        $value = $Object.$name
        if ($value -is [bool] -or $null -eq $value) { $found[$name] = $value }
        elseif ($value -is [Collections.IEnumerable] -and $value -isnot [string]) { $found[$name] = @($value | ForEach-Object { "$_" }) }
        else { $found[$name] = "$value" }
    }
    return $found
}

$dotnet = @{}
foreach ($version in 'v2.0.50727', 'v4.0.30319') {
    foreach ($hive in '', 'Wow6432Node\') {
        $dotnet["$hive$version"] = Read-Numbers "SOFTWARE\${hive}Microsoft\.NETFramework\$version" 'SchUseStrongCrypto', 'SystemDefaultTlsVersions'
    }
}
$schannel = @{}
foreach ($version in '1.0', '1.1', '1.2', '1.3') {
    $schannel["TLS $version"] = Read-Numbers "SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS $version\Client"
}
$exchange = $null
$install = ''
foreach ($folder in 'v15', 'v14') {
    $setup = Get-ItemProperty "HKLM:\SOFTWARE\Microsoft\ExchangeServer\$folder\Setup"
    if ($setup -and $null -eq $exchange) {
        $exchange = '{0}.{1}.{2}.{3}' -f $setup.MsiProductMajor, $setup.MsiProductMinor, $setup.MsiBuildMajor, $setup.MsiBuildMinor
        $install = $setup.MsiInstallPath
    }
}

# What group policy says comes before what the machine has.
$values = @(
    'MinRsaPubKeyBitLength', 'EnableWeakSignatureFlags',
    'WeakSha1AllFlags', 'WeakSha1ThirdPartyFlags', 'WeakRsaAllFlags', 'WeakRsaAllMinBitLength',
    'WeakRsaThirdPartyFlags', 'WeakRsaThirdPartyMinBitLength', 'DisableMandatoryBasicConstraints',
    'DisableCANameConstraints', 'DisableUnsupportedCriticalExtensions', 'DisableAIAUrlRetrieval', 'Options',
    'MaxAIAUrlCountInCert', 'MaxAIAUrlRetrievalCountPerChain', 'MaxAIAUrlRetrievalByteCount',
    'MaxAIAUrlRetrievalCertCount', 'ChainUrlRetrievalTimeoutMilliseconds'
)
$engine = Read-Numbers 'SOFTWARE\Microsoft\Cryptography\OID\EncodingType 0\CertDLLCreateCertificateChainEngine\Config' $values
$policy = Read-Numbers 'SOFTWARE\Policies\Microsoft\SystemCertificates\ChainEngine\Config' $values
foreach ($name in $policy.Keys) { $engine[$name] = $policy[$name] }

$settings = [ordered]@{
    schema = 'probe.caller/1'
    server = $env:COMPUTERNAME
    read_by = "Export-ProbeCaller.ps1, PowerShell $($PSVersionTable.PSVersion)"
    windows_build = [int](Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion').CurrentBuildNumber
    exchange_version = $exchange
    dotnet_release = (Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full').Release
    dotnet = $dotnet
    schannel = $schannel
    cipher_suites = @(Read-Ordered 'Functions')
    curves = @(Read-Ordered 'EccCurves')
    availability = Read-Numbers 'SYSTEM\CurrentControlSet\Services\MSExchange OWA' 'AllowExternalUntrustedCerts', 'AllowInternalUntrustedCerts'
    chain_engine = $engine
    diffie_hellman = Read-Numbers 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\KeyExchangeAlgorithms\Diffie-Hellman'
    proxies = Read-WinHttp
    disabled_algorithms = @(Read-Disabled @('Ciphers', 'Hashes', 'KeyExchangeAlgorithms'))
    fips = Read-Numbers 'SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy' 'Enabled'
    messaging = Read-Numbers 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Messaging'
    renegotiation = Read-Numbers 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL' 'AllowInsecureRenegoServers'
    root_auto_update_disabled = ((Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot').DisableRootAutoUpdate -eq 1)
    stores = @('Root', 'AuthRoot', 'CA', 'Disallowed' | ForEach-Object { Read-Store $_ })
    root_list = Read-Binary 'EncodedCtl'
    disallowed_list = Read-Binary 'DisallowedCertEncodedCtl'
}

if (Get-Command Get-OrganizationRelationship) {
    $server = Get-ExchangeServer $env:COMPUTERNAME
    $config = Get-Content (Join-Path $install 'ClientAccess\exchweb\EWS\web.config') | Out-String
    if ($server) { $settings.proxies['InternetWebProxy'] = "$($server.InternetWebProxy)" -replace '//[^/@]*@', '//' }
    if ($server.InternetWebProxyBypassList) { $settings.proxies['InternetWebProxyBypassList'] = @($server.InternetWebProxyBypassList) -join ',' }
    if ($config -match 'BypassProxyForCrossForestRequests"\s+value="(\d+)"') { $settings.proxies['BypassProxyForCrossForestRequests'] = $Matches[1] }
    $settings.organization_relationships = @(Get-OrganizationRelationship | ForEach-Object {
        Read-Text $_ 'Name', 'DomainNames', 'Enabled', 'FreeBusyAccessEnabled', 'FreeBusyAccessLevel', 'TargetApplicationUri', 'TargetSharingEpr', 'TargetAutodiscoverEpr'
    })
    $settings.exchange_organization = @{
        intra_organization_connectors = @(Get-IntraOrganizationConnector | ForEach-Object { Read-Text $_ 'Name', 'Enabled', 'TargetAddressDomains', 'DiscoveryEndpoint' })
        federation_trust = @(Get-FederationTrust | ForEach-Object { Read-Text $_ 'Name', 'ApplicationUri', 'TokenIssuerUri', 'TokenIssuerMetadataEpr' })
        federated_identifier = Read-Text (Get-FederatedOrganizationIdentifier) 'AccountNamespace', 'Domains', 'Enabled'
        web_services = @(Get-WebServicesVirtualDirectory -Server $env:COMPUTERNAME -ADPropertiesOnly | ForEach-Object { Read-Text $_ 'Name', 'WSSecurityAuthentication', 'ExternalUrl' })
    }
}

$json = ConvertTo-Json $settings -Depth 6
[IO.File]::WriteAllText((Join-Path (Get-Location).ProviderPath $Path), $json, (New-Object Text.UTF8Encoding $false))
Write-Output "wrote $Path"
