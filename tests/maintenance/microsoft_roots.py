"""Makes the data file of Microsoft's root list: `python -m tests.maintenance.microsoft_roots` and 3 paths.

The first is an authroot.stl, the second a folder with the roots that it names, the third a folder with the
notices of Microsoft's root programme as Markdown (github.com/TrustedRootProgram/Program-Requirements,
trusted-root/), of which those later than the list are taken. Facts alone are written: hashes, names, usages
and dates, and no certificate. What a notice says of purposes other than server authentication is left out.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import msgspec

from probe.stores import recognition
from probe.stores.microsoft_list import DATA_FILE, Added, ListedFacts, MicrosoftRoots, Notice

_RELEASED = re.compile(r"^On \w+, (?P<day>\w+ \d+), ?(?P<year>\d{4})", re.MULTILINE)
_FROM = re.compile(r"NotBefore date is set to (?P<day>\w+ \d+), ?(?P<year>\d{4})")
_HEADING = re.compile(r"^This release will (?P<what>.+?)(?: \(CA|\(SHA)", re.MULTILINE)
_HASH = re.compile(r"\b(?P<hash>[0-9A-F]{64}|[0-9A-F]{40})\b")
_SERVER = re.compile(r"TLS|Server|SERVIDORES")
_PILOT = re.compile(r"PILOT|MLDSA| PQ ", re.IGNORECASE)  # not trusted publicly, says the announcement


@dataclass
class _Parts:
    not_before: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    disallowed: list[str] = field(default_factory=list)
    added: list[Added] = field(default_factory=list)


def _day(match: re.Match[str]) -> date:
    return datetime.strptime(f"{match['day']} {match['year']} +0000", "%B %d %Y %z").date()


def _sections(text: str) -> Iterator[tuple[str, str]]:
    headings = list(_HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        yield heading["what"].lower(), text[heading.end() : following.start() if following else len(text)]


def _notice(path: Path, thumbprints: dict[str, str], released: date) -> Notice:
    text = path.read_text(encoding="utf-8-sig")
    parts = _Parts()
    for what, body in _sections(text):
        hashes = [thumbprints.get(found["hash"], found["hash"]) for found in _HASH.finditer(body)]
        if "disallow list" in what:
            parts.disallowed += hashes
        elif what.startswith(("fully notbefore", "notbefore the", "notbefore server authentication")):
            parts.not_before += hashes
        elif what.startswith("disable"):
            parts.disabled += hashes
        elif what.startswith("remove"):
            parts.removed += hashes
        elif what.startswith("add the following roots"):
            parts.added += [
                Added(found["hash"], _name(line))
                for line in body.splitlines()
                if (found := _HASH.search(line)) and _SERVER.search(line) and not _PILOT.search(line)
            ]
    starts = _FROM.search(text)
    return Notice(
        released=released,
        source=f"trusted-root/{path.parent.name}/{path.name}",
        effective=_day(starts) if starts else released,
        not_before=parts.not_before,
        disabled=parts.disabled,
        removed=parts.removed,
        disallowed=parts.disallowed,
        added=parts.added,
    )


def _name(line: str) -> str:
    return [part.strip() for part in re.split(r"\\|//", line)][-2].partition("(")[0]


def main(listing: Path, certificates: Path, notices: Path) -> None:
    """Write the data file from these sources."""
    facts = recognition.read(listing.read_bytes())
    if facts.dated is None:
        raise SystemExit(f"{listing} is no list of roots")
    thumbprints = {
        hashlib.sha256(der).hexdigest().upper(): hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
        for der in (path.read_bytes() for path in certificates.rglob("*.crt"))
    }
    dated = []
    for path in sorted(notices.rglob("*.md")):
        found = _RELEASED.search(path.read_text(encoding="utf-8-sig"))
        if found is None and path.stem != "april-2026":
            continue
        # The notice of April 2026 misspells its own year; Microsoft's table of releases has 28 April 2026.
        released = date(2026, 4, 28) if path.stem == "april-2026" else _day(found)  # type: ignore[arg-type]
        if released > facts.dated.date():
            dated.append(_notice(path, thumbprints, released))
    usages: list[tuple[str, ...]] = []

    def index(oids: tuple[str, ...] | None) -> int | None:
        if oids is None:
            return None
        if oids not in usages:
            usages.append(oids)
        return usages.index(oids)

    roots = [
        ListedFacts(
            root.thumbprint,
            root.key_identifier.hex() if root.key_identifier else None,
            root.subject_name_md5.hex() if root.subject_name_md5 else None,
            root.friendly_name,
            index(root.properties.usages),
            index(root.properties.disallowed_usages),
            root.properties.disallowed_after,
            root.properties.not_before,
            index(root.properties.not_before_usages),
        )
        for root in facts.listed
    ]
    data = MicrosoftRoots(
        dated=facts.dated,
        usages=usages,
        roots=roots,
        notices=sorted(dated, key=lambda notice: notice.released),
    )
    DATA_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(data), indent=0) + b"\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
