"""Messages of Get-FederationInformation and of token issuers.

Sources: [exchange 1.2.6], [exchange 1.2.7], [exchange 2.5], [exchange 4.3].
"""

from __future__ import annotations

from dataclasses import replace

from probe.explain.explanation_model import Cause, Knowledge, Signal
from probe.explain.knowledge import causes
from probe.explain.knowledge.http_statuses import http_status
from probe.remedies import certificates, directories, federation_trust, network


def _refused(*statuses: int) -> tuple[str, ...]:
    """The statuses as an attempt's exception words them; 502 and 504 are the caller's proxy
    [exchange 2.9]."""
    return tuple(piece for pattern in http_status(*statuses) for piece in pattern)


FEDERATION_INFORMATION = Knowledge(
    "federation-information",
    "Get-FederationInformation got no answer from the partner",
    "All four places were tried without an answer: https autodiscover.DOMAIN and DOMAIN, then the http "
    "redirects of both. The request is anonymous, so no token and no trust takes part in it; a certificate "
    "with a wrong name alone would only prompt.",
    (
        ("Federation information could not be received from the external organization",),
        ("Discovery for domain", "failed"),
    ),
    (
        Cause(
            "no-autodiscover",
            "autodiscover.DOMAIN does not resolve, does not answer or is not published.",
            "The steps of a check.",
            (network.FIX_DNS, directories.PASS_THROUGH),
            (Signal.NO_FEDERATION_ANSWER, Signal.NAME_NOT_RESOLVED),
            named_by=("remote name could not be resolved", "Unable to connect to the remote server"),
        ),
        replace(causes.PRE_AUTHENTICATION, named_by=_refused(401, 403)),
        replace(causes.HANDLER, named_by=("HTTP status 405", "Method Not Allowed")),
        Cause(
            "certificate",
            "The certificate chain of the Autodiscover host is not trusted by the caller.",
            "UntrustedRoot or PartialChain in a check.",
            (certificates.IMPORT_ROOT, certificates.SEND_INTERMEDIATE),
            (Signal.UNTRUSTED_ROOT, Signal.PARTIAL_CHAIN),
            excluded_by_absence=True,
            named_by=("Could not establish trust relationship", "The remote certificate is invalid"),
        ),
        Cause(
            "not-federated",
            "The partner has no federation trust, or the domain is not federated there.",
            "Error code NotFederated or InvalidDomain.",
            (federation_trust.FEDERATE_DOMAIN,),
            (Signal.NOT_FEDERATED,),
            excluded_by_absence=True,
        ),
        replace(causes.OUTBOUND_PROXY, named_by=_refused(407, 502, 504)),
    ),
    "KB2773628; [exchange 1.2.7]; [exchange 2.5]",
    ("probe federation {domain}", "probe check {domain}"),
    ("Get-FederationInformation -DomainName {domain} -Verbose",),
)

NOT_FEDERATED = Knowledge(
    "not-federated",
    "The partner's organization or domain is not federated",
    "Autodiscover answered and says that it takes part in no federation for this domain.",
    (
        ("The organization is not federated",),
        ("Domain isn't federated",),
        ("isn't present in response",),
        ("Response missing Domains value",),
    ),
    (
        Cause(
            "not-federated",
            "No federation trust at the partner, or the domain was not added to it.",
            "Get-FederatedOrganizationIdentifier at the partner.",
            (federation_trust.FEDERATE_DOMAIN,),
            (Signal.NOT_FEDERATED,),
            excluded_by_absence=True,
        ),
    ),
    "[exchange 2.5]",
    ("probe federation {domain}",),
)

DOMAIN_NOT_VALIDATED = Knowledge(
    "domain-not-validated",
    "One of the partner's further domains could not be validated",
    "Get-FederationInformation rediscovers every domain that the partner lists and drops those that do not "
    "answer alike. Only in a hybrid deployment may -BypassAdditionalDomainValidation switch that off; "
    "Microsoft says not to use it for the relationship with another organization.",
    (("couldn't be validated and will be ignored",), ("could not be validated and will be ignored",)),
    (
        Cause(
            "further-domain",
            "That domain has no Autodiscover of its own.",
            "A check of that domain.",
            (network.FIX_DNS,),
            (Signal.NO_FEDERATION_ANSWER,),
        ),
    ),
    "[exchange 1.2.6]",
    ("probe federation {domain}",),
)

TOKEN_ISSUERS = Knowledge(
    "token-issuers-differ",
    "The two organizations use different token issuers",
    "Delegation tokens are only valid between organizations of the same token service (business and "
    "consumer instance differ).",
    (
        ("The token issuers for the domain", "don't match the issuer"),
        ("Unable to request delegation token for STS", "because this organization is federated with STS"),
    ),
    (
        Cause(
            "different-issuers",
            "One trust was made with the consumer instance, the other with the business instance.",
            "TokenIssuerUris of both sides.",
            (federation_trust.RECREATE_TRUST,),
        ),
    ),
    "[exchange 1.2.6]; [exchange 4.3]",
    ("probe federation {domain}", "probe pair {ours} {domain}"),
    ("Get-FederationTrust | Format-List Name,TokenIssuerUri,ApplicationUri",),
)


ROWS = (FEDERATION_INFORMATION, NOT_FEDERATED, DOMAIN_NOT_VALIDATED, TOKEN_ISSUERS)
