"""What the dearest certificates of a partner cost: `python -m tests.benchmarks.bench_hostile`.

Each row is judged as sent in one handshake (100 KB at most, which is what OpenSSL lets through). Prints size,
outcome and CPU time of the judge alone, and the peak of the process; the exit status is 1 if a row took more
than a second of CPU or the peak is above 100 MB.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

from probe import api
from probe.facts.encoding import der
from probe.lab import authority, keys
from probe.lab.authority import Credential
from tests.judgement.judging import NOW, extension, name_constraints

HOST = "mail.partner.lab"
ROOT = authority.root()
MOST_SECONDS, MOST_MEGABYTES = 1.0, 100


def _names(prefix: str, count: int) -> list[bytes]:
    return [der.wrap(0x82, f"{prefix}{number}.example.lab".encode()) for number in range(count)]


def _constrained(**trees: list[bytes]) -> list[Credential]:
    issuing = authority.intermediate(ROOT, extensions=(name_constraints(**trees),))
    return [authority.end_entity(issuing, HOST, other_names=_names("h", 2_000)), issuing]


def _twins_with_constraints() -> list[Credential]:
    first = authority.intermediate(ROOT, extensions=(name_constraints(excluded=_names("t", 40)),))
    more = [
        authority.intermediate(
            ROOT, key=first.key, extensions=(name_constraints(excluded=_names(f"u{n}", 40)),)
        )
        for n in range(40)
    ]
    return [authority.end_entity(first, HOST, other_names=_names("h", 1_000)), first, *more]


def _many_extensions() -> list[Credential]:
    odd = [extension(f"1.2.3.{number}", b"", critical=True) for number in range(6_000)]
    return [authority.end_entity(ROOT, HOST, extensions=odd)]


def _long_name() -> list[Credential]:
    units = [("2.5.4.11", f"unit {number}") for number in range(3_000)]
    return [authority.end_entity(ROOT, HOST, subject=units)]


def _twins_that_did_not_sign() -> list[Credential]:
    twins = [authority.intermediate(ROOT, signed_by=keys.private_key("p256")) for _ in range(200)]
    return [authority.end_entity(twins[0], HOST, signed_by=ROOT.key), *twins]


def _mesh_of_one_name() -> list[Credential]:
    members = [authority.root("Same CA") for _ in range(14)]
    crossed = [
        authority.intermediate(issuer, "Same CA", key=subject.key)
        for issuer in members
        for subject in members
        if issuer is not subject
    ]
    return [authority.end_entity(members[0], HOST), *crossed]


def _usages() -> list[Credential]:
    oids = [f"1.3.6.1.4.1.{number}" for number in range(6_000)]
    return [authority.end_entity(ROOT, HOST, usages=oids)]


def _policies() -> list[Credential]:
    oids = [f"1.3.6.1.4.1.{number}" for number in range(2_500)]
    issuing = authority.intermediate(ROOT, policies=oids)
    return [authority.end_entity(issuing, HOST, policies=oids), issuing]


ROWS: dict[str, Callable[[], list[Credential]]] = {
    "sound": lambda: [authority.end_entity(ROOT, HOST)],
    "names inside excluded subtrees": lambda: _constrained(excluded=[der.wrap(0x82, b"lab")] * 2_000),
    "names outside excluded subtrees": lambda: _constrained(excluded=_names("t", 2_000)),
    "names outside permitted subtrees": lambda: _constrained(permitted=_names("t", 2_000)),
    "twins with constraints": _twins_with_constraints,
    "unknown critical extensions": _many_extensions,
    "a subject of 3,000 parts": _long_name,
    "200 issuers that did not sign": _twins_that_did_not_sign,
    "a mesh of one name": _mesh_of_one_name,
    "6,000 usages": _usages,
    "2,500 policies": _policies,
}


def main() -> int:
    """Judge every row; 0 when all keep within the bounds."""
    slowest = 0.0
    for name, make in ROWS.items():
        sent = [credential.der for credential in make()]
        started = time.process_time()
        judgement = api.judge_chain(sent, host=HOST, roots=[ROOT.der], at=NOW)
        spent = time.process_time() - started
        slowest = max(slowest, spent)
        size = sum(map(len, sent)) / 1024
        print(f"{name:34} {size:5.0f} KB {judgement.outcome.value:8} {spent:6.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"slowest {slowest:.2f} s of CPU, peak {peak:.0f} MB")
    return int(slowest > MOST_SECONDS or peak > MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
