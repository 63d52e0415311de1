"""How long is waited when nobody says otherwise, in seconds. Light: the help of the command line shows it."""

from __future__ import annotations

CONNECT_TIMEOUT = 10.0
# WebRequestTimeoutInSeconds: the Availability service's own budget.
TIMEOUT = 25.0
