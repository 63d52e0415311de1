"""The TXT records by which a domain proves to Microsoft's federation gateway that it is its owner's.

Asked of DNS only when the user wants to know. A proof of Exchange 2010 SP1 and later is the base64 of 64
bytes [exchange 7.8]; whether it is the right one only `Get-FederatedDomainProof` of its owner can tell.
"""

from __future__ import annotations

import base64
import binascii
import re

from probe.collection.discovery.service_records import NoRecordError, resolver_for
from probe.collection.settings import Settings
from probe.facts.observation import StepOutcome

_PROOF = re.compile(r"[A-Za-z0-9+/]{86}==")
_PROOF_BYTES = 64
MAXIMUM_RECORDS = 64  # ours


def proofs(domain: str, settings: Settings) -> tuple[str, ...]:
    """The texts of the domain's TXT records that have the form of a proof; () for none. Blocks.

    Raises:
        NoRecordError: DNS did not tell.
    """
    import dns.exception
    import dns.resolver

    limit = settings.limits.service_record_seconds
    try:
        answer = resolver_for(settings.nameserver).resolve(domain, "TXT", lifetime=limit, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError) as failed:
        raise NoRecordError(StepOutcome.FAILED, str(failed)[:200]) from None
    texts = (b"".join(record.strings).decode("ascii", "replace") for record in list(answer)[:MAXIMUM_RECORDS])
    return tuple(text for text in texts if is_proof(text))


def is_proof(text: str) -> bool:
    """Whether a text has the form of a federation proof."""
    if _PROOF.fullmatch(text) is None:
        return False
    try:
        return len(base64.b64decode(text, validate=True)) == _PROOF_BYTES
    except binascii.Error:
        return False
