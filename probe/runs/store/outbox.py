"""Alerts that wait to be told: kept in the history until they were delivered.

An alert is put into the history in the transaction of its result, so that neither a mail server that is down
nor a kill before the end of the run loses it. It goes when every destination of a later run over the same
list has taken it; a rehearsal takes nothing. What a destination took is noted by a hash: the URL of a webhook
is often a secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from msgspec import Struct

from probe.errors import OutputError
from probe.runs.alerting import alerts, notification, sending
from probe.runs.alerting.sending import Destination, Mail, MailServer
from probe.runs.store.history_store import History


class Told(Struct, frozen=True):
    """What came of telling: a line for each destination that took it, and for each that did not."""

    done: tuple[str, ...]
    failed: tuple[str, ...]


def deliver(
    history: History, label: str, destinations: Sequence[Destination], *, server: MailServer | None
) -> Told:
    """Send every destination what it was not told yet of the runs with this label, in one message each.

    Raises:
        ConfigurationError: mail is wanted and no server is fit for it.
        DataError, OutputError: the history cannot be used.
    """
    done: list[str] = []
    failed: list[str] = []
    for destination in dict.fromkeys(destinations):
        name = _name(destination)
        waiting = history.waiting(label, name)
        message = notification.compose([alerts.loads(data) for _, data in waiting])
        if message is None:
            continue
        try:
            done.append(sending.send(message, destination, server=server))
        except OutputError as refused:
            failed.append(f"{refused}; the next run with this history tells it")
            continue
        history.note_told([number for number, _ in waiting], name)
    history.forget_told(label, [_name(destination) for destination in destinations])
    return Told(tuple(done), tuple(failed))


def rehearse(history: History, label: str, destinations: Sequence[Destination]) -> Iterator[str]:
    """What would be sent to each destination; connects to nothing, and all of it still waits afterwards.

    Raises:
        DataError, OutputError: the history cannot be used.
    """
    for destination in dict.fromkeys(destinations):
        waiting = history.waiting(label, _name(destination))
        message = notification.compose([alerts.loads(data) for _, data in waiting])
        if message is None:
            yield f"dry run: {destination}: nothing to tell"
        else:
            yield sending.rehearsed(message, destination)


def _name(destination: Destination) -> str:
    text = ",".join(destination.recipients) if isinstance(destination, Mail) else destination.url
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
