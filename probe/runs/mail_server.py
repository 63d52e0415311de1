"""Where mail is handed in: values only."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Security(enum.StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `port` 0: the usual one. `ca_file`: roots for a server of one's own."""

    host: str
    sender: str
    port: int = 0
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None
