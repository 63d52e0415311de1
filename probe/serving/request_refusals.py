"""Why the exporter does not answer a request, with the HTTP status that says so."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is not answered; `status` is an HTTP status, `reason` a word for the metrics."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


def bad_request(message: str) -> RefusedError:
    """The request cannot be understood."""
    return RefusedError(400, "bad-request", message)


def not_listed(target: str) -> RefusedError:
    """The target is none of the partner list: the exporter must not probe for whoever asks."""
    return RefusedError(
        403, "not-listed", f"{target!r} is not in the partner list; probe serve --any-target lifts the limit"
    )


def foreign_site() -> RefusedError:
    """A page of another site made the browser ask."""
    return RefusedError(403, "foreign-site", "asked for by a page of another site")


def busy(limit: int) -> RefusedError:
    """As many checks as allowed are under way."""
    return RefusedError(
        503, "busy", f"{limit} checks are under way; probe serve --concurrency raises the limit"
    )
