"""Three independent answers to one question: this engine's, OpenSSL's program, pyca's verifier.

Each is asked the same: would this chain be accepted for this host, at this moment, with these roots and no
others? What they were told besides is what .NET tells CryptoAPI: serverAuth, no revocation.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509 import verification

from probe import api
from probe.judgement.model import Outcome
from probe.lab.authority import Credential
from tests.judgement.judging import NOW
from tests.requirements import require

HOST = "mail.partner.lab"


@dataclass(frozen=True)
class Question:
    """The chain as presented, end-entity first, and the caller's roots."""

    presented: tuple[Credential, ...]
    roots: tuple[Credential, ...]
    host: str = HOST
    at: datetime = NOW


@dataclass(frozen=True)
class Answers:
    """Who accepts the chain."""

    probe: bool
    openssl: bool
    pyca: bool


def ask(question: Question, folder: Path) -> Answers:
    """All three answers; `folder` is for the files that OpenSSL reads."""
    return Answers(ask_probe(question), ask_openssl(question, folder), ask_pyca(question))


def ask_probe(question: Question) -> bool:
    judgement = api.judge_chain(
        [c.der for c in question.presented],
        host=question.host,
        roots=[c.der for c in question.roots],
        at=question.at,
    )
    return judgement.outcome in (Outcome.SUCCESS, Outcome.WARNING)


def ask_openssl(question: Question, folder: Path) -> bool:
    """The verdict of `openssl verify` on PATH."""
    leaf = _write(folder / "leaf.pem", question.presented[:1])
    untrusted = _write(folder / "untrusted.pem", question.presented[1:])
    roots = _write(folder / "roots.pem", question.roots)
    command = [
        require("openssl"),
        "verify",
        "-no-CApath",
        "-no-CAstore",
        "-CAfile",
        roots,
        "-purpose",
        "sslserver",
    ]
    command += ["-attime", str(int(question.at.timestamp())), "-verify_hostname", question.host]
    if question.presented[1:]:
        command += ["-untrusted", untrusted]
    done = subprocess.run([*command, leaf], capture_output=True, text=True, check=False, timeout=30)
    return done.returncode == 0


def _write(path: Path, credentials: Sequence[Credential]) -> str:
    path.write_text("".join(credential.pem for credential in credentials), encoding="ascii")
    return str(path)


def ask_pyca(question: Question) -> bool:
    """The verdict of cryptography's verifier, which follows the CA/Browser Forum's profile."""
    try:
        store = verification.Store([x509.load_der_x509_certificate(c.der) for c in question.roots])
        leaf, *others = [x509.load_der_x509_certificate(c.der) for c in question.presented]
        verifier = (
            verification.PolicyBuilder()
            .store(store)
            .time(question.at)
            .build_server_verifier(x509.DNSName(question.host))
        )
        verifier.verify(leaf, others)
    except (verification.VerificationError, ValueError):
        return False
    return True
