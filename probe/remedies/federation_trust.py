"""Advice about the federation trust: metadata, federation certificate, provisioning, token issuers."""

from __future__ import annotations

from probe.remedies.advice import Actor, Advice

_REFRESH = "Get-FederationTrust | Set-FederationTrust -RefreshMetadata"
REFRESH_METADATA = Advice(
    Actor.PARTNER,
    "Refresh the federation trust's metadata, twice, in the organization that refuses the token, and let a "
    "daily task do it from now on.",
    (_REFRESH, _REFRESH, "Test-FederationTrust -Verbose", "Test-FederationTrustCertificate"),
    "[exchange 7.7]; ODS freebusy-lookups-stop-working.md",
)
REFRESH_OWN_METADATA = Advice(
    Actor.CALLER,
    "Refresh the metadata of your federation trust, twice; test again; let a daily task do it from now on.",
    (_REFRESH, _REFRESH, "Test-FederationTrust -Verbose"),
    "[exchange 7.7]; ODS freebusy-lookups-stop-working.md",
)
INSTALL_FEDERATION_CERTIFICATE = Advice(
    Actor.CALLER,
    "Copy the federation certificate with its private key from a server that has it to the servers that "
    "lack it, and check all servers.",
    (
        "Test-FederationTrustCertificate",
        "Get-FederationTrust | Format-List Org*Certificate",
        "Export-ExchangeCertificate -Thumbprint THUMBPRINT -BinaryEncoded -Password "
        "(Get-Credential).Password",
        "Import-ExchangeCertificate -Server SERVER -FileData FILE -Password (Get-Credential).Password "
        "-PrivateKeyExportable $true",
    ),
    "[exchange 7.4]; PS/Test-FederationTrustCertificate",
)
CHECK_FEDERATION_CERTIFICATE = Advice(
    Actor.CALLER,
    "Check that the federation certificate is installed on every server.",
    ("Test-FederationTrustCertificate", "Get-FederationTrust | Format-List Org*Certificate,TokenIssuer*"),
    "RFB; [exchange 7.4]",
)
RENEW_FEDERATION_CERTIFICATE = Advice(
    Actor.CALLER,
    "Make a new federation certificate, set it as the next one of the trust, and publish it once every "
    "server has it. If the old one has expired already, the trust may have to be made anew.",
    (
        "New-ExchangeCertificate -FriendlyName 'Exchange Federation' -DomainName Federation -Services "
        "Federation -KeySize 2048 -PrivateKeyExportable $true -SubjectKeyIdentifier FEDERATION-ID",
        "Set-FederationTrust -Identity TRUST -Thumbprint THUMBPRINT",
        "Test-FederationTrustCertificate",
        "Set-FederationTrust -Identity TRUST -PublishFederationCertificate",
    ),
    "[exchange 7.4]; PS/Set-FederationTrust",
)
SET_NEXT_CERTIFICATE = Advice(
    Actor.CALLER,
    "Set a certificate that is installed on every server as the next federation certificate, wait for Active "
    "Directory to replicate, then publish it.",
    (
        "Get-ExchangeCertificate | Format-List Thumbprint,Subject,NotAfter,HasPrivateKey",
        "Set-FederationTrust -Identity TRUST -Thumbprint THUMBPRINT",
        "Test-FederationTrustCertificate",
        "Set-FederationTrust -Identity TRUST -PublishFederationCertificate",
    ),
    "KB2810692",
)
RECREATE_EXPIRED_TRUST = Advice(
    Actor.CALLER,
    "If the federation certificate has expired, Microsoft accepts no change with it any more: take the "
    "domains and the trust out by force and set federation up anew; every partner then has to read your "
    "federation information again.",
    (
        "Get-FederationTrust | Format-List Org*Certificate",
        "Remove-FederatedDomain -DomainName DOMAIN -Force",
        "Remove-FederationTrust -Identity TRUST",
    ),
    "KB3107293; KB3215278",
)
RECREATE_TRUST = Advice(
    Actor.CALLER,
    "Re-create the federation trust so that both organizations use the same token issuer.",
    ("Get-FederationTrust | Format-List Name,TokenIssuerUri,ApplicationUri",),
    "[exchange 4.3]",
)
FEDERATE_DOMAIN = Advice(
    Actor.PARTNER,
    "Make a federation trust there, or add the domain to it.",
    (
        "Get-FederationTrust | Format-List Name,ApplicationUri,TokenIssuerUri",
        "Get-FederatedOrganizationIdentifier | Format-List AccountNamespace,Domains,Enabled",
        "Add-FederatedDomain -DomainName DOMAIN",
    ),
    "[exchange 2.5]",
)
FEDERATE_OWN_DOMAIN = Advice(
    Actor.CALLER,
    "Add your domain to the federation trust and enable the federated organization identifier.",
    (
        "Get-FederatedOrganizationIdentifier -IncludeExtendedDomainInfo | Format-List",
        "Add-FederatedDomain -DomainName DOMAIN",
        "Set-FederatedOrganizationIdentifier -Enabled $true",
    ),
    "[exchange 7.4]; PS/Add-FederatedDomain",
)
WAIT_A_DAY = Advice(
    Actor.CALLER,
    "Wait 24 hours without another attempt, then run the command once.",
    (),
    "KB3027942",
)
PUBLISH_PROOF = Advice(
    Actor.CALLER,
    "Put the proof into a TXT record of the domain, in public DNS, for every accepted domain that is to be "
    "federated; look it up from outside; run the command again.",
    (
        "Get-FederatedDomainProof -DomainName {domain} | Format-List DomainName,Proof",
        "nslookup -q=txt {domain} 8.8.8.8",
    ),
    "KB3068837",
)
CORRECT_APPLICATION_URI = Advice(
    Actor.CALLER,
    "Set TargetApplicationUri to the AccountNamespace (ApplicationUri) that the partner announces.",
    (
        "Get-FederationInformation -DomainName {domain} | Format-List TargetApplicationUri,TokenIssuerUris",
        "Set-OrganizationRelationship RELATIONSHIP -TargetApplicationUri URI",
    ),
    "[exchange 7.5]",
)
RELEASE_DOMAIN = Advice(
    Actor.CALLER,
    "Release the domain where it is still federated, wait a day, and add it to the trust again.",
    (
        "Get-FederatedOrganizationIdentifier -IncludeExtendedDomainInfo | Format-List",
        "Remove-FederatedDomain -DomainName DOMAIN -Force",
    ),
    "PS/Remove-FederatedDomain",
)
USE_BUSINESS_INSTANCE = Advice(
    Actor.PARTNER,
    "Make the federation trust there anew with the business instance (urn:federation:MicrosoftOnline); its "
    "partners then read its federation information again.",
    ("Get-FederationTrust | Format-List Name,TokenIssuerUri,ApplicationUri",),
    "[exchange 4.3]",
)
