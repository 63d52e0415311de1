"""How many faults of the lab are "cannot tell", for each caller, and for what reason.

`python -m tests.benchmarks.count_unsettled [--timeout 26] [FAULT…]` serves each fault once, lets every caller
profile visit it, and prints one line a caller with the number, then the reasons with the faults that have
them. A partner that stalls is settled only by waiting as long as the caller does, 25 seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict

from probe import api
from probe.collection.settings import Settings, parse_connect_to
from probe.judgement import caller_profile
from probe.lab.faults import FAULTS
from probe.lab.partner import Partner


def visit(fault: str, timeout: float) -> list[tuple[str, str, str]]:
    """(caller, outcome, reason) of every caller profile for this fault."""
    profiles = caller_profile.profiles()
    with Partner(fault) as partner:
        settings = Settings(
            connect_to=tuple(map(parse_connect_to, partner.connect_to)),
            family=4,
            timeout=timeout,
            connect_timeout=min(2.0, timeout / 2),
            resolver=partner.resolver,
        )
        result = api.check(partner.ews_url, trust=partner.trust, callers=profiles, settings=settings)
    found = []
    for judgement in result.judgements:
        first = next((f for f in judgement.findings if f.severity.value == "unknown"), None)
        found.append((judgement.caller, judgement.outcome.value, first.code if first else ""))
    return found


def main(names: list[str], timeout: float) -> int:
    """Prints the table; 0 always."""
    faults = [fault.name for fault in FAULTS if not names or fault.name in names]
    declared = {fault.name for fault in FAULTS if fault.expected.outcome == "unknown"}
    by_caller: Counter[str] = Counter()
    reasons: dict[str, set[str]] = defaultdict(set)
    for name in faults:
        for caller, outcome, reason in visit(name, timeout):
            by_caller[caller] += outcome == "unknown"
            if outcome == "unknown":
                reasons[reason or "no finding"].add(name)
    print(f"{len(faults)} faults, {len(declared & set(faults))} of them declared to be untellable")
    for caller, count in by_caller.items():
        print(f"{caller:28}{count:4}")
    for reason, those in sorted(reasons.items(), key=lambda item: -len(item[1])):
        print(f"{len(those):4} {reason}: {', '.join(sorted(those))}")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("faults", nargs="*", metavar="FAULT")
    parser.add_argument("--timeout", type=float, default=2.0, metavar="SECONDS")
    options = parser.parse_args()
    sys.exit(main(options.faults, options.timeout))
