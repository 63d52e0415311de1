"""Events of Windows beside those of Exchange and Schannel: CAPI2, crashes, the distribution of certificates.

Sources: Microsoft Learn, CAPI2 diagnostics; winerror.h (the CERT_E and CRYPT_E values).
"""

from __future__ import annotations

from probe.explain.explanation_model import Cause, Knowledge
from probe.explain.knowledge.channel import TRUST_FAILURE
from probe.explain.knowledge.numbers.schannel_events import event_mark
from probe.remedies import certificates, directories, federation_trust, network

CHAIN_EVENT = Knowledge(
    "capi2-chain",
    "CAPI2: a certificate chain was built and not accepted",
    "CryptoAPI of this server built a chain and found a fault; the result names it. What the Availability "
    "service refuses is decided by the same chain.",
    (
        ("800B0109",),
        ("800B010A",),
        ("800B0101",),
        ("800B010F",),
        ("800B0110",),
        ("80096004",),
        ("terminated in a root certificate which is not trusted by the trust provider",),
        ("certificate chain could not be built to a trusted root authority",),
        ("certificate is not within its validity period",),
        (event_mark("capi2", 11),),
        (event_mark("capi2", 30),),
    ),
    tuple(cause for cause in TRUST_FAILURE.causes if cause.name != "inspecting-proxy"),
    "Microsoft Learn, CAPI2 diagnostics; winerror.h",
    ("probe check {url}",),
    ("certutil -verify -urlfetch leaf.cer",),
)
REVOCATION_EVENT = Knowledge(
    "capi2-revocation",
    "CAPI2: the revocation of a certificate could not be checked",
    "The revocation list or OCSP responder was not reached. Federated lookups do not check revocation, so "
    "this alone refuses nothing; other programs of the server may wait for it.",
    (
        (event_mark("capi2", 41),),
        ("80092012",),
        ("80092013",),
        *((code, event_mark("capi2", number)) for code in ("80092012", "80092013") for number in (11, 30)),
        ("revocation function was unable to check revocation",),
    ),
    (
        Cause(
            "no-fault",
            "For free/busy nothing is to be done; the server's way to the revocation lists is blocked.",
            "certutil -verify -urlfetch shows which URL fails.",
            (network.REACH_REVOCATION_LISTS,),
        ),
    ),
    "[exchange 6.4]; winerror.h",
    commands=("certutil -verify -urlfetch leaf.cer",),
)
ROOT_UPDATE_EVENT = Knowledge(
    "capi2-root-update",
    "CAPI2: the automatic update of roots does not work",
    "Windows fetches roots of public authorities when they are first needed. It could not, so a public root "
    "that is missing here stays missing, and its chains are refused.",
    (
        (event_mark("capi2", 4102),),
        (event_mark("capi2", 4107),),
        (event_mark("capi2", 53),),
        ("Failed extract of third-party root list",),
        ("Failed auto update retrieval of third-party root",),
        ("third-party root list sequence number",),
    ),
    (
        Cause(
            "root-update-blocked",
            "ctldl.windowsupdate.com is not reached from this server, or the update is off by policy.",
            "certutil -generateSSTFromWU roots.sst on the server.",
            (network.REACH_ROOT_UPDATE, certificates.IMPORT_ROOT),
        ),
    ),
    "Microsoft Learn, certificates and trust in Windows; [exchange 7.3]",
    commands=("certutil -generateSSTFromWU roots.sst",),
    decisive=True,
)
CRASH = Knowledge(
    "exchange-crash",
    "Exchange on this server crashed and reported it (event 4999)",
    "A process of Exchange ended with an unhandled exception. If it is w3wp of the services or Autodiscover "
    "pool, requests at that moment got 500 or 503.",
    (
        (event_mark("common", 4999),),
        ("Watson report about to be sent for process",),
        ("Watson report about to be sent to dw20",),
    ),
    (
        Cause(
            "exchange-defect",
            "A defect of this build of Exchange, or of a module in its process; the report names the process "
            "and the exception.",
            "The parameters of the event: build, process, exception, method.",
            (directories.UPDATE_SERVER,),
        ),
    ),
    "Microsoft Learn, Exchange events (4999)",
    commands=("Get-ExchangeServer | Format-List Name,AdminDisplayVersion",),
    decisive=True,
)
CERTIFICATE_DISTRIBUTION = Knowledge(
    "federation-certificate-distribution",
    "Exchange looks for the federation or auth certificate and does not find it",
    "The service that distributes certificates did not find the certificate of the federation trust or auth "
    "configuration on any server of the site or its neighbours.",
    (
        ("Federation or Auth certificate not found",),
        ("Unable to find the certificate in the local or neighboring sites",),
    ),
    (
        Cause(
            "certificate-not-distributed",
            "The federation (or auth) certificate was removed, or was never copied to these servers.",
            "Test-FederationTrustCertificate and (Get-AuthConfig).CurrentCertificateThumbprint.",
            (federation_trust.INSTALL_FEDERATION_CERTIFICATE, federation_trust.SET_NEXT_CERTIFICATE),
        ),
    ),
    "PS/Test-FederationTrustCertificate",
    commands=("Test-FederationTrustCertificate",),
    decisive=True,
)
ROWS = (CHAIN_EVENT, REVOCATION_EVENT, ROOT_UPDATE_EVENT, CRASH, CERTIFICATE_DISTRIBUTION)
