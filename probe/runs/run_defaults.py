"""How a run is bounded when nobody says otherwise."""

from __future__ import annotations

CONCURRENCY = 32
# A partner's server sees a handful of connections at a time, as from one browser, however long the list is.
PER_HOST = 4
RETRIES = 1
RETRY_PAUSE = 1.0
REMIND_AFTER_DAYS = 7.0
