"""Which acts stage which fault, and the TLS that they need. Faults without an entry are staged elsewhere:
by their certificates (organisation.py) or by what they answer (answers.py), over a faultless wire.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from enum import Enum

from probe.lab import acts
from probe.lab.acts import Greeting, Opening, Reply
from probe.lab.clear_flight import PRIME_768, ClearFlight
from probe.lab.faults.handshake_faults import ALERTS, alert_fault_name


class Listening(Enum):
    """What the partner's port does with a connection attempt."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Scene:
    """How a fault is staged on the wire. The defaults are a faultless server.

    `opening` takes the whole connection before TLS; `intermission` the rest of it once the server's first
    flight is out (set `maximum` to TLS 1.2: in TLS 1.3 nothing is due after it); `greeting` the rest of it
    once the session stands; `reply` is what is done with each answer. `group` is the only one for key
    exchange, by OpenSSL's name; `flight` all that the partner says, written by hand.
    """

    listening: Listening = Listening.ACCEPT
    opening: Opening | None = None
    intermission: Opening | None = None
    greeting: Greeting | None = None
    reply: Reply = acts.answer
    minimum: ssl.TLSVersion | None = None
    maximum: ssl.TLSVersion | None = None
    ciphers: str = "DEFAULT"
    group: str | None = None
    flight: ClearFlight | None = None
    demands_certificate: bool = False
    unresolved: int | None = None


def scene(fault_name: str) -> Scene:
    """How this fault is staged on the wire."""
    return _SCENES.get(fault_name, _FAULTLESS)


def wire_faults() -> frozenset[str]:
    """Names of the faults that have a scene of their own."""
    return frozenset(_SCENES)


_FAULTLESS = Scene()
# Not every system tells a name without addresses from no name.
_NO_DATA: int = getattr(socket, "EAI_NODATA", socket.EAI_NONAME)
_TLS10, _TLS11 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
_TLS12, _TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

_SCENES: dict[str, Scene] = {
    "refused": Scene(listening=Listening.REFUSE),
    "connect-timeout": Scene(listening=Listening.IGNORE),
    "name-not-found": Scene(unresolved=socket.EAI_NONAME),
    "no-address": Scene(unresolved=_NO_DATA),
    "resolver-failed": Scene(unresolved=socket.EAI_AGAIN),
    # Handshake.
    "reset-on-connect": Scene(opening=acts.reset_at_once),
    "close-on-connect": Scene(opening=acts.close_at_once),
    "reset-in-handshake": Scene(opening=acts.reset_after_client_hello),
    "close-in-handshake": Scene(opening=acts.close_after_client_hello),
    "stall-in-handshake": Scene(opening=acts.stall_after_client_hello),
    "close-in-record-header": Scene(opening=acts.answering_client_hello(acts.RECORD_HEADER_BEGINNING)),
    "close-after-record-header": Scene(opening=acts.answering_client_hello(acts.RECORD_HEADER)),
    "close-in-record": Scene(opening=acts.answering_client_hello(acts.RECORD_BEGINNING)),
    "empty-record": Scene(opening=acts.answering_client_hello(acts.EMPTY_RECORD)),
    "plain-http": Scene(opening=acts.answering_client_hello(acts.PLAIN_HTTP_ANSWER)),
    "other-protocol": Scene(opening=acts.speaking_first(acts.SSH_BANNER)),
    "reset-after-server-hello": Scene(intermission=acts.reset_midway, maximum=_TLS12),
    "close-after-server-hello": Scene(intermission=acts.close_midway, maximum=_TLS12),
    **{
        alert_fault_name(number, description): Scene(opening=acts.alert(number))
        for number, description in ALERTS
    },
    "tls10-only": Scene(minimum=_TLS10, maximum=_TLS10, ciphers="ALL"),
    "tls10-only-exchange-2010": Scene(minimum=_TLS10, maximum=_TLS10, ciphers="ALL"),
    "tls11-only": Scene(minimum=_TLS11, maximum=_TLS11, ciphers="ALL"),
    "tls12-only": Scene(minimum=_TLS12, maximum=_TLS12),
    "tls12-only-exchange-2010": Scene(minimum=_TLS12, maximum=_TLS12),
    "tls13-only": Scene(minimum=_TLS13, maximum=_TLS13),
    "chacha20-only": Scene(maximum=_TLS12, ciphers="ECDHE+CHACHA20"),
    "group-p521-only": Scene(maximum=_TLS12, group="secp521r1"),
    "group-x448-only": Scene(maximum=_TLS12, group="X448"),
    "group-x25519-only": Scene(maximum=_TLS12, group="X25519"),
    "group-x25519-only-2012r2": Scene(maximum=_TLS12, group="X25519"),
    "group-x25519-only-2016": Scene(maximum=_TLS12, group="X25519"),
    "leaf-p521": Scene(maximum=_TLS12),
    "leaf-ed25519": Scene(maximum=_TLS12),
    "prime-of-768-bits": Scene(flight=ClearFlight(0x009F, PRIME_768)),
    "rc4-only": Scene(flight=ClearFlight(0x0005)),
    "3des-only": Scene(flight=ClearFlight(0x000A)),
    "rsa-key-exchange-only": Scene(maximum=_TLS12, ciphers="AES256-SHA:AES256-GCM-SHA384"),
    "client-certificate-required": Scene(maximum=_TLS12, demands_certificate=True),
    "client-certificate-late": Scene(demands_certificate=True),
    # The callers of that time speak TLS 1.0.
    "address-in-san-exchange-2013": Scene(minimum=_TLS10, ciphers="ALL"),
    # Where the answer is due.
    "reset-after-handshake": Scene(greeting=acts.reset_greeting),
    "reset-after-request": Scene(reply=acts.reset),
    "reset-in-headers": Scene(reply=acts.reset_in_headers),
    "close-without-answer": Scene(reply=acts.close_without_notify),
    "close-notify-without-answer": Scene(reply=acts.close_with_notify),
    "close-in-headers": Scene(reply=acts.close_in_headers),
    "close-in-body": Scene(reply=acts.close_in_body),
    "alert-after-request": Scene(reply=acts.bad_record_alert),
    "undecryptable-record": Scene(reply=acts.undecryptable_record),
    "stall": Scene(reply=acts.stall),
    "stall-in-headers": Scene(reply=acts.stall_in_headers),
    "stall-in-body": Scene(reply=acts.stall_in_body),
    "drip": Scene(reply=acts.drip),
    "endless-header": Scene(reply=acts.endless_header),
    "endless-body": Scene(reply=acts.endless_body),
    "bad-status-line": Scene(reply=acts.saying(acts.NO_STATUS_LINE)),
    "bad-header-name": Scene(reply=acts.saying(acts.BAD_HEADER_NAME)),
    "blank-in-header-name": Scene(reply=acts.saying(acts.BLANK_IN_HEADER_NAME)),
    "broken-header-line": Scene(reply=acts.saying(acts.BROKEN_HEADER_LINE)),
    "header-without-colon": Scene(reply=acts.saying(acts.HEADER_WITHOUT_COLON)),
    "bad-line-end": Scene(reply=acts.saying(acts.BARE_CARRIAGE_RETURN)),
    "bad-content-length": Scene(reply=acts.saying(acts.BAD_CONTENT_LENGTH)),
    "bad-chunk": Scene(reply=acts.saying(acts.BAD_CHUNK)),
    "keep-alive-closed": Scene(reply=acts.answer_and_close),
}
