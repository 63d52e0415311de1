"""The federation trust of the own organization: results of Test-FederationTrust, provisioning at Microsoft,
the federation certificate, the user behind a delegation token.

The other side is Microsoft's token service; there is no partner in any of these. Sources: the ids and rules
of Test-FederationTrust as in Exchange 2013 CU23 [exchange 7.4]; RFB; the KB articles at each row.
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge import causes
from probe.remedies import federation_trust, identity, network

_TEST = ("Test-FederationTrust -Verbose",)
_CERTIFICATES = ("Get-FederationTrust | Format-List Org*Certificate,TokenIssuer*",)


def trust_mark(result: str, *, about_certificates: bool = False) -> str:
    """What `matching` adds for a failed result of Test-FederationTrust."""
    return f"mark: federation trust {result}{' certificates' if about_certificates else ''} failed"


NO_TRUST = Knowledge(
    "no-federation-trust",
    "Your organization has no federation trust",
    "Test-FederationTrust found no trust to test.",
    (
        (trust_mark("NoFederationTrust"),),
        ("No federation trust", "was found"),
        ("federation trust is not configured",),
    ),
    (
        Cause(
            "no-trust",
            "The federation trust was never made, or was removed.",
            "Get-FederationTrust returns nothing.",
            (federation_trust.FEDERATE_OWN_DOMAIN,),
        ),
    ),
    "[exchange 7.4]; PS/Test-FederationTrust",
    commands=("Get-FederationTrust | Format-List Name,ApplicationUri,TokenIssuerUri",),
    decisive=True,
)
TOKEN_VALIDATION = Knowledge(
    "trust-token-validation",
    "Test-FederationTrust: the token came and could not be verified",
    "The token service gave a delegation token, and your own copy of its certificate does not verify it: the "
    "copy in your federation trust is stale. Tokens of others are refused for the same reason.",
    (
        (trust_mark("TokenValidation"),),
        (trust_mark("StsCertificate"),),
        ("Failed to validate delegation token",),
    ),
    (
        Cause(
            "own-metadata-stale",
            "Your federation trust holds an outdated certificate of the token service.",
            "Get-FederationTrust | fl TokenIssuer* against Microsoft's federation metadata.",
            (federation_trust.REFRESH_OWN_METADATA,),
        ),
    ),
    "Exchange team blog, Keep your Federation Trust up-to-date (2021); ODS freebusy-lookups-stop-working.md",
    commands=_TEST,
    decisive=True,
)
TRUST_OUTDATED = Knowledge(
    "trust-metadata-outdated",
    "Test-FederationTrust: your trust and Microsoft's metadata hold different certificates",
    "The metadata was fetched, and the token service has other certificates by now.",
    (
        (trust_mark("FederationMetadata", about_certificates=True),),
        ("federation trust does not contain the same certificates",),
    ),
    TOKEN_VALIDATION.causes,
    "[exchange 7.7]; PS/Test-FederationTrust",
    commands=_TEST,
    decisive=True,
)
PREVIOUS_TOKEN_SERVICE_CERTIFICATE = Knowledge(
    "trust-previous-issuer-certificate",
    "Test-FederationTrust: the token service's previous certificate has expired",
    "This is usual after a change of certificates and harmless as long as the current one is valid.",
    ((trust_mark("StsPreviousCertificate"),),),
    (
        Cause(
            "own-metadata-old",
            "Your trust has not been refreshed since the token service changed its certificate.",
            "Get-FederationTrust | fl TokenIssuer*.",
            (federation_trust.REFRESH_OWN_METADATA,),
        ),
    ),
    "[exchange 7.4]; PS/Test-FederationTrust",
    commands=_CERTIFICATES,
    decisive=True,
)
CERTIFICATE_EXPIRED = Knowledge(
    "federation-certificate-expired",
    "Your federation certificate has expired",
    "Your organization signs its token requests with the federation certificate. Once it has expired the "
    "token service gives no token: a failed TokenRequest beside it is the consequence.",
    (
        (trust_mark("OrganizationCertificate"), "expired"),
        (trust_mark("OrganizationPreviousCertificate"), "expired"),
        ("expired", trust_mark("OrganizationCertificate")),
        ("expired", trust_mark("OrganizationPreviousCertificate")),
        ("federation certificate", "has expired"),
        ("Federation Trust Certificate is Expired",),
        ("certificate referenced by property Org", "expired"),
    ),
    (
        Cause(
            "federation-certificate-expired",
            "The federation certificate has expired and was not replaced in time.",
            "Get-FederationTrust | fl Org*Certificate shows NotAfter.",
            (federation_trust.RENEW_FEDERATION_CERTIFICATE,),
        ),
    ),
    "PS/Set-FederationTrust; [exchange 7.4]",
    commands=_CERTIFICATES,
    decisive=True,
)
CERTIFICATE_MISSING = Knowledge(
    "federation-certificate-missing",
    "The federation certificate is not on this server",
    "The federation trust names a certificate that this server does not have with its private key. Other "
    "servers may have it.",
    (
        (trust_mark("OrganizationCertificate"),),
        (trust_mark("OrganizationPreviousCertificate"),),
        ("Unable to find the certificate referenced by property Org",),
        ("certificate referenced by property Org", "private key"),
        ("GetOrganizationCertificates(federationTrust) returned null",),
        ("NotInstalled",),
    ),
    (
        Cause(
            "federation-certificate-missing",
            "The federation certificate was not copied to this server (new or rebuilt), or has no "
            "private key "
            "here.",
            "Test-FederationTrustCertificate names every server with its state.",
            (federation_trust.INSTALL_FEDERATION_CERTIFICATE,),
        ),
    ),
    "PS/Test-FederationTrustCertificate; risual.com, Hybrid calendar free/busy issues (2018)",
    commands=("Test-FederationTrustCertificate",),
    decisive=True,
)
TOKEN_REQUEST = Knowledge(
    "trust-token-request",
    "Test-FederationTrust: the token service gave no delegation token",
    "The request for a delegation token failed. -Verbose gives the reason: not reached, certificate refused, "
    "or the user is not accepted.",
    (
        (trust_mark("TokenRequest"),),
        ("Failed to request delegation token",),
        ("FailureToGetDelegationToken",),
    ),
    (
        causes.OWN_WAY_OUT,
        Cause(
            "own-federation-certificate",
            "Your federation certificate has expired, is missing on this server or was not published.",
            "Test-FederationTrustCertificate; the result OrganizationCertificate beside this one.",
            (federation_trust.CHECK_FEDERATION_CERTIFICATE,),
        ),
        Cause(
            "user-of-token",
            "The user that was tested is not accepted: password state, UPN, or a domain that is not "
            "federated.",
            "Another user succeeds.",
            (identity.REPAIR_MEMBER_NAME, identity.FEDERATE_USER_DOMAIN),
        ),
    ),
    "[exchange 7.4]; RFB",
    commands=("Test-FederationTrust -UserIdentity MAILBOX -Verbose",),
    wrapper=True,
)
METADATA = Knowledge(
    "trust-metadata",
    "Test-FederationTrust: Microsoft's metadata was not reached",
    "The server asks nexus.microsoftonline-p.com as the SYSTEM account and got no answer. No partner is "
    "concerned.",
    ((trust_mark("FederationMetadata"),),),
    (causes.OWN_WAY_OUT, causes.OWN_TLS, causes.OWN_DNS),
    "PS/Test-FederationTrust; RFB",
    commands=("Get-ExchangeServer | Format-List Name,InternetWebProxy", "netsh winhttp show proxy"),
    decisive=True,
)
_PROVISION = ("Get-FederationTrust | Format-List Org*Certificate,ApplicationIdentifier,ApplicationUri",)
ACCESS_DENIED = Knowledge(
    "provisioning-access-denied",
    "Microsoft's provisioning service refused the change (1007 AccessDenied)",
    "The change to the federated domains is signed with your federation certificate, and Microsoft did not "
    "accept the signature. There is no partner in this.",
    (
        ("1007 AccessDenied",),
        ("Windows Live", "AccessDenied"),
        ("Remove-FederatedDomain", "Windows Live", "HTTP status 403"),
    ),
    (
        Cause(
            "federation-certificate-expired",
            "The federation certificate has expired, or is not the one that Microsoft knows.",
            "Get-FederationTrust | fl Org*Certificate shows NotAfter and thumbprint.",
            (federation_trust.RECREATE_EXPIRED_TRUST,),
        ),
        Cause(
            "clock-skew",
            "The clock of your server is off by more than five minutes.",
            "w32tm /query /status on the server that ran the command.",
            (network.SYNCHRONISE_CLOCK,),
        ),
    ),
    "KB3107293; KB3215278",
    commands=(*_PROVISION, "w32tm /query /status"),
    decisive=True,
)
TOO_MANY_ATTEMPTS = Knowledge(
    "provisioning-max-uri",
    "Too many attempts to register the domain in one day (MaxUriReached)",
    "Microsoft lets a domain be attached to another application identifier only once a day.",
    (("MaxUriReached",), ("Same URI cannot be attached to different AppId",), ("MaxAppIdsReached",)),
    (
        Cause(
            "too-many-attempts",
            "The trust was removed and made again several times today.",
            "The message itself.",
            (federation_trust.WAIT_A_DAY,),
        ),
    ),
    "KB3027942",
    commands=_PROVISION,
    decisive=True,
)
PROOF = Knowledge(
    "domain-proof",
    "The proof of the domain is missing in DNS",
    "Microsoft looks for a TXT record with the proof of the domain in public DNS and did not find it.",
    (
        ("Proof of domain ownership has failed",),
        ("TXT record for the specified domain is available in DNS",),
        ("proof of ownership", "could not be verified"),
        ("ProofDomainOwnership",),
        ("DomainProofOwnership",),
        ("NotOwner", "Windows Live"),
    ),
    (
        Cause(
            "proof-missing",
            "The TXT record is missing, wrong, of another domain, or not visible from outside yet.",
            "nslookup -q=txt from outside against Get-FederatedDomainProof.",
            (federation_trust.PUBLISH_PROOF,),
        ),
    ),
    "KB3068837",
    commands=("nslookup -q=txt {domain} 8.8.8.8",),
    decisive=True,
)
DOMAIN_RESERVED = Knowledge(
    "provisioning-domain-reserved",
    "The domain is registered with another application identifier",
    "Another federation trust (an old one of yours, or another organization's) holds the domain.",
    (
        ("already reserved",),
        ("UriAlreadyReserved",),
        ("DomainAlreadyReserved",),
        ("is already in use", "federat"),
    ),
    (
        Cause(
            "domain-held-elsewhere",
            "A trust that was removed without releasing the domain, or another organization, still holds it.",
            "Get-FederatedOrganizationIdentifier in every organization that ever federated the domain.",
            (federation_trust.RELEASE_DOMAIN,),
        ),
    ),
    "PS/Remove-FederatedDomain",
    commands=_PROVISION,
)
NEXT_CERTIFICATE = Knowledge(
    "federation-certificate-thumbprint",
    "The next federation certificate is not found",
    "The certificate with this thumbprint, which the trust names as the next one, is not in Active Directory "
    "or not on this server.",
    (
        ("Federation certificate with the thumbprint", "cannot be found"),
        ("FederationCertificateInvalidException",),
        ("certificate with the thumbprint", "not found"),
    ),
    (
        Cause(
            "next-certificate-missing",
            "The next federation certificate (OrgNextPrivCertificate) has not replicated, or was removed "
            "from the server.",
            "Get-ExchangeCertificate on this server; Test-FederationTrustCertificate.",
            (federation_trust.SET_NEXT_CERTIFICATE,),
        ),
    ),
    "KB2810692",
    commands=("Get-FederationTrust | Format-List Org*Certificate", "Test-FederationTrustCertificate"),
    decisive=True,
)
ROWS = (
    NO_TRUST,
    TOKEN_VALIDATION,
    TRUST_OUTDATED,
    PREVIOUS_TOKEN_SERVICE_CERTIFICATE,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_MISSING,
    TOKEN_REQUEST,
    METADATA,
    ACCESS_DENIED,
    TOO_MANY_ATTEMPTS,
    PROOF,
    DOMAIN_RESERVED,
    NEXT_CERTIFICATE,
)
