"""The frozen records that the stages of judgement pass on, and the outcome they fold into.

Names are those of CryptoAPI (chain context, element) and .NET. Certificates and elements run end-entity
to root. Nothing is decided here.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from probe.dotnet import SslPolicyErrors, WebExceptionStatus, X509ChainStatusFlags
from probe.facts.certificate import Certificate
from probe.remedies.advice import Actor as Actor


class Outcome(StrEnum):
    """What the caller would experience. `worst` orders them: failure, unknown, warning, success."""

    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"
    UNKNOWN = "unknown"


_RANKS = {Outcome.SUCCESS: 0, Outcome.WARNING: 1, Outcome.UNKNOWN: 2, Outcome.FAILURE: 3}


def worst(outcomes: list[Outcome] | tuple[Outcome, ...]) -> Outcome:
    """The worst of these outcomes (failure, then unknown, then warning); unknown when there is none."""
    return max(outcomes, key=_RANKS.__getitem__, default=Outcome.UNKNOWN)


class Source(StrEnum):
    """Where the engine had a certificate from."""

    PRESENTED = "presented"
    RETRIEVED = "retrieved"
    STORE = "store"


class ChainElement(Struct, frozen=True):
    """One certificate at its place in the chain, with its status and why, one sentence per fault.

    `inherited`: the flags of its status that only a certificate above it causes.
    """

    certificate: Certificate
    source: Source
    status: X509ChainStatusFlags = X509ChainStatusFlags.NoError
    reasons: tuple[str, ...] = ()
    inherited: X509ChainStatusFlags = X509ChainStatusFlags.NoError

    @property
    def own_status(self) -> X509ChainStatusFlags:
        """The flags that this certificate itself causes."""
        return self.status & ~self.inherited


class RejectedCandidate(Struct, frozen=True):
    """A candidate issuer that is in no chain reported, and why it lost."""

    certificate: Certificate
    source: Source
    why: str


class ChainContext(Struct, frozen=True):
    """What the engine built: elements end-entity to root, the OR of their status, what was tried besides.

    `automatic_root`: the anchor is trusted only by automatic root update. `listed_root`: the thumbprint of a
    listed root, whose certificate is not at hand, under which the chain would end. `indeterminate`: why
    the status cannot be relied on (a limit was reached, an algorithm that cannot be computed here), or None.
    `build_failure`: why X509Chain.Build would throw, or None. `chain_status`: what CryptoAPI sets on the
    chain and on no element (PartialChain). `comparison_stopped`: which limit ended the comparison of paths
    with faults, so that another may have fewer, or None. `revocation_indeterminate`: why Windows may know of
    a revocation status what nobody here does, or None. `equals`: members of paths just as good that Windows
    may take instead.
    """

    elements: tuple[ChainElement, ...]
    rejected: tuple[RejectedCandidate, ...] = ()
    automatic_root: bool = False
    listed_root: str | None = None
    indeterminate: str | None = None
    build_failure: str | None = None
    chain_status: X509ChainStatusFlags = X509ChainStatusFlags.NoError
    comparison_stopped: str | None = None
    revocation_indeterminate: str | None = None
    equals: tuple[ChainElement, ...] = ()

    @property
    def build_throws(self) -> str | None:
        """`build_failure` as scripts for version 0.1 spell it."""
        return self.build_failure

    @property
    def status(self) -> X509ChainStatusFlags:
        """The OR over the chain and its elements: CERT_CHAIN_CONTEXT.TrustStatus.dwErrorStatus."""
        bits = int(self.chain_status)
        for element in self.elements:
            bits |= int(element.status)
        return X509ChainStatusFlags(bits) if bits else X509ChainStatusFlags.NoError


class NameSource(StrEnum):
    """Which presented identifier matched."""

    DNS_NAME = "dNSName"
    IP_ADDRESS = "iPAddress"
    COMMON_NAME = "commonName"


class NameMatch(Struct, frozen=True):
    """Requested host against presented names. `by` None: nothing matched, or the names are not compared.

    `not_compared`: why CryptoAPI would not get as far as the name ([validation 1.2.5]), or None.
    `indeterminate`: why nobody here knows whether it would match, or None.
    """

    requested: str
    presented: tuple[str, ...]
    matched: bool
    by: NameSource | None = None
    not_compared: str | None = None
    indeterminate: str | None = None

    @property
    def untold(self) -> str | None:
        """`indeterminate` as scripts for version 0.1 spell it."""
        return self.indeterminate


class WebException(Struct, frozen=True):
    """What the caller logs: its status and its exception chain, outermost first, `Type: message` each."""

    status: WebExceptionStatus
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The chain in one line, joined as Exception.ToString does."""
        return " ---> ".join(self.lines)


class Severity(StrEnum):
    """How much a finding matters to the outcome."""

    INFO = "info"
    WARNING = "warning"
    FAILURE = "failure"
    UNKNOWN = "unknown"


SEVERITIES = {
    Outcome.SUCCESS: Severity.INFO,
    Outcome.WARNING: Severity.WARNING,
    Outcome.FAILURE: Severity.FAILURE,
    Outcome.UNKNOWN: Severity.UNKNOWN,
}
"""The severity of a finding that says why an outcome is what it is."""


class Remedy(Struct, frozen=True):
    """One change, who makes it and the command. `proved`: judging again with the change flips the verdict.

    `together`: proved only together with the other remedies of the judgement that carry the same number.
    `certificates` are those that the change needs at hand (to be saved for the user).
    """

    actor: Actor
    text: str
    command: str | None = None
    proved: bool = False
    certificates: tuple[Certificate, ...] = ()
    together: int | None = None


class Finding(Struct, frozen=True):
    """Something the user should know: a stable code (`chain-untrusted-root`), evidence, remedies."""

    code: str
    severity: Severity
    summary: str
    evidence: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()


class Flip(Struct, frozen=True):
    """When a verdict that holds now will change, and why."""

    at: datetime
    why: str


class Judgement(Struct, frozen=True):
    """What follows for one endpoint at one address, for one caller, one trust store and one moment.

    `endpoint_url` and `address` are None for a chain judged from a file. `ssl_policy_errors` None: no
    certificate was seen, so nothing can be said. `caller_notes`: what was assumed of the caller.
    `vantage_state`: what of the checking machine's own state kept it from the partner, or None.
    """

    endpoint_url: str | None
    address: str | None
    caller: str
    trust_name: str
    trust_sha256: str
    at: datetime
    outcome: Outcome
    ssl_policy_errors: SslPolicyErrors | None
    chain: ChainContext | None
    name: NameMatch | None
    web_exception: WebException | None
    findings: tuple[Finding, ...] = ()
    flip: Flip | None = None
    log_lines: tuple[str, ...] = ()
    caller_notes: tuple[str, ...] = ()
    vantage_state: str | None = None
