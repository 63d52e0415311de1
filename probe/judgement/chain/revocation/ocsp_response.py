"""What one OCSP answer says of one certificate, if somebody entitled signed it and it is in time.

Entitled are the issuer's own key and a delegate: a certificate sent along that the issuer's key signed and
that is for OCSP signing (RFC 6960 section 4.2.2.2). That an answer of an unrelated delegate, of another
responder name or with a broken signature leaves the status unknown was observed on Windows (dotnet/runtime
DynamicRevocationTests, RevokeEndEntity_IssuerUnrelatedOcsp and RevokeEndEntityWithInvalidRevocation*).
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from probe.facts.certificate import Certificate
from probe.facts.revocation import ocsp
from probe.facts.revocation.ocsp import OcspAnswer, SingleResponse
from probe.judgement.chain import signature
from probe.judgement.chain.certificate_reading import read
from probe.judgement.chain.revocation import revocation_status
from probe.judgement.chain.revocation.revocation_list import unverified
from probe.judgement.chain.revocation.revocation_status import Moment, RevocationStanding, Statement
from probe.judgement.chain.signature import Verification


def standing_by_ocsp(
    content: bytes, certificate: Certificate, issuer: Certificate, moment: Moment
) -> Statement:
    """The standing of `certificate` by the OCSP answer in these bytes; anything wrong leaves it unknown."""
    try:
        answer = ocsp.ocsp_answer(content)
        about = [single for single in answer.responses if single.is_about(certificate, issuer)]
    except ValueError as refused:
        return Statement(
            RevocationStanding.UNKNOWN, f"what was fetched is no OCSP answer ({str(refused)[:200]})"
        )
    if not about:
        return Statement(RevocationStanding.UNKNOWN, "the OCSP answer is about another certificate")
    signer = _signer(answer, issuer, moment.answered)
    if signer is None:
        return Statement(RevocationStanding.UNKNOWN, "nobody entitled by its issuer gave the OCSP answer")
    wrong = unverified(signature.verify_signed(signer, answer.signed), "the OCSP answer")
    if wrong is not None:
        return wrong
    statements = [_statement(single, moment) for single in about]
    worst = next((s for s in statements if s.standing is RevocationStanding.REVOKED), None)
    worst = worst or next((s for s in statements if s.standing is not RevocationStanding.GOOD), statements[0])
    if (
        worst.standing is RevocationStanding.GOOD
        and signer != issuer
        and signer.extension(ocsp.OCSP_NO_CHECK) is None
    ):
        return Statement(
            RevocationStanding.INDETERMINATE,
            "Windows would check the responder's own certificate for revocation",
        )
    return worst


def _statement(single: SingleResponse, moment: Moment) -> Statement:
    if single.critical:
        return Statement(
            RevocationStanding.UNKNOWN,
            f"the OCSP answer has an unknown critical extension, {single.critical[0]}",
        )
    if single.status == "revoked" and single.revoked_at is not None:
        return revocation_status.revoked(single.revoked_at, single.this_update, moment)
    if single.status == "good":
        return revocation_status.good(single.this_update, single.next_update, moment)
    return Statement(RevocationStanding.UNKNOWN, "the OCSP responder does not know it")


def _signer(answer: OcspAnswer, issuer: Certificate, at: datetime) -> Certificate | None:
    """The issuer, or the delegate, that the answer names as its responder."""
    if _is_responder(answer, issuer):
        return issuer
    return next(
        (c for c in answer.certificates if _is_responder(answer, c) and _is_delegate(c, issuer, at)), None
    )


def _is_responder(answer: OcspAnswer, certificate: Certificate) -> bool:
    if certificate.structure is None:
        return False
    if answer.responder_name is not None:
        return answer.responder_name == certificate.subject.der
    try:
        bits = ocsp.key_bits(certificate)
    except ValueError:
        return False
    return hashlib.sha1(bits, usedforsecurity=False).digest() == answer.responder_key_hash


def _is_delegate(certificate: Certificate, issuer: Certificate, at: datetime) -> bool:
    structure, reading = certificate.structure, read(certificate)
    return (
        structure is not None
        and certificate.issuer == issuer.subject
        and structure.not_before <= at <= structure.not_after
        and ocsp.OCSP_SIGNING in (reading.usages or ())
        and not reading.unknown_critical
        and signature.weak_key(certificate) is None
        and signature.verify(certificate, issuer) is Verification.VALID
    )
