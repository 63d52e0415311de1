"""Follows the TLS records in a partner's bytes, beside OpenSSL, for the facts that OpenSSL does not tell.

These are: bytes that are no TLS at all, where in a record a connection ended, the number of an alert sent in
the clear, certificates that OpenSSL refused to read, and the size of a Diffie-Hellman group before OpenSSL
computes in it. Nothing is decrypted and nothing is judged.
Record layout: RFC 8446 section 5.1, RFC 5246 sections 6.2, 7.4.1.3, 7.4.2 and 7.4.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from probe.collection.connection.cipher_suite_names import IANA_NAMES

_HEADER = 5
_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA = 20, 21, 22, 23
_CONTENT_TYPES = frozenset((_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA))
_MAJOR_VERSION = 3
_FATAL = 2
_SERVER_HELLO, _CERTIFICATE, _SERVER_KEY_EXCHANGE = 2, 11, 12
_RANDOM_END = 34  # version and random of a ServerHello
_EPHEMERAL = ("TLS_DHE_RSA_", "TLS_DHE_DSS_", "TLS_DH_anon_")
_KEPT = 262_144


class RecordFollower:
    """Fed with what a partner sends, from its first byte on.

    `foreign`: the first bytes are no TLS record. `alert`: number of a fatal alert sent in the clear, or None.
    `count`: the records that have begun since `take_count` was last called. `empty`: a record had no length,
    which OpenSSL passes over and SslStream takes for an end.
    """

    __slots__ = (
        "_encrypted",
        "_ephemeral",
        "_header",
        "_kept",
        "_length",
        "_looked_at",
        "_missing",
        "_start",
        "_walked",
        "alert",
        "count",
        "empty",
        "foreign",
    )

    def __init__(self) -> None:
        self.alert: int | None = None
        self.count = 0
        self.empty = False
        self.foreign = False
        self._header = b""
        self._missing = 0
        self._length = 0
        self._start = b""
        self._kept: bytearray | None = bytearray()
        self._walked = 0
        self._ephemeral = False  # whether the suite has a Diffie-Hellman group of the server's choice
        self._encrypted = False
        self._looked_at = True  # whether the content of the current record is looked at

    def feed(self, data: bytes) -> None:
        """Follow some more bytes. After a header that is none, nothing more is followed."""
        position, end = 0, len(data)
        while position < end and not self.foreign:
            if self._missing:
                taken = min(self._missing, end - position)
                self._missing -= taken
                if self._looked_at:
                    self._content(data[position : position + taken])
                position += taken
                if not self._missing:
                    self._header = b""
            else:
                part = data[position : position + _HEADER - len(self._header)]
                position += len(part)
                self._header += part
                self._check_header()

    def take_count(self) -> int:
        """`count`, which begins again at 0."""
        count, self.count = self.count, 0
        return count

    def forget(self) -> None:
        """Stop keeping handshake messages: the handshake is over."""
        self._kept = None

    @property
    def cut_off(self) -> str | None:
        """Where in a record the bytes ended so far, in words, or None at a record boundary."""
        if self._missing:
            return f"after {self._length - self._missing} of {self._length} bytes of a record"
        if self._header:
            return f"after {len(self._header)} of {_HEADER} bytes of a record header"
        return None

    def certificates(self) -> tuple[bytes, ...]:
        """The certificates of a Certificate message sent in the clear (TLS 1.2 and earlier), else ()."""
        bodies = (body for kind, body, _ in self._messages(0) if kind == _CERTIFICATE)
        return _certificate_list(next(bodies, b""))

    def diffie_hellman_bits(self) -> int | None:
        """Bits of the modulus in a ServerKeyExchange that has come since this was last asked, or None.

        The modulus itself need not have come: its length stands before it.
        """
        bits = None
        for kind, body, end in self._messages(self._walked):
            if kind == _SERVER_HELLO and len(body) > _RANDOM_END:
                at = _RANDOM_END + 1 + body[_RANDOM_END]
                suite = IANA_NAMES.get(int.from_bytes(body[at : at + 2], "big"), "")
                self._ephemeral = suite.startswith(_EPHEMERAL)
            if kind == _SERVER_KEY_EXCHANGE and self._ephemeral and len(body) >= 2:
                bits = 8 * int.from_bytes(body[:2], "big")
            if end is not None:
                self._walked = end
        return bits

    def _messages(self, position: int) -> Iterator[tuple[int, bytes, int | None]]:
        """(type, body, where it ends) of each handshake message kept; None if its end has not come yet."""
        kept = self._kept or b""
        while position + 4 <= len(kept):
            end = position + 4 + int.from_bytes(kept[position + 1 : position + 4], "big")
            yield kept[position], bytes(kept[position + 4 : end]), end if end <= len(kept) else None
            position = end

    def _check_header(self) -> None:
        header = self._header
        if header[0] not in _CONTENT_TYPES or (len(header) > 1 and header[1] != _MAJOR_VERSION):
            self.foreign = True
        elif len(header) == _HEADER:
            self.count += 1
            self._length = self._missing = int.from_bytes(header[3:], "big")
            self._encrypted = self._encrypted or header[0] in (_CHANGE_CIPHER_SPEC, _APPLICATION_DATA)
            self._looked_at = not self._encrypted or header[0] == _ALERT
            self._start = b""
            if not self._missing:
                self._header = b""
                self.empty = True

    def _content(self, part: bytes) -> None:
        kind = self._header[0]
        if kind == _ALERT and self._length == 2:
            self._start += part
            if len(self._start) == 2 and self._start[0] == _FATAL:
                self.alert = self._start[1]
        elif kind == _HANDSHAKE and not self._encrypted and self._kept is not None:
            self._kept += part[: _KEPT - len(self._kept)]


def _certificate_list(body: bytes) -> tuple[bytes, ...]:
    found = []
    position = 3
    while position + 3 <= len(body):
        size = int.from_bytes(body[position : position + 3], "big")
        certificate = body[position + 3 : position + 3 + size]
        if len(certificate) < size or not certificate:
            break
        found.append(certificate)
        position += 3 + size
    return tuple(found)
