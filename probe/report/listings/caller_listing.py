"""Caller profiles as a list for people and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from probe.facts.dated_events import Subject, events_about
from probe.judgement.caller_profile import Caller, profile
from probe.judgement.connection.acceptance import group_name
from probe.report.json import indented


def render_text(profiles: Sequence[Caller], *, default: str) -> str:
    """Every profile with its protocols and notes; the default is marked."""
    chosen = profile(default).name
    lines = []
    for caller in profiles:
        mark = "  (default)" if caller.name == chosen else ""
        lines.append(f"{caller.name}{mark}")
        lines.append(f"  {caller.display}, Windows build {caller.build}")
        lines.append(f"  offers {', '.join(caller.protocols)} with {len(caller.cipher_suites)} cipher suites")
        lines.append(f"  key exchange in {_groups(caller)}")
        for note in (_life_cycle(caller), *caller.notes):
            lines.extend(textwrap.wrap(f"· {note}", 98, initial_indent="  ", subsequent_indent="    "))
        lines.append("")
    return "\n".join(lines)


def _groups(caller: Caller) -> str:
    """The groups that it offers, and those that it may have switched off."""
    sure = ", ".join(group_name(group) for group in caller.groups)
    further = ", ".join(group_name(group) for group in caller.may_offer_groups)
    return f"{sure}, and {further} unless it was switched off" if further else sure


def _life_cycle(caller: Caller) -> str:
    """The dated events of this Exchange and this Windows Server: above all when support ends or ended."""
    exchange, windows = caller.display.split(" on ")
    parts = [
        f"{name}: {event.text} ({event.day:%Y-%m-%d})"
        for name, subject, about in (
            (exchange, Subject.EXCHANGE, caller.exchange),
            (windows, Subject.WINDOWS, caller.windows),
        )
        for event in events_about(subject, about)
    ]
    return "life cycle: " + "; ".join(parts)


def render_json(profiles: Sequence[Caller]) -> str:
    """Every profile with all its fields."""
    return indented(tuple(profiles))
