"""explain(): a text into explanations, one for each entry. Pure; the only place that joins the stages.

It refuses to guess: a message that the catalogue does not have is reported as not known, with the parts that
could be read, even where the event around it is known.
"""

from __future__ import annotations

from dataclasses import replace

from probe.dotnet import WebExceptionStatus
from probe.explain import knowledge as catalogue
from probe.explain.applicability import applicable_causes
from probe.explain.clues import header_readings, part_notes, phrase_readings
from probe.explain.decisive_attempt import text_of_decisive
from probe.explain.entries import split
from probe.explain.exception_chain import exception_chain, implied_status
from probe.explain.explanation_model import (
    CauseStanding,
    Code,
    Entry,
    EntryKind,
    ExceptionLink,
    Explanation,
    Knowledge,
    Note,
    Parts,
    Profile,
    WeighedCause,
)
from probe.explain.languages import to_english
from probe.explain.marks import neutral_words, read_marks
from probe.explain.matching import find_rows, is_wrapped_unknown, match_key
from probe.explain.parts import read_parts
from probe.explain.pasted_text import MAXIMUM_INPUT, normalise
from probe.explain.profile import SERVER_LOGS, read_profile
from probe.explain.readers.cmdlet_results import has_passed
from probe.explain.steps import filled_cause, next_steps
from probe.explain.weighing import weigh

_MAXIMUM_ALSO = 3
_TESTS = frozenset({EntryKind.TEST_FEDERATION_TRUST, EntryKind.TEST_ORGANIZATION_RELATIONSHIP})
_FEDERATION_CLIENTS = ("autodiscoverclient", "msexchange")


def explain(text: str) -> tuple[Explanation, ...]:
    """What is known about each entry of `text`, in its order; () for white space.

    Log lines that say the same are one explanation with a count; prose around entries is left out. At most
    1 MiB of characters and 1,000 entries are read; a note says when there was more.
    """
    found = [explain_entry(entry) for entry in split(to_english(normalise(text))) if not _is_passed(entry)]
    kept = _grouped(_relevant(found))
    if kept and len(text) > MAXIMUM_INPUT:
        note = Note("The input is longer than 1 MiB; the rest was not read.", "probe's own limit")
        kept[0] = replace(kept[0], notes=(*kept[0].notes, note))
    return tuple(kept)


def explain_entry(entry: Entry) -> Explanation:
    """What is known about one entry."""
    parts = read_parts(entry)
    decisive = text_of_decisive(entry.text, parts.attempts)
    if decisive != entry.text:
        entry = replace(entry, text=decisive)
        parts = replace(read_parts(entry), attempts=parts.attempts)
    profile = read_profile(entry, parts)
    is_log = entry.kind in SERVER_LOGS
    chain = () if is_log else exception_chain(entry.text)
    rows = find_rows(entry, parts, profile)
    codes = _codes(parts, chain)
    known, also = _choose(entry, rows, codes)
    status = None if is_log else _status(entry, parts)
    explanation = Explanation(
        kind=EntryKind.EXCEPTION if known and entry.kind is EntryKind.UNKNOWN else entry.kind,
        text=entry.text,
        parts=parts,
        profile=profile,
        chain=chain,
        status=status.name if status else None,
        knowledge=known,
        causes=_causes(known, entry, parts, profile),
        notes=(*(_note(code) for code in codes), *part_notes(parts, profile)),
        also=also,
        next_steps=next_steps(known, parts, profile),
    )
    return weigh(
        explanation, (*header_readings(parts.http_status, parts.http_headers), *phrase_readings(parts))
    )


def _status(entry: Entry, parts: Parts) -> WebExceptionStatus | None:
    """The status that the words imply, in English, by a mark, or by what no language changes."""
    words = (entry.text, read_marks(entry, parts), neutral_words(entry, parts))
    return next((status for text in words if (status := implied_status(text))), None)


def _choose(
    entry: Entry, rows: tuple[Knowledge, ...], codes: tuple[Code, ...]
) -> tuple[Knowledge | None, tuple[Knowledge, ...]]:
    """The row that explains the entry, and others that occur in it."""
    if rows and not is_wrapped_unknown(entry, rows[0]):
        if not rows[0].wrapper and rows[0].causes:
            return rows[0], rows[1 : _MAXIMUM_ALSO + 1]
        pointed = (catalogue.row(code.knowledge) for code in codes)
        specific = next((row for row in pointed if row and not row.wrapper), None)
        return specific or rows[0], tuple(row for row in rows[: _MAXIMUM_ALSO + 1] if specific)
    if rows:
        return None, rows[:_MAXIMUM_ALSO]
    if entry.kind is EntryKind.EVENT and exception_chain(entry.text):
        return None, ()
    return next((row for code in codes if (row := catalogue.row(code.knowledge))), None), ()


def _codes(parts: Parts, chain: tuple[ExceptionLink, ...]) -> tuple[Code, ...]:
    """Everything in the entry that a table knows, the most informative first."""
    types = [link.type for link in reversed(chain)]
    header = next((value for name, value in parts.http_headers if name.lower() == "x-caserrorcode"), None)
    found = (
        catalogue.lid(parts.lid) or catalogue.lid(parts.code),
        catalogue.relationship_result(parts.result_id),
        catalogue.cas_error(parts.cas_error or header),
        catalogue.httperr_reason(parts.http_reason),
        catalogue.sub_status(parts.http_status, parts.sub_status),
        catalogue.win32_status(parts.win32_status),
        catalogue.availability_code(parts.code, parts.response_code, *types),
        catalogue.event(parts.event_id),
    )
    return tuple(dict.fromkeys(code for code in found if code))


def _note(code: Code) -> Note:
    label = code.code if code.name in {code.code, f"LID {code.code}"} else f"{code.code} {code.name}"
    return Note(f"{code.name if code.name.startswith('LID') else label}: {code.meaning}", code.source)


def _causes(
    known: Knowledge | None, entry: Entry, parts: Parts, profile: Profile
) -> tuple[WeighedCause, ...]:
    if known is None:
        return ()
    words = match_key(entry, read_marks(entry, parts))
    causes = applicable_causes(known, profile, words)
    return tuple(
        WeighedCause(
            rank,
            filled_cause(cause, parts),
            CauseStanding.OPEN,
            ("the text names it",) if is_named and len(causes) > 1 else (),
        )
        for rank, (cause, is_named) in enumerate(causes, start=1)
    )


def _relevant(found: list[Explanation]) -> list[Explanation]:
    """Without prose between entries, and without log lines of other clients when some are of lookups."""
    informative = [
        explanation
        for explanation in found
        if explanation.known
        or explanation.kind is not EntryKind.UNKNOWN
        or explanation.parts.url
        or explanation.chain
    ]
    results = {
        explanation.kind for explanation in informative if explanation.known and explanation.kind in _TESTS
    }
    kept = [
        explanation for explanation in informative if explanation.known or explanation.kind not in results
    ] or found
    if any(_of_lookup(explanation) for explanation in kept):
        kept = [
            explanation
            for explanation in kept
            if explanation.kind not in SERVER_LOGS or _of_lookup(explanation)
        ]
    return kept


def _is_passed(entry: Entry) -> bool:
    """Whether the entry is a test's result that passed: there is nothing to explain."""
    return entry.kind in _TESTS and bool(entry.field("id")) and has_passed(entry)


def _of_lookup(explanation: Explanation) -> bool:
    return explanation.kind in SERVER_LOGS and (
        explanation.parts.user_agent is not None
        or "/wssecurity" in (explanation.parts.http_path or "").lower()
        or (explanation.parts.client or "").lower().startswith(_FEDERATION_CLIENTS)
    )


def _grouped(found: list[Explanation]) -> list[Explanation]:
    """One explanation for log lines that say the same."""
    indexes: dict[object, int] = {}
    grouped: list[Explanation] = []
    for explanation in found:
        identity = _identity(explanation)
        if identity is not None and identity in indexes:
            index = indexes[identity]
            grouped[index] = replace(grouped[index], occurrences=grouped[index].occurrences + 1)
            continue
        if identity is not None:
            indexes[identity] = len(grouped)
        grouped.append(explanation)
    return grouped


def _identity(explanation: Explanation) -> object | None:
    if explanation.kind not in SERVER_LOGS:
        return None
    parts = explanation.parts
    return (
        explanation.kind,
        parts.http_method,
        (parts.http_path or "").lower(),
        parts.http_status,
        parts.sub_status,
        parts.user_agent,
    )
